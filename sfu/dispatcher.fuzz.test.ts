// Random and hostile commands, many at a time: only contracted errors, no dead worker, and the sfu works afterwards.
// FUZZ_SEED=… repeats a run.
import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type SfuCommandName, sfuCommands } from '#protocol';
import {
  Answer,
  chromium,
  newId,
  newMeetingId,
  openPeer,
  opus,
  type Running,
  startSfu,
  vp8,
} from './testkit.ts';

const CASES = 10_000;
const AT_ONCE = 50;
const MAX_GROWTH_BYTES = 150e6;
const seed = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31));

let running: Running;
beforeAll(async () => {
  running = await startSfu(2);
}, 60_000);
afterAll(() => running.stop());

/** mulberry32: small, and the same everywhere. */
function generator(state: number) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = generator(seed);
const chance = (p: number) => random() < p;
const below = (n: number) => Math.floor(random() * n);
const pick = <T>(from: readonly T[]): T => {
  const found = from[below(from.length)];
  if (found === undefined) throw new Error('nothing to pick from');
  return found;
};

const meetings = Array.from({ length: 3 }, newId);
const peers = Array.from({ length: 6 }, newId);
const consumers: string[] = ['00000000-0000-0000-0000-000000000000'];
const slots = ['mic', 'camera', 'screen', 'screen-audio'];
const fingerprint = Array.from({ length: 32 }, () => 'AB').join(':');

/** Well-formed, and mostly sensible. */
const sensible: Record<SfuCommandName, () => Record<string, unknown>> = {
  'meetings:keep': () => ({ meetingIds: chance(0.9) ? meetings : [pick(meetings)] }),
  'meeting:open': () => ({ meetingId: pick(meetings) }),
  'meeting:close': () => ({ meetingId: pick(meetings) }),
  'peer:open': () => ({ ...peer(), rtpCapabilities: structuredClone(chromium) }),
  'peer:close': peer,
  'transport:connect': () => ({
    ...peer(),
    direction: pick(['send', 'recv']),
    dtlsParameters: {
      role: pick(['auto', 'client', 'server']),
      fingerprints: [{ algorithm: 'sha-256', value: fingerprint }],
    },
  }),
  'transport:restart': () => ({ ...peer(), direction: pick(['send', 'recv']) }),
  'producer:create': () => ({
    ...peer(),
    slot: pick(slots),
    rtpParameters: pick([opus, vp8])(below(4) === 0 ? below(5) : below(2 ** 31)),
    muted: chance(0.5),
  }),
  'producer:mute': () => ({ ...peer(), slot: pick(slots), muted: chance(0.5) }),
  'producer:close': () => ({ ...peer(), slot: pick(slots) }),
  'peer:receive': () => ({
    ...peer(),
    wanted: Array.from({ length: below(6) }, () => ({
      consumerId: pick(consumers),
      width: below(2000),
      height: below(2000),
    })),
  }),
  'consumer:keyframe': () => ({ ...peer(), consumerId: pick(consumers) }),
};

function peer() {
  return { meetingId: pick(meetings), peerId: pick(peers) };
}

const hostile: readonly (() => unknown)[] = [
  () => null,
  () => undefined,
  () => '',
  () => 'x\r\na=candidate:1 1 udp 1 10.0.0.1 9 typ host',
  () => 'é\u0000\u2028'.repeat(30),
  () => 'a'.repeat(100_000),
  () => '__proto__',
  () => -1,
  () => 0,
  () => 0.5,
  () => 127,
  () => 255,
  () => 256,
  () => 65_536,
  () => 2 ** 32 - 1,
  () => 2 ** 53,
  () => 1e300,
  () => true,
  () => [],
  () => ({}),
  () => Buffer.from([1, 2, 3]),
  () => Array.from({ length: 1_000 }, () => ({})),
  () => JSON.parse('{"__proto__": {"paused": false}, "constructor": {"prototype": 1}}'),
  () => nested(200),
  () => 'L9T9',
  () => 'L3T3_KEY',
  () => 'video/VP9',
  () => 'audio/opus',
  () => 'video/rtx',
  () => 'nack',
  () => pick(consumers),
  () => pick(meetings),
  () => below(2 ** 32),
];

function nested(depth: number): unknown {
  return depth === 0 ? 1 : { a: nested(depth - 1) };
}

/** Replaces, removes, adds or doubles something somewhere inside. */
function spoil(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || chance(0.03)) return pick(hostile)();
  if (Array.isArray(value)) return spoilArray(value);
  const entries = Object.entries(value);
  if (entries.length === 0 || chance(0.05))
    return { ...value, [pick(['x', 'paused', 'kind', 'id'])]: pick(hostile)() };
  const at = below(entries.length);
  if (chance(0.1)) return Object.fromEntries(entries.filter((_, i) => i !== at));
  return Object.fromEntries(entries.map(([k, v], i) => [k, i === at ? spoil(v) : v]));
}

function spoilArray(value: unknown[]): unknown[] {
  const at = below(value.length);
  if (value.length === 0 || chance(0.1)) return [...value, pick(hostile)()];
  if (chance(0.1)) return value.filter((_, i) => i !== at);
  if (chance(0.1)) return [...value, value[at]];
  return value.map((v, i) => (i === at ? spoil(v) : v));
}

const names = Object.keys(sfuCommands);
const isCommand = (name: string): name is SfuCommandName => Object.hasOwn(sfuCommands, name);

