// Counts the results of all suites. Each suite's reporter appends its lines to the file named by IN_CAMERA_TALLY, under the
// name in IN_CAMERA_SUITE.
import { appendFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import * as z from 'zod/mini';

const count = z.number().check(z.int(), z.gte(0));
const Counts = z.strictObject({
  suite: z.string(),
  passed: count,
  failed: count,
  /** Names of the tests that were left out: a number alone would hide which promise was not looked at. */
  skipped: z.array(z.string()),
});
export type Counts = z.infer<typeof Counts>;

export const TALLY_VARIABLE = 'IN_CAMERA_TALLY';
export const SUITE_VARIABLE = 'IN_CAMERA_SUITE';

/** Called by reporters; does nothing when a suite is run by hand. */
export function record(counts: Partial<Omit<Counts, 'suite'>>): void {
  const { [TALLY_VARIABLE]: file, [SUITE_VARIABLE]: suite } = process.env;
  const line = { suite, passed: 0, failed: 0, skipped: [], ...counts };
  if (file) appendFileSync(file, `${JSON.stringify(line)}\n`);
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
  const sum: Counts = { suite, passed: 0, failed: 0, skipped: [] };
  for (const line of lines.filter((l) => l.suite === suite)) {
    sum.passed += line.passed;
    sum.failed += line.failed;
    sum.skipped.push(...line.skipped);
  }
  const silent = sum.passed + sum.failed === 0;
  if (silent || (exitCode !== 0 && sum.failed === 0)) sum.failed += 1;
  return sum;
}

/** The end of what npm test prints: what was left out, by name, then the counts alone on the last line. */
export function verdict(suites: readonly Counts[]): { lines: string[]; ok: boolean } {
  const total = (key: 'passed' | 'failed') => suites.reduce((sum, suite) => sum + suite[key], 0);
  const skipped = suites.flatMap((s) => s.skipped.map((name) => `left out (${s.suite}): ${name}`));
  const skips = skipped.length > 0 ? [...skipped, `${skipped.length} left out`] : [];
  return {
    lines: [...skips, `${total('passed')} passed, ${total('failed')} failed`],
    ok: total('failed') === 0 && total('passed') > 0,
  };
}
