// Finds, downloads or builds a mediasoup-worker: MEDIASOUP_WORKER_BIN, our cache, upstream's prebuilt, a build from source.
import { access, constants, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { buildWorker, withWorkspace } from './build.ts';
import { ensureOpenssl } from './buildPackages.ts';
import { accept, cacheDirectory, cachedPath, currentKey, locked, startsAsWorker } from './cache.ts';
import { makeDirectory } from './makeDirectory.ts';
import { downloadPrebuilt } from './prebuilt.ts';
import { stopRunningOnSignals, toldToStop, untilStopped } from './run.ts';
import { smokeTest } from './smoke.ts';
import { WorkerUnavailable } from './WorkerUnavailable.ts';

type Report = (line: string) => void;
/** Puts a binary into `workspace` and returns its path, or undefined after saying why it has none. */
type Source = (workspace: string, report: Report, env: NodeJS.ProcessEnv) => Promise<string | undefined>;

/** Where a worker comes from when the cache has none, in this order. An argument so that tests need no compiler. */
const SOURCES: readonly Source[] = [downloadPrebuilt, buildWorker];

/** The path of a worker. Throws WorkerUnavailable with a sentence that says what to do. */
export async function obtainWorker(
  report: Report,
  env: NodeJS.ProcessEnv = process.env,
  sources = SOURCES,
): Promise<string> {
  const named = env.MEDIASOUP_WORKER_BIN;
  if (named) return checkNamed(resolve(named));
  const directory = cacheDirectory(env);
  const cached = cachedPath(directory, await currentKey());
  if (await startsAsWorker(cached)) return cached;
  await ensureOpenssl(report);
  await makeCache(directory);
  // One lock for all versions: while a worker is obtained the version of libssl, and with it the key, may change.
  return locked(join(directory, 'worker'), report, () => fill({ directory, report, env, sources }));
}

async function checkNamed(path: string): Promise<string> {
  try {
    await access(path, constants.X_OK);
  } catch {
    throw new WorkerUnavailable(
      `MEDIASOUP_WORKER_BIN names ${path}, which does not exist or may not be run. Correct or unset it.`,
    );
  }
  if (await startsAsWorker(path)) return path;
  throw new WorkerUnavailable(
    `MEDIASOUP_WORKER_BIN names ${path}, which does not start as a mediasoup-worker here. Correct or unset it.`,
  );
}

async function makeCache(directory: string): Promise<void> {
  try {
    await makeDirectory(directory);
    await access(directory, constants.W_OK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error;
    throw new WorkerUnavailable(
      `The worker's cache ${directory} cannot be written (${code}). Make it writable for this user, or name another in XDG_CACHE_HOME.`,
    );
  }
}

type Filling = { directory: string; report: Report; env: NodeJS.ProcessEnv; sources: readonly Source[] };

async function fill({ directory, report, env, sources }: Filling): Promise<string> {
  // The lock may have been another start's, which is done now.
  const cached = cachedPath(directory, await currentKey());
  if (await startsAsWorker(cached)) return cached;
  await removeOldWorkspaces(directory);
  for (const source of sources) {
    const accepted = await withWorkspace(directory, async (workspace) => {
      const binary = await source(workspace, report, env);
      if (binary === undefined || !(await passes(binary, report))) return undefined;
      // A third time: the packages for a build may have brought another libssl, by whose version the next start will look.
      const target = cachedPath(directory, await currentKey());
      await accept(binary, target);
      return target;
    });
    if (accepted === undefined) continue;
    report(`The worker is ready: ${accepted}`);
    return accepted;
  }
  throw new WorkerUnavailable(
    'No worker passed its DTLS handshake (reasons above), so none is used. ' +
      'Set MEDIASOUP_WORKER_BIN to a worker built elsewhere and report this with the output above.',
  );
}

async function passes(binary: string, report: Report): Promise<boolean> {
  report('Testing the worker with a DTLS handshake.');
  const fault = await smokeTest(binary);
  if (fault !== undefined) report(`The worker is refused: ${fault}.`);
  return fault === undefined;
}

/** Left behind by starts that were killed; the lock we hold says that nobody is using them. */
async function removeOldWorkspaces(directory: string): Promise<void> {
  const left = (await readdir(directory)).filter((name) => name.startsWith('build-'));
  await Promise.all(left.map((name) => rm(join(directory, name), { recursive: true, force: true })));
}

if (import.meta.main) {
  stopRunningOnSignals();
  try {
    const path = await obtainWorker(untilStopped((line) => process.stderr.write(`${line}\n`)));
    process.stdout.write(`${path}\n`);
  } catch (error) {
    if (!(error instanceof WorkerUnavailable)) throw error;
    process.stderr.write(`${toldToStop() ? 'Stopped.' : error.message}\n`);
    process.exitCode = 1;
  }
}
