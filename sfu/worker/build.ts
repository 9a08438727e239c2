// Builds mediasoup-worker from the sources inside the mediasoup package against the system's libraries.
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { ensureBuildPackages, everyFewSeconds } from './buildPackages.ts';
import { mediasoupDirectory } from './cache.ts';
import { applyPatches } from './patches.ts';
import { run } from './run.ts';
import { WorkerUnavailable } from './WorkerUnavailable.ts';

const SHIMS = join(import.meta.dirname, 'shims');

/** Returns the binary's path inside `workspace`, which the caller removes. */
export async function buildWorker(workspace: string, report: (line: string) => void): Promise<string> {
  await ensureBuildPackages(report);
  const sources = join(workspace, 'worker');
  await cp(join(mediasoupDirectory(), 'worker'), sources, { recursive: true });
  await placeShims(join(sources, 'subprojects'));
  await applyPatches(sources);
  report('Building the worker from source (a few minutes, once).');
  // nodownload: a missing shim must fail, not fetch sources nobody has looked at.
  const setup = ['setup', '--wrap-mode=nodownload', '--buildtype=release', '-Db_ndebug=true', 'out'];
  await step('meson', setup, sources, report);
  const jobs = String(availableParallelism());
  await step('ninja', ['-C', 'out', '-j', jobs, 'mediasoup-worker'], sources, report);
  return join(sources, 'out', 'mediasoup-worker');
}

export async function withWorkspace<T>(parent: string, use: (path: string) => Promise<T>): Promise<T> {
  const workspace = await mkdtemp(join(parent, 'build-'));
  try {
    return await use(workspace);
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}

/** Meson takes a directory named in NAME.wrap in place of the download that the file describes. */
async function placeShims(subprojects: string): Promise<void> {
  for (const name of await readdir(SHIMS)) {
    const wrap = await readFile(join(subprojects, `${name}.wrap`), 'utf8');
    const directory = /^directory = ([\w.-]+)$/m.exec(wrap)?.[1];
    if (!directory)
      throw new WorkerUnavailable(
        `${name}.wrap names no directory; this mediasoup needs another build recipe.`,
      );
    await cp(join(SHIMS, name), join(subprojects, directory), { recursive: true });
  }
}

async function step(
  program: string,
  args: readonly string[],
  cwd: string,
  report: (line: string) => void,
): Promise<void> {
  const slow = everyFewSeconds(report);
  const onLine = (line: string) => {
    const progress = /^\[(\d+)\/(\d+)\]/.exec(line);
    if (progress) slow(`Building the worker: ${progress[1]} of ${progress[2]}`);
  };
  const { code, lines } = await run(program, args, { cwd, onLine });
  if (code === 0) return;
  const tail = lines.slice(-15).join('\n  ');
  throw new WorkerUnavailable(
    `Building the worker failed at "${program} ${args.join(' ')}":\n  ${tail}\nDocument docs/worker.md has the recipe; MEDIASOUP_WORKER_BIN takes a worker built elsewhere.`,
  );
}
