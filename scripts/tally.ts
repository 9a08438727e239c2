// Counts the results of all suites. Each suite's reporter appends one line to the file named by IN_CAMERA_TALLY.
import { appendFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import * as z from 'zod/mini';

const count = z.number().check(z.int(), z.gte(0));
const Counts = z.strictObject({ suite: z.string(), passed: count, failed: count, skipped: count });
export type Counts = z.infer<typeof Counts>;

export const TALLY_VARIABLE = 'IN_CAMERA_TALLY';

/** Called by reporters; does nothing when a suite is run by hand. */
export function record(counts: Counts): void {
  const file = process.env[TALLY_VARIABLE];
  if (file) appendFileSync(file, `${JSON.stringify(counts)}\n`);
}

export async function recorded(file: string): Promise<Counts[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => Counts.parse(JSON.parse(line)));
}

/**
 * What a suite contributes. One that ended badly without a failed test, left no counts, or ran nothing at all has
 * failed too: silence is not success.
 */
export function judged(suite: string, exitCode: number | null, lines: readonly Counts[]): Counts {
  const sum = { suite, passed: 0, failed: 0, skipped: 0 };
  for (const line of lines.filter((l) => l.suite === suite)) {
    sum.passed += line.passed;
    sum.failed += line.failed;
    sum.skipped += line.skipped;
  }
  const silent = sum.passed + sum.failed === 0;
  if (silent || (exitCode !== 0 && sum.failed === 0)) sum.failed += 1;
  return sum;
}

/** The last line of npm test. */
export function verdict(suites: readonly Counts[]): { line: string; ok: boolean } {
  const total = (key: 'passed' | 'failed' | 'skipped') => suites.reduce((sum, suite) => sum + suite[key], 0);
  const skipped = total('skipped') > 0 ? `, ${total('skipped')} skipped` : '';
  return {
    line: `${total('passed')} passed, ${total('failed')} failed${skipped}`,
    ok: total('failed') === 0 && total('passed') > 0,
  };
}
