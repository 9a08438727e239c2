// Second stage of npm test: checks, unit tests, browser tests, hostile tests; the last line has the counts over all of them.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { obtainWorker } from '../sfu/worker/obtain.ts';
import { stopRunningOnSignals, toldToStop, untilStopped } from '../sfu/worker/run.ts';
import { findChromium } from './chromium.ts';
import { ensureClient } from './clientBuild.ts';
import { inForeground } from './foreground.ts';
import { seeToPostgres } from './postgres.ts';
import { sentenceOf } from './sentence.ts';
import { runSteps, steps } from './steps.ts';
import { type Counts, judged, recorded, SUITE_VARIABLE, TALLY_VARIABLE, verdict } from './tally.ts';

const ROOT = join(import.meta.dirname, '..');

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const report = untilStopped(say);

type Suite = {
  name: string;
  prepare: (env: NodeJS.ProcessEnv) => Promise<NodeJS.ProcessEnv>;
  command: readonly string[];
};

function inBrowsers(name: string, config: string, ...files: readonly string[]): Suite {
  const reporters = `list,${join(ROOT, 'scripts', 'playwrightReporter.ts')}`;
  return {
    name,
    prepare: async (env) => {
      await ensureClient(ROOT, report);
      const found = {
        MEDIASOUP_WORKER_BIN: await obtainWorker(report),
        CHROMIUM: await findChromium(report),
      };
      return { ...env, ...found, CLIENT_IS_BUILT: '1' };
    },
    command: ['playwright', 'test', '-c', config, `--reporter=${reporters}`, ...files],
  };
}

/** Attacks that need no pages, and two that prove promises in a few seconds. Those in pages take some seven minutes more: npm run test:hostile has all. */
const ATTACKS = [
  'begunAnew',
  'blocked',
  'blocking',
  'fakeGroup',
  'ghost',
  'lifetime',
  'names',
  'rules',
  'strangerDigits',
  'underTheClick',
].map((name) => `${name}.test.ts`);

async function otherAttacks(): Promise<string> {
  const files = await readdir(join(ROOT, 'test', 'hostile'));
  return files.filter((file) => file.endsWith('.test.ts') && !ATTACKS.includes(file)).join(', ');
}

const suites: readonly Suite[] = [
  {
    name: 'unit',
    prepare: async (env) => {
      await seeToPostgres(report);
      return { ...env, MEDIASOUP_WORKER_BIN: await obtainWorker(report) };
    },
    command: [
      'vitest',
      'run',
      '--reporter=default',
      `--reporter=${join(ROOT, 'scripts', 'vitestReporter.ts')}`,
    ],
  },
  inBrowsers('gallery', 'test/gallery/playwright.config.ts'),
  inBrowsers('journeys', 'test/journeys/playwright.config.ts'),
  inBrowsers('browser', 'test/playwright.config.ts'),
  inBrowsers('hostile', 'test/hostile/playwright.config.ts', '--workers=2', ...ATTACKS),
];

async function checks(): Promise<Counts> {
  say('\n== check');
  const all = steps(ROOT);
  const failed = await runSteps(all, report);
  return { suite: 'check', passed: all.length - failed, failed, skipped: [] };
}

/** Whoever stops one suite does not want the next. */
let interrupted = false;

/** A suite that cannot be prepared has failed; the others still run. */
async function runSuite(suite: Suite, tallyFile: string): Promise<Counts> {
  say(`\n== ${suite.name}`);
  try {
    const env = await suite.prepare({
      ...process.env,
      [TALLY_VARIABLE]: tallyFile,
      [SUITE_VARIABLE]: suite.name,
    });
    const { code, ...ended } = await inForeground(suite.command, { cwd: ROOT, env });
    interrupted ||= ended.interrupted;
    return judged(suite.name, code, await recorded(tallyFile));
  } catch (error) {
    say(toldToStop() ? 'Stopped.' : sentenceOf(error));
    return { suite: suite.name, passed: 0, failed: 1, skipped: [] };
  }
}

async function main(): Promise<boolean> {
  const directory = await mkdtemp(join(tmpdir(), 'in-camera-test-'));
  const tallyFile = join(directory, 'tally');
  const results = [await checks()];
  try {
    for (const suite of suites)
      if (!interrupted && !toldToStop()) results.push(await runSuite(suite, tallyFile));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  say('');
  for (const { suite, passed, failed, skipped } of results) {
    say(
      `${suite}: ${passed} ok, ${failed} not ok${skipped.length > 0 ? `, ${skipped.length} left out` : ''}`,
    );
  }
  say(`Not run here, but by npm run test:hostile: ${await otherAttacks()}`);
  const { lines, ok } = verdict(results);
  for (const line of lines) say(line);
  return ok && !interrupted && !toldToStop();
}

stopRunningOnSignals();
process.exit((await main()) ? 0 : 1);
