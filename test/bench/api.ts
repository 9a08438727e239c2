// npm run bench -- api: a read of one row with an API key beside a bare Fastify route, lists over many rows, and sign-ins.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, startChild } from '../harness/child.ts';
import { freePort } from '../harness/net.ts';
import { p50, p95 } from '../harness/numbers.ts';
import { until } from '../harness/until.ts';
import { byNode, Connection, perSecond, type Wanted, written } from './api/client.ts';
import { type Filled, fill, PASSWORD } from './api/fill.ts';
import { type ListTimes, lists } from './api/lists.ts';
import { type Figure, withFloor } from './figure.ts';

const SIZES = { accounts: 1_000, rooms: 1_000, auditRows: 100_000 };
const CONNECTIONS = 100;
/** Each may ask 120 times at once. */
const ADDRESSES = 4_000;
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
    const times = await lists(port, filled, (path) => written(asker.wanted(`/api/v1${path}`)));
    for (const [name, ms] of Object.entries(times)) say(`${name}: p95 ${p95(ms).toFixed(1)} ms`);
    const path = `/rooms/${filled.rooms[0]}`;
    const bare = await freePort();
    const first = await Connection.open(port);
    children.push(await startBare(bare, await first.ask(written(asker.wanted(`/api/v1${path}`)))));
    first.close();
    const contenders = {
      product: { port, next: () => asker.wanted(`/api/v1${path}`) },
      bare: { port: bare, next: () => ({ path }) },
    };
    const reads = await inTurns(contenders, byNodesClient);
    const rawReads = await inTurns(contenders, byConnections);
    for (const [how, { product, bare }] of Object.entries({ reads, rawReads })) {
      say(`${how} a second: ${product.map(Math.round).join(' ')}`);
      say(`${how}, bare route: ${bare.map(Math.round).join(' ')}`);
    }
    const signIns = await signInsPerMinute(port, filled.emails);
    return apiFigures({ reads, rawReads, lists: times, signIns });
  } finally {
    for (const child of children) await child.end('SIGTERM');
    await rm(dataDir, { recursive: true, force: true });
  }
}

type Rates = Readonly<Record<'product' | 'bare', readonly number[]>>;

interface Measured {
  /** Asked by Node's own client. */
  readonly reads: Rates;
  /** Asked by one that costs next to nothing. */
  readonly rawReads: Rates;
  readonly lists: ListTimes;
  readonly signIns: number;
}

export function apiFigures({ reads, rawReads, lists, signIns }: Measured): Figure[] {
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
  const read = (name: string, { product, bare }: Rates) =>
    withFloor({
      name,
      value: p50(product),
      unit: 'requests/s',
      floor: p50(bare),
      samples: product.length,
    });
  return [
    { ...read('api.read', reads), least: LEAST_RATIO },
    // Without a bound: here the floor is the twelve microseconds that a bare route takes.
    read('api.read.raw', rawReads),
    worst('rooms'),
    worst('audit'),
    worst('people'),
    { name: 'api.sign-ins', value: signIns, unit: '/min', least: LEAST_SIGN_INS, samples: SIGN_INS },
  ];
}

/** Requests as a proxy would pass them on, of many people with many keys: the limits on each of them hold here, too. */
class Asker {
  readonly #keys: readonly string[];
  #count = 0;

  constructor({ keys }: Pick<Filled, 'keys'>) {
    this.#keys = keys;
  }

  wanted(path: string): Wanted {
    const i = this.#count++;
    const authorization = `Bearer ${this.#keys[i % this.#keys.length]}`;
    return { path, headers: { authorization, 'x-forwarded-for': addressOf(i % ADDRESSES) } };
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

type Contender = { readonly port: number; readonly next: () => Wanted };
type Asking = (contender: Contender) => Promise<number>;

const byNodesClient: Asking = async ({ port, next }) => {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  try {
    const askers = Array.from({ length: CONNECTIONS }, () => () => byNode(port, next(), agent));
    return await perSecond(askers, ROUND_MS);
  } finally {
    agent.destroy();
  }
};

const byConnections: Asking = async ({ port, next }) => {
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(port)));
  // Writing them costs more than sending them.
  const requests = Array.from({ length: ADDRESSES }, () => written(next()));
  let i = 0;
  const askers = connections.map((each) => () => each.ask(requests[i++ % ADDRESSES] ?? ''));
  const rate = await perSecond(askers, ROUND_MS);
  for (const connection of connections) connection.close();
  return rate;
};

/** So that what else the machine does meets both. The first round warms them and does not count. */
async function inTurns(
  contenders: Readonly<Record<'product' | 'bare', Contender>>,
  asking: Asking,
): Promise<Rates> {
  const rates = { product: [] as number[], bare: [] as number[] };
  for (let round = 0; round <= ROUNDS; round++) {
    for (const name of ['product', 'bare'] as const) {
      const rate = await asking(contenders[name]);
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
