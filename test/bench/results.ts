// Keeps every run, one JSON line each, so that the next run on the same machine has something to be compared with.
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { Figure } from './figure.ts';

const FILE = join(import.meta.dirname, 'results.ndjson');

type Machine = { cpu: string; cores: number; node: string; chromium: string };
type Run = { at: string; machine: Machine; figures: readonly Figure[] };

export function thisMachine(): Machine {
  const cores = cpus();
  return {
    cpu: cores[0]?.model ?? 'unknown',
    cores: cores.length,
    node: process.version,
    chromium: chromiumVersion(),
  };
}

function chromiumVersion(): string {
  const path = process.env.CHROMIUM ?? '/usr/bin/chromium';
  if (!existsSync(path)) return 'unknown';
  const words = execFileSync(path, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return /\d+(\.\d+)+/.exec(words)?.[0] ?? 'unknown';
}

/** The newest value of every figure on a machine with this processor. Versions may differ: that is worth seeing. */
export function lastValues(machine: Machine): Map<string, number> {
  const values = new Map<string, number>();
  for (const run of readRuns()) {
    if (run.machine.cpu !== machine.cpu || run.machine.cores !== machine.cores) continue;
    for (const f of run.figures) values.set(f.name, f.value);
  }
  return values;
}

export function keep(machine: Machine, figures: readonly Figure[]): void {
  const run: Run = { at: new Date().toISOString(), machine, figures };
  appendFileSync(FILE, `${JSON.stringify(run)}\n`);
}

/** Our own file; a line that somebody broke by hand stops the bench with JSON's own complaint. */
function readRuns(): Run[] {
  if (!existsSync(FILE)) return [];
  const lines = readFileSync(FILE, 'utf8').split('\n').filter(Boolean);
  return lines.map((line): Run => JSON.parse(line));
}
