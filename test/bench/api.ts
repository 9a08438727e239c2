// npm run bench -- api: a read of one row with an API key beside a bare Fastify route, lists over many rows, and sign-ins.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, startChild } from '../harness/child.ts';
import { freePort } from '../harness/net.ts';
import { p50, p95 } from '../harness/numbers.ts';
import { until } from '../harness/until.ts';
import { Connection, perSecond, written } from './api/client.ts';
import { type Filled, fill, PASSWORD } from './api/fill.ts';
import { type ListTimes, lists } from './api/lists.ts';
import { type Figure, withFloor } from './figure.ts';

const SIZES = { accounts: 1_000, rooms: 1_000, auditRows: 100_000 };
const CONNECTIONS = 16;
const ROUNDS = 7;
const ROUND_MS = 1_500;
const LEAST_RATIO = 0.3;
const SIGN_INS = 400;
/** Whoever signs in 20 times from one address within a minute is one office. */
const PER_ADDRESS = 20;
const LEAST_SIGN_INS = 200;
const LIMIT_LISTS_MS = 100;

export async function benchApi(say: (line: string) => void): Promise<Figure[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'in-camera-bench-'));
  const children: Child[] = [];
  try {
    const filled = await fill(dataDir, SIZES);
    const port = await freePort();
    children.push(await startProduct(port, dataDir));
    const asker = new Asker(filled);
    const times = await lists(port, filled, (path) => asker.get(`/api/v1${path}`));
    for (const [name, ms] of Object.entries(times)) say(`${name}: p95 ${p95(ms).toFixed(1)} ms`);
    const path = `/rooms/${filled.rooms[0]}`;
    const bare = await freePort();
    const first = await Connection.open(port);
    children.push(await startBare(bare, await first.ask(asker.get(`/api/v1${path}`))));
    first.close();
    const reads = await readsPerSecond({
      product: { port, next: () => asker.get(`/api/v1${path}`) },
      bare: { port: bare, next: () => written({ path }) },
    });
    say(`reads a second: ${reads.product.map(Math.round).join(' ')}`);
    say(`bare route:     ${reads.bare.map(Math.round).join(' ')}`);
    const signIns = await signInsPerMinute(port, filled.emails);
    return apiFigures({ reads, lists: times, signIns });
  } finally {
    for (const child of children) await child.end('SIGTERM');
    await rm(dataDir, { recursive: true, force: true });
  }
}

interface Measured {
  readonly reads: Readonly<Record<'product' | 'bare', readonly number[]>>;
  readonly lists: ListTimes;
  readonly signIns: number;
}

export function apiFigures({ reads, lists, signIns }: Measured): Figure[] {
  const worst = (kind: string) => {
    const all = Object.entries(lists).filter(([name]) => name.startsWith(kind));
    return {
      name: `api.${kind}.p95`,
      value: Math.max(...all.map(([, ms]) => p95(ms))),
      unit: 'ms',
      limit: LIMIT_LISTS_MS,
      samples: all.reduce((sum, [, ms]) => sum + ms.length, 0),
    };
  };
  return [
    withFloor({
      name: 'api.read',
      value: p50(reads.product),
      unit: 'requests/s',
      floor: p50(reads.bare),
      least: LEAST_RATIO,
      samples: reads.product.length,
    }),
    worst('rooms'),
    worst('audit'),
    worst('people'),
    { name: 'api.sign-ins', value: signIns, unit: '/min', least: LEAST_SIGN_INS, samples: SIGN_INS },
  ];
}

/** Requests as a proxy would pass them on, of many people with many keys: the limits on each of them hold here, too. */
class Asker {
  readonly #keys: readonly string[];
  readonly #written = new Map<string, string[]>();
  #count = 0;

  constructor({ keys }: Pick<Filled, 'keys'>) {
    this.#keys = keys;
  }

  get(path: string): string {
    const known = this.#written.get(path) ?? this.#write(path);
    this.#count += 1;
    return known[this.#count % known.length] ?? '';
  }

  #write(path: string): string[] {
    const all = Array.from({ length: this.#keys.length * 50 }, (_, i) => {
      const authorization = `Bearer ${this.#keys[i % this.#keys.length]}`;
      return written({ path, headers: { authorization, 'x-forwarded-for': addressOf(i) } });
    });
    this.#written.set(path, all);
    return all;
  }
}

const addressOf = (i: number): string => `10.1.${i >> 8}.${i & 255}`;

async function startProduct(port: number, dataDir: string): Promise<Child> {
  const child = startChild(join(import.meta.dirname, '../../signaling/main.ts'), {
    PORT: String(port),
    HOST: '127.0.0.1',
    DATA_DIR: dataDir,
    SFU_SECRET: 'a secret of the bench, which no media server has',
    TRUSTED_PROXIES: '127.0.0.1',
    LOG_LEVEL: 'info',
  });
  const listening = async () => {
    if (child.exited()) throw new Error(`signaling did not start: ${child.words()}`);
    return child.words().includes('listening');
  };
  await until(listening, { timeoutMs: 20_000, what: () => `signaling to listen\n${child.words()}` });
  return child;
}

async function startBare(port: number, room: string): Promise<Child> {
  const child = startChild(join(import.meta.dirname, 'bare/route.ts'), { PORT: String(port), ROOM: room });
  await once(child.process, 'message');
  return child;
}

type Contender = { readonly port: number; readonly next: () => string };

/** In turns, so that what else the machine does meets both. The first round warms them and does not count. */
async function readsPerSecond(contenders: Readonly<Record<'product' | 'bare', Contender>>) {
  const rates = { product: [] as number[], bare: [] as number[] };
  for (let round = 0; round <= ROUNDS; round++) {
    for (const name of ['product', 'bare'] as const) {
      const { port, next } = contenders[name];
      const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(port)));
      const rate = await perSecond(connections, ROUND_MS, next);
      for (const connection of connections) connection.close();
      if (round > 0) rates[name].push(rate);
    }
  }
  return rates;
}

/** So many people at once, each with their own account; a refusal fails the bench. */
async function signInsPerMinute(port: number, emails: readonly string[]): Promise<number> {
  const requests = emails.slice(0, SIGN_INS).map((email, i) =>
    written({
      method: 'POST',
      path: '/api/auth/sign-in/email',
      headers: { 'x-forwarded-for': addressOf(60_000 + Math.floor(i / PER_ADDRESS)) },
      body: { email, password: PASSWORD },
    }),
  );
  const began = performance.now();
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(port)));
  const signingIn = connections.map(async (connection) => {
    for (let next = requests.pop(); next !== undefined; next = requests.pop()) await connection.ask(next);
    connection.close();
  });
  await Promise.all(signingIn);
  return SIGN_INS / ((performance.now() - began) / 60_000);
}
