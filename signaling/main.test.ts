// The process itself: starts, says what is wrong in a sentence, and stops when it should.
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SECRET, until } from './testing/testkit.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

interface Process {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exit: () => number | string | undefined;
}

function start(env: Record<string, string>): Process {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH, HOST: '127.0.0.1', SFU_SECRET: SECRET, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  let exit: number | string | undefined;
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
  child.on('exit', (code, signal) => {
    exit = code ?? signal ?? 'unknown';
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return { child, output: () => output, exit: () => exit };
}

/** A port that was free a moment ago: PORT=0 is no valid configuration. */
async function freePort(): Promise<{ port: string; release: () => Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: String(address.port),
    release: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function running(): Promise<Process> {
  const { port, release } = await freePort();
  await release();
  const process = start({ PORT: port });
  await until('listening', () => process.output().includes('listening'));
  return process;
}

describe('the signaling process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('ends well on %s', async (signal) => {
    const { child, exit } = await running();
    child.kill(signal);
    expect(await until('exit', () => (exit() === undefined ? undefined : `code ${exit()}`))).toBe('code 0');
  });

  it('ends when the launcher is gone', async () => {
    const { child, exit } = await running();
    child.disconnect();
    expect(await until('exit', () => (exit() === undefined ? undefined : `code ${exit()}`))).toBe('code 0');
  });

  it('says which port is in use, without a stack trace', async () => {
    const { port, release } = await freePort();
    const { output, exit } = start({ PORT: port });
    await until('exit', () => exit() !== undefined);
    await release();
    expect(exit()).toBe(1);
    expect(output()).toBe(`Port ${port} is in use: stop the other program or set PORT.\n`);
  });

  it('says which variable is wrong, and never shows the secret', async () => {
    const { output, exit } = start({ PORT: 'http', SFU_SECRET: 'too short' });
    await until('exit', () => exit() !== undefined);
    expect(exit()).toBe(1);
    expect(output()).toContain('PORT: given "http"');
    expect(output()).not.toContain('too short');
    expect(output()).not.toContain('    at ');
  });
});
