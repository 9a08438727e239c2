// One installation for a test: a signaling process and an sfu process on free ports with a directory of their own.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, childrenNamed, startChild } from './child.ts';
import { freePort, freeRtcPort } from './net.ts';
import { Tap } from './tap.ts';
import { until } from './until.ts';

const ROOT = join(import.meta.dirname, '../..');
/** No check of the product: `npm run bench -- start` measures that. A busy machine has taken more than 20 s. */
const READY_MS = 60_000;

export type Installation = {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  /** Of the first media worker. */
  readonly rtcPort: number;
  readonly signaling: Part;
  readonly sfu: Part;
  /** What the sfu process holds and does. */
  tap(): Tap;
  /** Process ids of the running mediasoup workers. */
  mediaWorkers(): number[];
  ready(): Promise<void>;
  stop(): Promise<void>;
};

/** A process that a test may kill and start again. */
export class Part {
  readonly #start: () => Child;
  #child: Child;

  constructor(start: () => Child) {
    this.#start = start;
    this.#child = start();
  }

  get child(): Child {
    return this.#child;
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.#child.end(signal);
  }

  async restart(): Promise<void> {
    await this.kill();
    this.#child = this.#start();
  }
}

let workerBin: string | undefined;

/** The same binary that `npm start` would use; the last line that the script prints is its path. */
export function mediasoupWorker(): string {
  workerBin ??=
    process.env.MEDIASOUP_WORKER_BIN ??
    execFileSync(process.execPath, [join(ROOT, 'sfu/worker/obtain.ts')], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .at(-1);
  if (!workerBin) throw new Error('no mediasoup-worker: run npm run worker');
  return workerBin;
}

type Options = {
  workers?: number;
  /** What runs as the sfu: the product's process with an ear on it, or with more than that. */
  sfu?: string;
  /** More configuration of signaling. */
  env?: Record<string, string>;
};

export async function startInstallation(options: Options = {}): Promise<Installation> {
  const { workers = 1, sfu: sfuFile = join(import.meta.dirname, 'tappedSfu.ts'), env = {} } = options;
  const dataDir = mkdtempSync(join(tmpdir(), 'in-camera-test-'));
  const port = await freePort();
  const rtcPort = await freeRtcPort(workers);
  const url = `http://127.0.0.1:${port}`;
  const shared = {
    SFU_SECRET: randomBytes(24).toString('base64url'),
    LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'info',
  };
  const signalingEnv = { ...shared, PORT: String(port), HOST: '127.0.0.1', DATA_DIR: dataDir, ...env };
  const sfuEnv = {
    ...shared,
    SIGNALING_URL: url,
    RTC_PORT: String(rtcPort),
    SFU_WORKERS: String(workers),
    MEDIASOUP_WORKER_BIN: mediasoupWorker(),
  };
  const signaling = new Part(() => startChild(join(ROOT, 'signaling/main.ts'), signalingEnv));
  const sfu = new Part(() => startChild(sfuFile, sfuEnv));
  const ready = () => waitReady(url, [signaling, sfu]);
  const stop = async () => {
    const dead = [signaling, sfu].filter((part) => part.child.died());
    await Promise.all([signaling.kill('SIGTERM'), sfu.kill('SIGTERM')]);
    rmSync(dataDir, { recursive: true, force: true });
    if (dead.length > 0) throw new Error(`a process ended by itself:\n${wordsOf(dead)}`);
  };
  try {
    await ready();
  } catch (error) {
    await Promise.all([signaling.kill(), sfu.kill()]);
    throw error;
  }
  let tap: { child: Child; tap: Tap } | undefined;
  return {
    url,
    port,
    dataDir,
    rtcPort,
    signaling,
    sfu,
    ready,
    stop,
    tap() {
      if (tap?.child !== sfu.child) tap = { child: sfu.child, tap: new Tap(sfu.child) };
      return tap.tap;
    },
    mediaWorkers: () => childrenNamed(sfu.child.pid, 'mediasoup-worker'),
  };
}

const wordsOf = (parts: readonly Part[]) => parts.map((p) => p.child.words()).join('\n──\n');

async function waitReady(url: string, parts: readonly Part[]): Promise<void> {
  const words = () => wordsOf(parts);
  const isReady = async () => {
    if (parts.some((p) => p.child.exited())) throw new Error(`a process ended at the start:\n${words()}`);
    try {
      return (await fetch(`${url}/readyz`)).status === 200;
    } catch (error) {
      // Not listening yet.
      if (error instanceof TypeError) return false;
      throw error;
    }
  };
  await until(isReady, { timeoutMs: READY_MS, what: () => `GET ${url}/readyz to answer 200\n${words()}` });
}
