// Hostile input over every request in every state: contracted errors only, the server lives, other meetings hear nothing.
import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { requests } from '#protocol';
import { heldBytes } from '../test/harness/heap.ts';
import type { PeerLimits } from './limits.ts';
import { FakeSfu } from './testing/FakeSfu.ts';
import {
  at,
  emptyCommit,
  makeMeeting,
  makeRoom,
  startServer,
  TestClient,
  type TestServer,
} from './testing/testkit.ts';
import { makeScene, type Sender, senders, wellFormed } from './testing/wellFormed.ts';

const CASES = 10_000;
const MAX_GROWTH_BYTES = 64 * 1024 * 1024;
const seed = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31));
process.stdout.write(`requests.fuzz seed: ${seed} (repeat with FUZZ_SEED=${seed})\n`);

const endless = { burst: 1e12, perSecond: 1e12 };
const noLimits: PeerLimits = {
  messages: endless,
  bytes: endless,
  transports: endless,
  streams: endless,
  mutes: endless,
  rooms: endless,
  roomsOfNetwork: endless,
  commits: endless,
  chats: endless,
  knocks: endless,
  patience: endless,
  waiting: 64,
};

class Random {
  #state: number;
  constructor(from: number) {
    this.#state = from;
  }
  /** mulberry32: small, repeatable, good enough to vary input. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
  below(n: number): number {
    return Math.floor(this.next() * n);
  }
  of<T>(list: readonly T[]): T {
    return at(list, this.below(list.length));
  }
}

const POLLUTING = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__'];
const NAMES = [
  ...Object.keys(requests),
  ...POLLUTING,
  'error',
  'message',
  '',
  'x'.repeat(5_000),
  'media:',
  '☃',
];

function nested(depth: number): unknown {
  let value: unknown = [];
  for (let i = 0; i < depth; i++) value = i % 2 ? [value] : { req: value };
  return value;
}

const hostile: readonly ((random: Random) => unknown)[] = [
  (r) => r.of([0, -1, 1.5, 1e308, -0, 2 ** 31, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]),
  (r) => r.of(['', ' ', 'null', '\u0000', '\ud800', 'a'.repeat(22), '../../etc/passwd', 'x'.repeat(20_000)]),
  (r) => r.of([null, true, false, [], {}, [[]], [null]]),
  (r) => r.of(POLLUTING),
  (r) => JSON.parse(`{"${r.of(POLLUTING)}": {"isAdmin": true, "ok": 1}, "length": -1}`),
  (r) => nested(r.below(300)),
  (r) => Array.from({ length: r.below(2_000) }, (_, i) => i),
  (r) => Object.fromEntries(Array.from({ length: r.below(300) }, (_, i) => [`k${i}`, i])),
  (r) => Buffer.alloc(r.of([0, 1, 15, 16, 17, 32, 33, 8193, 140_000]), r.below(256)),
  (r) => ({ _placeholder: true, num: r.below(5) - 2 }),
  (r) => ({ type: 'Buffer', data: [r.below(256)] }),
  (r) =>
    JSON.parse(`{"valueOf":1,"toString":"x","then":${r.below(9)},"toJSON":1,"byteLength":16,"length":16}`),
  (r) => Array.from({ length: 22 }, () => r.of([...'abcXYZ019_-'])).join(''),
];

/** Something like the real thing with one place spoilt, or nothing like it at all. */
function spoil(random: Random, value: unknown): unknown {
  const bad = random.of(hostile)(random);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || random.below(4) === 0) {
    return bad;
  }
  const keys = Object.keys(value);
  const key = random.of([...keys, 'more', ...POLLUTING]);
  const inner: unknown = Reflect.get(value, key);
  const copy = Array.isArray(value) ? [...value] : { ...value };
  Object.defineProperty(copy, key, {
    value: random.below(2) ? bad : spoil(random, inner),
    enumerable: true,
    configurable: true,
    writable: true,
  });
  if (random.below(6) === 0) Reflect.deleteProperty(copy, random.of([...keys, 'more']));
  return copy;
}

function argumentsOf(random: Random, name: string, formed: Readonly<Record<string, unknown>>): unknown[] {
  const honest = Object.hasOwn(formed, name) ? formed[name] : {};
  const form = random.below(20);
  if (form === 0) return [];
  if (form === 1) return [honest, spoil(random, honest)];
  if (form === 2) return [honest];
  return [spoil(random, honest)];
}

async function setUp(server: TestServer, sender: Sender) {
  const scene = await makeScene(server);
  const client = await sender.make(scene);
  const formed = await wellFormed(scene, client);
  const close = () => {
    for (const { socket } of [scene.host, scene.guest, scene.waiting, client]) socket.disconnect();
  };
  return { client, formed, close };
}

