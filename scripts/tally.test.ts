import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { judged, recorded, TALLY_VARIABLE, verdict } from './tally.ts';

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

describe('the vitest reporter', () => {
  const root = join(import.meta.dirname, '..');
  let directory: string;
  beforeEach(async () => {
    // Below the root, so that the inner file finds vitest; in a directory that git and the checks ignore.
    await mkdir(join(root, '.cache'), { recursive: true });
    directory = await mkdtemp(join(root, '.cache', 'tally-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  async function countsOf(source: string) {
    const tally = join(await mkdtemp(join(tmpdir(), 'tally-')), 'tally');
    await writeFile(
      join(directory, 'inner.test.ts'),
      `import { describe, expect, it } from 'vitest';\n${source}`,
    );
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const reporter = `--reporter=${join(root, 'scripts', 'vitestReporter.ts')}`;
    const args = [vitest, 'run', '--root', directory, reporter];
    const env = { ...process.env, [TALLY_VARIABLE]: tally };
    const { status } = spawnSync(process.execPath, args, { cwd: directory, env });
    return judged('unit', status, await recorded(tally));
  }

  it('counts passed, failed and skipped tests', async () => {
    const source = "it('a', () => {}); it('b', () => expect(1).toBe(2)); it.skip('c', () => {});";
    expect(await countsOf(source)).toEqual(counts(1, 1, ['inner.test.ts > c']));
  });

  it('names tests by their group, and those of a group that is left out as a whole', async () => {
    const source = "it('a', () => {}); describe.skip('vectors (absent)', () => { it('b', () => {}); });";
    expect(await countsOf(source)).toEqual(counts(1, 0, ['inner.test.ts > vectors (absent) > b']));
  });

  it('counts a file that does not load', async () => {
    expect(await countsOf("it('a', () => {}); throw new Error('no');")).toMatchObject({ failed: 1 });
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