function anyCommand(): { name: SfuCommandName; req: unknown } {
  // Mostly what builds something up, so that there is something to break.
  const name = chance(0.4)
    ? pick(['meeting:open', 'peer:open', 'producer:create', 'peer:receive'])
    : pick(names);
  if (!isCommand(name)) throw new Error('not in the table');
  if (/close|keep/.test(name) && chance(0.7)) return anyCommand();
  let req: unknown = sensible[name]();
  for (let spoiled = chance(0.5) ? 1 + below(2) : 0; spoiled > 0; spoiled -= 1) req = spoil(req);
  return { name, req };
}

/** The consumer ids in an answer, to be used by later commands. */
function learn(data: unknown): void {
  for (const [, id] of JSON.stringify(data).matchAll(/"consumerId":"([^"]+)"/g)) if (id) consumers.push(id);
  consumers.splice(1, Math.max(0, consumers.length - 200));
}

/** Sends and checks one command; returns its code. */
async function ask(name: SfuCommandName, req: unknown): Promise<string> {
  const answer = Answer.parse(await running.signaling.send(name, req));
  if (answer.ok) {
    sfuCommands[name].res.parse(answer.data);
    learn(answer.data);
    return 'ok';
  }
  if (answer.code === 'INTERNAL') {
    throw new Error(`a fault of ours: ${name} ${JSON.stringify(req)}\n${running.log.at(-1)}`);
  }
  return answer.code;
}

/** Many at a time, as they come from many peers. */
async function flood(cases: number, next: () => { name: SfuCommandName; req: unknown }) {
  process.stdout.write(`FUZZ_SEED=${seed}\n`);
  const answered = new Map<string, number>();
  for (let done = 0; done < cases; done += AT_ONCE) {
    const batch = Array.from({ length: AT_ONCE }, next);
    const codes = await Promise.all(batch.map(({ name, req }) => ask(name, req)));
    for (const code of codes) answered.set(code, (answered.get(code) ?? 0) + 1);
  }
  process.stdout.write(`answers: ${JSON.stringify(Object.fromEntries(answered))}\n`);
  return answered;
}

async function stillWorks(pids: readonly (number | undefined)[]) {
  expect(running.sfu.workers.pids).toEqual(pids);
  const meetingId = newMeetingId();
  await running.signaling.command('meeting:open', { meetingId });
  const a = await openPeer(running, meetingId);
  await openPeer(running, meetingId);
  const { offers } = await running.signaling.command('producer:create', {
    meetingId,
    peerId: a.peerId,
    slot: 'camera',
    rtpParameters: vp8(),
    muted: false,
  });
  expect(offers).toHaveLength(1);
}

it(`${CASES} random and hostile commands get contracted answers only, seed ${seed}`, async () => {
  const pids = [...running.sfu.workers.pids];
  const before = process.memoryUsage().heapUsed;
  const answered = await flood(CASES, anyCommand);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(MAX_GROWTH_BYTES);
  for (const code of ['ok', 'BAD_REQUEST', 'NOT_FOUND', 'MEDIA_REFUSED', 'MEDIA_UNAVAILABLE']) {
    expect(answered.get(code), `some are answered ${code}`).toBeGreaterThan(CASES / 200);
  }
  await stillWorks(pids);
}, 120_000);

/** Any number for a number, any text for a text: what the schemas let through and only the worker can refuse. */
function bend(value: unknown): unknown {
  if (typeof value === 'number')
    return pick([0, 1, 5, 96, 97, 101, 127, 128, 255, 256, 0.5, 2 ** 31, 2 ** 32 - 1, -1, 1e15]);
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'string') return pick(words);
  if (Array.isArray(value)) return value.length === 0 ? value : bendArray(value);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const at = below(entries.length);
  if (chance(0.15)) return Object.fromEntries(entries.filter((_, i) => i !== at));
  return Object.fromEntries(entries.map(([k, v], i) => [k, i === at ? bend(v) : v]));
}

function bendArray(value: unknown[]): unknown[] {
  const at = below(value.length);
  if (chance(0.15)) return [...value, value[at]];
  if (chance(0.1)) return value.toReversed();
  return value.map((v, i) => (i === at ? bend(v) : v));
}

const words = [
  ...[
    'audio/opus',
    'video/VP8',
    'VIDEO/vp9',
    'video/AV1',
    'video/H264',
    'video/rtx',
    'audio/rtx',
    'audio/red',
    'x',
  ],
  ...['L1T1', 'L3T3', 'S3T3', 'L3T3_KEY', 'L3T2h', 'L9T9', '', 'a', '1', 'nack', 'pli', 'transport-cc'],
  ...(chromium.headerExtensions ?? []).map((e) => e.uri),
];

it(`${CASES} well-formed streams and capabilities with wrong contents never end a worker, seed ${seed}`, async () => {
  const pids = [...running.sfu.workers.pids];
  for (const meetingId of meetings) await ask('meeting:open', { meetingId });
  const answered = await flood(CASES, () => {
    const name = pick([
      'peer:open',
      'producer:create',
      'producer:create',
      'producer:create',
      'peer:receive',
    ] as const);
    const req = sensible[name]();
    const part =
      name === 'peer:open' ? 'rtpCapabilities' : name === 'producer:create' ? 'rtpParameters' : 'wanted';
    for (let bent = 1 + below(3); bent > 0; bent -= 1) req[part] = bend(req[part]);
    return { name, req };
  });
  expect(answered.get('MEDIA_REFUSED')).toBeGreaterThan(CASES / 20);
  expect(answered.get('ok')).toBeGreaterThan(CASES / 20);
  await stillWorks(pids);
}, 120_000);