/** A peer in a state and role, with a meeting around it, made anew whenever it may have left that state or was disconnected. */
async function attack(
  server: TestServer,
  [who, sender]: [string, Sender],
  random: Random,
  cases: number,
): Promise<Set<string>> {
  const codes = new Set<string>();
  let { client, formed, close } = await setUp(server, sender);
  const again = async () => {
    close();
    ({ client, formed, close } = await setUp(server, sender));
  };
  for (let i = 0; i < cases; i++) {
    if (!client.socket.connected) await again();
    const name = random.of(NAMES);
    const args = argumentsOf(random, name, formed);
    if (random.below(10) === 0) {
      client.socket.emit(name, ...args);
      continue;
    }
    const code = await client.outcome(name, ...args).catch((error: unknown) => {
      if (!client.socket.connected) return 'disconnected';
      throw new Error(`seed ${seed}, ${who}, case ${i}: ${name} was not answered`, { cause: error });
    });
    codes.add(code);
    if (code === 'ok') await again();
  }
  close();
  return codes;
}

describe('hostile requests', () => {
  it(`${CASES} of them get contracted answers, harm nobody and leave nothing behind`, {
    timeout: 120_000,
  }, async () => {
    const server = await startServer({ limits: noLimits });
    await FakeSfu.start(server);
    const bystanders = await makeMeeting(server, 2);
    const heard = bystanders.members.map((member) => member.heard.length);
    const attackers = Object.entries<Sender>(senders);
    for (const attacker of attackers) await attack(server, attacker, new Random(seed), 20);
    const before = await heldBytes();
    const answers = await Promise.all(
      attackers.map((attacker, i) =>
        attack(server, attacker, new Random(seed + i), CASES / attackers.length),
      ),
    );
    expect((await heldBytes()) - before).toBeLessThan(MAX_GROWTH_BYTES);
    const codes = new Set(answers.flatMap((set) => [...set]));
    expect(codes).toContain('ok');
    expect(codes).toContain('BAD_REQUEST');
    expect(codes).toContain('NOT_ALLOWED');
    expect(codes).not.toContain('INTERNAL');
    expect(server.logLines.filter(({ level }) => level === 50)).toEqual([]);
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(bystanders.members.map((member) => member.heard.length)).toEqual(heard);
    expect(await bystanders.founder.outcome('group:commit', emptyCommit(bystanders.epoch))).toBe('ok');
  });

  it('names from the object prototype are unknown requests', async () => {
    const client = await TestClient.start(await startServer());
    for (const name of POLLUTING) {
      expect(await client.outcome(name, {})).toBe('BAD_REQUEST');
      expect(await client.outcome(name, JSON.parse('{"__proto__": {"ok": true}}'))).toBe('BAD_REQUEST');
    }
    const roomId = await makeRoom(client);
    const polluting = JSON.parse(`{"roomId": "${roomId}", "__proto__": {"a": 1}}`);
    expect(await client.outcome('room:look', polluting)).toBe('BAD_REQUEST');
  });
});

describe('hostile packets below the requests', () => {
  const packets: readonly (string | Buffer)[] = [
    '2["error",{}]',
    '20["error",{}]',
    '2["disconnect"]',
    '2["connect"]',
    '2["newListener","x"]',
    '2[]',
    '2{}',
    '2[7,{}]',
    '21[{"a":1},{}]',
    '2["session:start",{"protocol":2,"protocol":1}]',
    '2["host:settings",{"lobby":true,"lobby":false,"locked":false,"locked":true}]',
    '2["host:end",{"__proto__":{"role":"host"},"__proto__":null}]',
    '2["room:create",{"constructor":{"prototype":{"role":"host"}},"lobby":false}]',
    '2["session:start"',
    `2${'['.repeat(200_000)}`,
    `51-["session:start",${'['.repeat(100_000)}${']'.repeat(100_000)}]`,
    '51-["session:start",{"_placeholder":true,"num":7}]',
    '5999999999-["session:start",{"_placeholder":true,"num":0}]',
    '5-1-["session:start"]',
    '3999[]',
    '30["x"]',
    '6["x"]',
    '0/sfu,{"secret":"guess"}',
    '0/__proto__,',
    '1',
    '4{"message":"x"}',
    '9',
    Buffer.alloc(1_000, 0x41),
    Buffer.alloc(0),
  ];

  const titled = packets.map((packet) => ({ title: JSON.stringify(packet.toString()).slice(0, 40), packet }));

  it.each(titled)('$title leaves the server alive', async ({ packet }) => {
    const server = await startServer();
    const client = await TestClient.start(server);
    client.socket.io.engine.write(packet);
    const next = await TestClient.start(server);
    expect(
      await next.outcome('room:create', {
        hostKeyHash: Buffer.alloc(16, 1),
        lobby: true,
        suite: 'x25519',
        lifetimeMs: 60_000,
      }),
    ).toBe('ok');
    expect(server.logLines.filter(({ level }) => level === 50)).toEqual([]);
  });
});
