import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { judged, recorded, SUITE_VARIABLE, TALLY_VARIABLE, verdict } from './tally.ts';

const counts = (passed: number, failed = 0, skipped: string[] = []) => ({
  suite: 'unit',
  passed,
  failed,
  skipped,
});

describe('a suite', () => {
  it('is what its reporter counted', () => {
    expect(judged('unit', 0, [counts(3, 0, ['a']), { ...counts(9), suite: 'browser' }])).toEqual(
      counts(3, 0, ['a']),
    );
  });

  it('that crashed after its tests passed has failed', () => {
    expect(judged('unit', 1, [counts(3)])).toEqual(counts(3, 1));
    expect(judged('unit', null, [counts(3)])).toEqual(counts(3, 1));
  });

  it('that left no counts, or ran nothing, has failed', () => {
    expect(judged('unit', 0, [])).toEqual(counts(0, 1));
    expect(judged('unit', 0, [counts(0, 0, ['a'])])).toEqual(counts(0, 1, ['a']));
  });

  it('that failed by its tests is not counted twice', () => {
    expect(judged('unit', 1, [counts(3, 2)])).toEqual(counts(3, 2));
  });
});

describe('the last line', () => {
  it('has the counts over all suites', () => {
    expect(verdict([counts(3), counts(4)])).toEqual({ lines: ['7 passed, 0 failed'], ok: true });
    expect(verdict([counts(3, 1), counts(4)])).toEqual({ lines: ['7 passed, 1 failed'], ok: false });
  });

  it('is the same when tests were left out: these are named on the lines before', () => {
    const { lines, ok } = verdict([counts(3, 0, ['a > b']), { ...counts(4, 0, ['c']), suite: 'browser' }]);
    expect(lines).toEqual([
      'left out (unit): a > b',
      'left out (browser): c',
      '2 left out',
      '7 passed, 0 failed',
    ]);
    expect(ok).toBe(true);
  });

  it('is no success when nothing ran', () => {
    expect(verdict([])).toEqual({ lines: ['0 passed, 0 failed'], ok: false });
  });
});

const root = join(import.meta.dirname, '..');
let directory: string;
beforeEach(async () => {
  // Below the root, so that the inner file finds its runner; in a directory that git and the checks ignore.
  await mkdir(join(root, '.cache'), { recursive: true });
  directory = await mkdtemp(join(root, '.cache', 'tally-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

type Runner = { suite: string; imports: string; file: string; args: () => readonly string[] };

const vitest: Runner = {
  suite: 'unit',
  imports: "import { describe, expect, it } from 'vitest';",
  file: 'inner.test.ts',
  args: () => [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--root', directory],
};
const playwright: Runner = {
  suite: 'browser',
  imports: "import { expect, test as it } from '@playwright/test';",
  file: 'inner.spec.ts',
  args: () => [join(root, 'node_modules', '@playwright', 'test', 'cli.js'), 'test', '--workers=1'],
};

async function outcomeOf(runner: Runner, source: string) {
  const tally = join(directory, 'tally');
  await writeFile(join(directory, runner.file), `${runner.imports}\n${source}`);
  const name = runner === vitest ? 'vitestReporter.ts' : 'playwrightReporter.ts';
  const args = [...runner.args(), `--reporter=${join(root, 'scripts', name)}`];
  const env = { ...process.env, [TALLY_VARIABLE]: tally, [SUITE_VARIABLE]: runner.suite };
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: directory, env, encoding: 'utf8' });
  return { counts: judged(runner.suite, status, await recorded(tally)), stdout };
}

/** Long enough for the results before it to arrive; then nobody is left to sum up. */
const killed =
  "it('killed', async () => { await new Promise((r) => setTimeout(r, 800)); process.kill(process.ppid, 'SIGKILL'); process.kill(process.pid, 'SIGKILL'); });";

describe.each([vitest, playwright])('the reporter of the $suite tests', (runner) => {
  it('keeps what there was before somebody ended the run, with the reasons', async () => {
    const source = `it('a', () => {}); it('b', () => { expect('this').toBe('that'); }); ${killed}`;
    const { counts: kept, stdout } = await outcomeOf(runner, source);
    expect(kept).toEqual({ ...counts(1, 1), suite: runner.suite });
    expect(stdout).toMatch(/FAILED .*b\n(.*\n)*?.*this(.*\n)*?.*that/);
  });

  it('counts each test once in a run to the end', async () => {
    const source = "it('a', () => {}); it('b', () => { expect(1).toBe(2); }); it.skip('c', () => {});";
    const { counts: kept } = await outcomeOf(runner, source);
    expect(kept).toMatchObject({ passed: 1, failed: 1 });
    expect(kept.skipped).toHaveLength(1);
  });

  it('counts a file that does not load, with its reason', async () => {
    const { counts: kept, stdout } = await outcomeOf(
      runner,
      "it('a', () => {}); throw new Error('not today');",
    );
    expect(kept).toMatchObject({ failed: 1 });
    expect(stdout).toContain('not today');
  });
});

describe('the vitest reporter', () => {
  const countsOf = async (source: string) => (await outcomeOf(vitest, source)).counts;

  it('counts passed, failed and skipped tests', async () => {
    const source = "it('a', () => {}); it('b', () => expect(1).toBe(2)); it.skip('c', () => {});";
    expect(await countsOf(source)).toEqual(counts(1, 1, ['inner.test.ts > c']));
  });

  it('names tests by their group, and those of a group that is left out as a whole', async () => {
    const source = "it('a', () => {}); describe.skip('vectors (absent)', () => { it('b', () => {}); });";
    expect(await countsOf(source)).toEqual(counts(1, 0, ['inner.test.ts > vectors (absent) > b']));
  });

  it('counts a process that dies in the middle', async () => {
    const counted = await countsOf("it('a', () => { process.kill(process.pid, 'SIGKILL'); });");
    expect(counted.failed).toBeGreaterThan(0);
  });

  it('counts an error that nobody caught', async () => {
    const source =
      "it('a', async () => { setTimeout(() => { throw new Error('late'); }); await new Promise((r) => setTimeout(r, 50)); });";
    expect(await countsOf(source)).toEqual(counts(1, 1));
  });
});
