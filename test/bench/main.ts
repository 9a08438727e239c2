// npm run bench [part…] [--json FILE]: measures, prints each figure beside its floor, and fails when a limit is broken or a part was not measured.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Parts, runParts, type Say } from './parts.ts';
import { keep, lastValues, thisMachine } from './results.ts';
import { formatTable } from './table.ts';

const parts: Parts = {
  admission: async () => (await import('./admission.ts')).benchAdmission,
  api: async () => (await import('./api.ts')).benchApi,
  frame: async () => (await import('./frame.ts')).benchFrames,
  join: async () => (await import('./join.ts')).benchJoin,
  leaves: async () => (await import('./removal.ts')).benchLeaves,
  removal: async () => (await import('./removal.ts')).benchRemoval,
  rotation: async () => (await import('./rotation.ts')).benchRotation,
  start: async () => (await import('./start.ts')).benchStart,
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
const { figures, faults } = await runParts(parts, chosen, say);

process.stdout.write(`${formatTable(figures, last)}\n`);
if (figures.length > 0) keep(machine, figures);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`);
for (const fault of faults) say(fault);
process.exit(faults.length > 0 ? 1 : 0);
