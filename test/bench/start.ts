// npm start → ready, when packages, worker and client are there already. Typed word to printed address: npm itself included.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, freeRtcPort } from '../harness/net.ts';
import { p50 } from '../harness/numbers.ts';
import type { Figure } from './figure.ts';

const STARTS = 7;
const LIMIT_MS = 3_000;
const ROOT = join(import.meta.dirname, '..', '..');

export async function benchStart(say: (line: string) => void): Promise<Figure[]> {
  const DATA_DIR = await mkdtemp(join(tmpdir(), 'in-camera-bench-'));
  try {
    const times: number[] = [];
    // The first fills the cache of compiled code and does not count.
    for (let i = 0; i <= STARTS; i++) {
      const ms = await startOnce(DATA_DIR);
      if (i > 0) times.push(ms);
    }
    say(`npm start → ready, ms: ${times.map(Math.round).join(' ')}`);
    return [{ name: 'start.warm', value: p50(times), unit: 'ms', limit: LIMIT_MS, samples: STARTS }];
  } finally {
    await rm(DATA_DIR, { recursive: true, force: true });
  }
}

async function startOnce(dataDir: string): Promise<number> {
  const ports = { PORT: String(await freePort()), RTC_PORT: String(await freeRtcPort(2)) };
  const env = {
    ...process.env,
    ...ports,
    DATA_DIR: dataDir,
    SFU_WORKERS: '2',
    LOG_LEVEL: 'warn',
    PUBLIC_URL: '',
  };
  const began = performance.now();
  const child = spawn('npm', ['start'], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  try {
    let said = '';
    await new Promise<void>((resolve, reject) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (said.includes('Ready: ')) resolve();
      });
      exited.then(() => reject(new Error(`npm start did not become ready: ${said}`)), reject);
    });
    return performance.now() - began;
  } finally {
    child.kill('SIGTERM');
    await exited;
  }
}
