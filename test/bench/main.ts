// npm run bench [part…] [--json FILE]: measures, prints each figure beside its floor, and fails when a limit is broken.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Figure, keepsLimit } from './figure.ts';
import { keep, lastValues, thisMachine } from './results.ts';
import { formatTable } from './table.ts';

type Say = (line: string) => void;

/** Each part is loaded only when it is asked for: one that does not load must not stop the others. */
const parts: Record<string, () => Promise<(say: Say) => Promise<Figure[]>>> = {
  frame: async () => (await import('./frame.ts')).benchFrames,
  join: async () => (await import('./join.ts')).benchJoin,
  rotation: async () => (await import('./rotation.ts')).benchRotation,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' } },
});
const chosen = positionals.length > 0 ? positionals : Object.keys(parts);
const unknown = chosen.filter((name) => !(name in parts));
if (unknown.length > 0) {
  process.stderr.write(`No such part: ${unknown.join(', ')}. There are: ${Object.keys(parts).join(', ')}.\n`);
  process.exit(2);
}

const say: Say = (line) => process.stderr.write(`${line}\n`);
const machine = thisMachine();
const last = lastValues(machine);
say(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, Chromium ${machine.chromium}`);
const figures: Figure[] = [];
for (const name of chosen) {
  say(`── ${name}`);
  const load = parts[name];
  if (load) figures.push(...(await (await load())(say)));
}

process.stdout.write(`${formatTable(figures, last)}\n`);
keep(machine, figures);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`);
const broken = figures.filter((f) => !keepsLimit(f));
for (const f of broken) say(`${f.name} is beyond its limit.`);
process.exit(broken.length > 0 ? 1 : 0);
