// The process itself: it starts, says why when it does not, and leaves nothing behind when it stops.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freeRtcPort } from '../test/harness/net.ts';
import { FakeSignaling, SECRET, until } from './testkit.ts';
import { obtainWorker } from './worker/obtain.ts';

const main = join(import.meta.dirname, 'main.ts');
let signaling: FakeSignaling;
let children: ChildProcess[] = [];
beforeEach(async () => {
  signaling = await FakeSignaling.start();
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await signaling.drop();
});

async function start(env: Record<string, string>) {
  const child = fork(main, {
    env: {
      PATH: process.env.PATH,
      SIGNALING_URL: signaling.url,
      SFU_SECRET: SECRET,
      SFU_WORKERS: '2',
      MEDIASOUP_WORKER_BIN: await obtainWorker(() => undefined),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  children.push(child);
  const output: string[] = [];
  child.stdout?.on('data', (text) => output.push(String(text)));
  child.stderr?.on('data', (text) => output.push(String(text)));
  const ended = once(child, 'exit').then(([code]) => ({ code, output: output.join('') }));
  return { child, ended, text: () => output.join('') };
}

/** Processes whose parent is the given one. */
const childrenOf = (pid: number | undefined) =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => parentOf(name) === pid)
    .map(Number);

function parentOf(pid: string): number | undefined {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined; // Ended meanwhile.
  }
}

async function connected() {
  const port = await freeRtcPort(2);
  const sfu = await start({ RTC_PORT: String(port) });
  await until('the sfu has dialled in', () => signaling.connected);
  const workers = childrenOf(sfu.child.pid);
  expect(workers).toHaveLength(2);
  return { ...sfu, workers, port };
}

const noneOf = (pids: number[]) => pids.every((pid) => parentOf(String(pid)) === undefined);

it.each(['SIGTERM', 'SIGINT'] as const)(
  '%s stops the process and its workers, exit code 0',
  async (signal) => {
    const { child, ended, workers } = await connected();
    const began = performance.now();
    child.kill(signal);
    expect(await ended).toMatchObject({ code: 0 });
    expect(performance.now() - began).toBeLessThan(2_000);
    await until('no worker is left', () => noneOf(workers));
  },
);

it('the shared secret is not handed on to the workers', async () => {
  const { workers } = await connected();
  for (const pid of workers) expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain(SECRET);
});

it('the end of its launcher stops it too', async () => {
  const { child, ended, workers } = await connected();
  child.disconnect();
  expect(await ended).toMatchObject({ code: 0 });
  await until('no worker is left', () => noneOf(workers));
});

it('a port in use is said in a sentence, without a stack', async () => {
  const { port } = await connected();
  const { ended } = await start({ RTC_PORT: String(port) });
  const { code, output } = await ended;
  expect(code).toBe(1);
  expect(output).toContain('set RTC_PORT');
  expect(output).not.toMatch(/\n\s+at /);
});

describe('a worker that dies on start is said in a sentence, whatever LOG_LEVEL says, with what to do', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'in-camera-sfu-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  async function outputWith(worker: string, script: string) {
    await mkdir(dirname(worker), { recursive: true });
    await writeFile(worker, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const env = { MEDIASOUP_WORKER_BIN: worker, XDG_CACHE_HOME: directory, LOG_LEVEL: 'silent' };
    const { code, output } = await (await start(env)).ended;
    expect(code).toBe(1);
    return output;
  }

  it('when it is one that somebody named', async () => {
    const worker = join(directory, 'mine');
    expect(await outputWith(worker, 'exit 3')).toBe(
      `The media worker ${worker} died on start (exit code 3). ` +
        'MEDIASOUP_WORKER_BIN names it: name one that works here, or unset it to have one obtained.\n',
    );
  });

  it('when it is one of our cache', async () => {
    const worker = join(directory, 'in-camera', 'mediasoup-worker-1');
    expect(await outputWith(worker, 'kill -SEGV $$')).toBe(
      `The media worker ${worker} died on start (SIGSEGV). ` +
        'Delete that file and run "npm run worker", which obtains and tests another.\n',
    );
  });
});

it('a wrong value is said in a line, and its secret in none', async () => {
  const { ended } = await start({ RTC_PORT: 'high', SFU_SECRET: 'short' });
  const { code, output } = await ended;
  expect(code).toBe(1);
  expect(output).toContain('RTC_PORT');
  expect(output).not.toContain('short');
});
