// Builds the client when its sources changed, and only then.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { run } from '../sfu/worker/run.ts';
import { CannotStart } from './CannotStart.ts';

/** All that ends up in the bundle. */
const INPUTS = ['client', 'e2ee-worker', 'signaling/protocol'];
const FILES = ['package.json', 'package-lock.json', 'tsconfig.json'];
const STAMP = '.stamp';
/** A build takes some three seconds here, and ten on a slow machine. */
const BEAT_MS = 2_000;

export async function ensureClient(root: string, report: (line: string) => void): Promise<void> {
  const dist = join(root, 'client', 'dist');
  const wanted = await hashInputs(root);
  if ((await readStamp(dist)) === wanted) return;
  report('Building the client.');
  const started = Date.now();
  // Beside the old one until it is whole: a server that runs, or a second build, never sees half of it.
  const fresh = join(root, '.cache', `client-${process.pid}`);
  const old = `${fresh}-old`;
  try {
    await vite(root, fresh, report);
    await writeFile(join(fresh, STAMP), wanted);
    await replace(dist, fresh, old);
  } catch (error) {
    // A build at the same time, of the same sources, got there first.
    if ((await readStamp(dist)) !== wanted) throw error;
  } finally {
    await Promise.all([fresh, old].map((path) => rm(path, { recursive: true, force: true })));
  }
  report(`Client built in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
}

async function replace(directory: string, fresh: string, old: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await rename(directory, old);
  await rename(fresh, directory);
}

async function vite(root: string, outDir: string, report: (line: string) => void): Promise<void> {
  const bin = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const args = [bin, 'build', 'client', '--outDir', outDir, '--emptyOutDir', '--logLevel', 'info'];
  // Whoever starts us in a test has another value; the bundle must not depend on it.
  const env = { ...process.env, NODE_ENV: 'production' };
  const started = Date.now();
  const beat = setInterval(
    () => report(`Building the client: ${Math.round((Date.now() - started) / 1000)} s so far.`),
    BEAT_MS,
  );
  const onLine = (line: string) => {
    const transformed = /(\d+) modules transformed/.exec(line)?.[1];
    if (transformed) report(`Building the client: ${transformed} modules transformed, writing the bundle.`);
  };
  const { code, lines } = await run(process.execPath, args, { cwd: root, env, onLine });
  clearInterval(beat);
  if (code === 0) return;
  for (const line of lines) report(line);
  throw new CannotStart('The client could not be built (the reason is above).');
}

async function readStamp(dist: string): Promise<string | undefined> {
  try {
    await readFile(join(dist, 'index.html'));
    return await readFile(join(dist, STAMP), 'utf8');
  } catch {
    return undefined;
  }
}

async function hashInputs(root: string): Promise<string> {
  const hash = createHash('sha256');
  const listed = await Promise.all(INPUTS.map((input) => filesBelow(join(root, input))));
  const files = [...FILES.map((file) => join(root, file)), ...listed.flat().sort()];
  for (const file of files) {
    const content = await readFile(file);
    hash.update(`${relative(root, file)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const nested = entries.map((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return ['dist', 'node_modules'].includes(entry.name) ? [] : filesBelow(path);
    return entry.isFile() && !entry.name.endsWith('.test.ts') ? [path] : [];
  });
  return (await Promise.all(nested)).flat();
}
