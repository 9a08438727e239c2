// Where accepted workers are kept: outside node_modules, so that a reinstall does not cost a build.
import { chmod, copyFile, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from './run.ts';
import { WorkerUnavailable } from './WorkerUnavailable.ts';

/** Raised when shims or patches change what the built worker does: older builds are then not reused. */
const RECIPE = 1;

/** Exit code of a worker started without MEDIASOUP_VERSION; it loads its libraries and says that it was misused. */
const MISUSED = 41;

export type CacheKey = { mediasoup: string; platform: string; arch: string; libssl: string };

export function cacheDirectory(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'in-camera');
}

export function cachedPath(directory: string, key: CacheKey): string {
  const { mediasoup, platform, arch, libssl } = key;
  return join(directory, `mediasoup-worker-${mediasoup}-${platform}-${arch}-libssl-${libssl}-r${RECIPE}`);
}

export async function currentKey(): Promise<CacheKey> {
  const { platform, arch } = process;
  return { mediasoup: await mediasoupVersion(), platform, arch, libssl: await libsslVersion() };
}

export function mediasoupDirectory(): string {
  // The package's entry point is node/lib/index.js, two levels below its root.
  return dirname(dirname(dirname(createRequire(import.meta.url).resolve('mediasoup'))));
}

export async function mediasoupVersion(): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(mediasoupDirectory(), 'package.json'), 'utf8'));
  if (typeof manifest === 'object' && manifest && 'version' in manifest) return String(manifest.version);
  throw new WorkerUnavailable('The installed mediasoup has no version; delete node_modules and start again.');
}

/** The version of the shared library, which a worker built here loads. The program and it are one package. */
async function libsslVersion(): Promise<string> {
  const { code, lines } = await run('openssl', ['version']);
  const found = /Library: \S+ ([\w.-]+)/.exec(lines[0] ?? '') ?? /^\S+ ([\w.-]+)/.exec(lines[0] ?? '');
  return (code === 0 && found?.[1]) || 'none';
}

/** Cheap check that a file is a worker whose libraries are there. Says nothing about handshakes: see smoke.ts. */
export async function startsAsWorker(path: string): Promise<boolean> {
  return (await run(path, [], { env: {}, timeoutMs: 5_000 })).code === MISUSED;
}

/** Puts a proven binary in place. The rename is atomic: no other process ever sees half of it. */
export async function accept(binary: string, target: string): Promise<void> {
  const partial = `${target}.${process.pid}.partial`;
  await copyFile(binary, partial);
  await chmod(partial, 0o755);
  await rename(partial, target);
}

/** Runs `make` while holding the cache's lock, so that two starts at once build once. */
export async function locked<T>(
  target: string,
  report: (line: string) => void,
  make: () => Promise<T>,
): Promise<T> {
  const lock = `${target}.lock`;
  let told = false;
  while (!(await takeLock(lock))) {
    if (!told) report('Another start is obtaining the worker; waiting for it.');
    told = true;
    await delay(500);
  }
  try {
    return await make();
  } finally {
    await rm(lock, { force: true });
  }
}

async function takeLock(lock: string): Promise<boolean> {
  try {
    const file = await open(lock, 'wx');
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    await dropStaleLock(lock);
    return false;
  }
}

/** A lock whose owner is gone, or that never got a pid within a few seconds, belongs to nobody. */
async function dropStaleLock(lock: string): Promise<void> {
  try {
    const owner = Number(await readFile(lock, 'utf8'));
    const ageMs = Date.now() - (await stat(lock)).mtimeMs;
    if (owner > 0 ? !isAlive(owner) : ageMs > 5_000) await rm(lock, { force: true });
  } catch (error) {
    // The owner has just released it.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
