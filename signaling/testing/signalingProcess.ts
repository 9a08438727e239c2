// For tests: the signaling process itself, as the launcher starts it.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { SECRET, until } from './testkit.ts';

const MAIN = join(import.meta.dirname, '..', 'main.ts');

export interface SignalingProcess {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exit: () => number | string | undefined;
}

/** In a data directory of its own unless `env` names another. */
export async function startProcess(env: Record<string, string>): Promise<SignalingProcess> {
  const dataDir = await mkdtemp(join(tmpdir(), 'in-camera-data-'));
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const own = { HOST: '127.0.0.1', SFU_SECRET: SECRET, DATA_DIR: dataDir };
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH, NODE_COMPILE_CACHE, ...own, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  let exit: number | string | undefined;
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
  const gone = new Promise<void>((resolve) =>
    child.on('exit', (code, signal) => {
      exit = code ?? signal ?? 'unknown';
      resolve();
    }),
  );
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await gone;
    await rm(dataDir, { recursive: true, force: true });
  });
  return { child, output: () => output, exit: () => exit };
}

/** A port that was free a moment ago: PORT=0 is no valid configuration. */
export async function freePort(): Promise<{ port: string; release: () => Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: String(address.port),
    release: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** One that listens. */
export async function running(env: Record<string, string> = {}): Promise<SignalingProcess & { url: string }> {
  const { port, release } = await freePort();
  await release();
  const process = await startProcess({ PORT: port, ...env });
  await until('listening', () => {
    if (process.exit() !== undefined) throw new Error(`it ended: ${process.output()}`);
    return process.output().includes('listening');
  });
  return { ...process, url: `http://127.0.0.1:${port}` };
}
