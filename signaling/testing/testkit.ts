// For tests: a running signaling server, clients that check the contract, a stand-in sfu process, a clock to turn.
import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { BlockList } from 'node:net';
import { tmpdir } from 'node:os';
import { join as pathJoin } from 'node:path';
import { Writable } from 'node:stream';
import pino from 'pino';
import { io, type Socket } from 'socket.io-client';
import { expect, onTestFinished } from 'vitest';
import * as z from 'zod/mini';
import {
  type Erased,
  errors,
  PROTOCOL_VERSION,
  type Push,
  type PushName,
  pushes,
  type Reply,
  type Req,
  type RequestName,
  type Res,
  type RoomId,
  requests,
  type Suite,
} from '#protocol';
import type { SingleSignOnConfig } from '../accounts/singleSignOn.ts';
import { startWebhooks } from '../auditing.ts';
import { type Cancel, type Clock, systemClock } from '../clock.ts';
import type { Installation } from '../Erasure.ts';
import { Secret } from '../protocol/env.ts';
import { createServer, type RunningServer, type ServerConfig, type ServerDeps } from '../server.ts';
import { loadAuth } from '../storage/loadAuth.ts';
import { StoredAccounts } from '../storage/StoredAccounts.ts';
import { StoredRooms } from '../storage/StoredRooms.ts';
import { memoryDatabase } from '../storage/testing/places.ts';
import type { Receiver } from '../webhooks/post.ts';
import { type Audited, auditOn } from './auditKit.ts';
import { TestDevice } from './hostKit.ts';
import { policiesIn } from './policyKit.ts';

export const SECRET = 'a secret that only tests use';
const AUTH_SECRET = randomBytes(32).toString('base64url');
const LOOPBACK = '127.0.0.1';

/** Conditions come true at once; this is for a machine that does ten other things. */
const PATIENCE_MS = 10_000;

/** An expectation about something that becomes true soon. */
export function eventually<T>(read: () => T) {
  return expect.poll(read, { timeout: PATIENCE_MS, interval: 5 });
}

/** Waits for a condition, never for a time. */
export async function until<T>(
  what: string,
  check: () => T | undefined | false,
  limitMs = PATIENCE_MS,
): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const found = check();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`waited ${limitMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export class FakeClock implements Clock {
  #now: number;
  #timers = new Set<{ at: number; run: () => void; every?: number }>();

  /** Sessions of accounts go by the clock of the machine: tests with both begin now. */
  constructor(start = Date.UTC(2030, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): Cancel {
    return this.#add({ at: this.#now + ms, run });
  }

  every(ms: number, run: () => void): Cancel {
    return this.#add({ at: this.#now + ms, run, every: ms });
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#now = Math.max(this.#now, due.at);
      if (due.every) due.at += due.every;
      else this.#timers.delete(due);
      due.run();
    }
    this.#now = end;
  }

  #add(timer: { at: number; run: () => void; every?: number }): Cancel {
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }
}

export interface TestServer extends RunningServer {
  readonly url: string;
  /** One parsed JSON object for each line. */
  readonly logLines: Record<string, unknown>[];
  /** What the audit log has of it, in order. */
  readonly audited: Audited;
  readonly stores: ReturnType<typeof auditOn>['stores'];
}

/** For tests that are about something else: nothing is destroyed, and the process of the tests goes on. */
const nothingToErase: Installation = {
  mark: async () => undefined,
  destroy: async () => ({ statement: NOTHING_ERASED, signature: null }),
  leave: () => undefined,
};
const NOTHING_ERASED: Erased = {
  ...{ kind: 'erased', at: 1, publicKey: null, database: 'sqlite', rows: {}, files: [], left: [] },
  masterKey: 'none was in DATA_DIR of this machine',
};

type Options = Partial<
  ServerDeps &
    Pick<ServerConfig, 'clientDir' | 'publicUrl' | 'trustedProxies' | 'guests' | 'lifetimes'> & {
      singleSignOn: SingleSignOnConfig;
      auditWebhook: Receiver;
      webhookNetworks: BlockList;
      /** One in memory unless the test is about what is in it. */
      db: Awaited<ReturnType<typeof memoryDatabase>>;
    }
>;

/** Closed when the test is finished. */
export async function startServer(options: Options = {}): Promise<TestServer> {
  const {
    publicUrl,
    trustedProxies,
    singleSignOn,
    guests,
    lifetimes,
    auditWebhook,
    webhookNetworks,
    ...given
  } = options;
  const {
    db = await memoryDatabase(),
    clientDir = await mkdtemp(pathJoin(tmpdir(), 'in-camera-')),
    ...deps
  } = given;
  const logLines: Record<string, unknown>[] = [];
  const audited: Audited = [];
  const lines = new Writable({
    write(chunk, _encoding, done) {
      logLines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  const log = pino({ level: 'debug' }, lines);
  const own = auditOn(db, { audited, clock: deps.clock });
  const audit = own.log(log);
  const { webhooks, couriers } = await startWebhooks(
    { auditWebhook, webhookNetworks: webhookNetworks ?? new BlockList() },
    { ...own, database: { db }, audit, clock: deps.clock ?? systemClock, log },
  );
  const server = await createServer(
    {
      host: LOOPBACK,
      port: 0,
      sfuSecret: SECRET,
      clientDir,
      publicUrl,
      trustedProxies,
      singleSignOn,
      guests,
      ...(lifetimes && { lifetimes }),
    },
    {
      log,
      rooms: new StoredRooms(db),
      policies: policiesIn(db, audited, own.chain),
      audit,
      webhooks,
      accounts: new StoredAccounts(db, own.ledger),
      rest: own.stores,
      installation: nothingToErase,
      auth: (hears) =>
        loadAuth(db, {
          ...hears,
          ...{ secret: new Secret(AUTH_SECRET), publicUrl, singleSignOn },
          setRoleOfSubject: (...of) => own.stores.people.setRoleOfSubject(...of, Date.now()),
        }),
      ...deps,
    },
  );
  onTestFinished(async () => {
    await server.close();
    await couriers.close();
  });
  return { ...server, url: `http://${LOOPBACK}:${server.port}`, logLines, audited, stores: own.stores };
}

type Entry<E extends Res<'meeting:join'>['entry']> = Extract<Res<'meeting:join'>, { entry: E }>;

const requestTable: { readonly [N in RequestName]: { res: z.ZodMiniType<Res<N>> } } = requests;
const pushTable: { readonly [N in PushName]: { data: z.ZodMiniType<Push<N>> } } = pushes;

/** Answer of a refused request. */
class Refused extends Error {
  readonly code: string;
  constructor(code: string, detail?: string) {
    super(`${code} ${detail ?? ''}`);
    this.code = code;
  }
}

/** A page, without browser: parses every reply and every push with the tables, so that the server keeps the contract. */
export class TestClient {
  readonly socket: Socket;
  /** Everything pushed so far, in order. */
  readonly heard: { name: PushName; data: unknown }[] = [];
  readonly broken: string[] = [];
  id: Res<'session:start'>['peerId'] | undefined;
  session: Res<'session:start'> | undefined;
  readonly device: TestDevice;

  private constructor(socket: Socket, device: TestDevice) {
    this.socket = socket;
    this.device = device;
    socket.onAny((name: string, data: unknown) => {
      if (!isPush(name)) this.broken.push(`unknown push ${name}`);
      else if (!z.safeParse(pushTable[name].data, data).success) this.broken.push(`malformed ${name}`);
      else this.heard.push({ name, data: z.parse(pushTable[name].data, data) });
    });
  }

  static async connect(
    server: { url: string },
    headers: Record<string, string> = {},
    device?: TestDevice,
    from: { localAddress?: string } = {},
  ): Promise<TestClient> {
    const owned = device ?? (await TestDevice.make());
    const socket = io(server.url, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      extraHeaders: headers,
      ...from,
    });
    const client = new TestClient(socket, owned);
    onTestFinished(() => {
      socket.disconnect();
      if (client.broken.length > 0) throw new Error(client.broken.join(', '));
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('connect_error', reject);
    });
    return client;
  }

  /** Connected, with a session. A device that is not given is a new one. */
  static async start(
    server: { url: string },
    resume?: Pick<Res<'session:start'>, 'peerId' | 'resumeToken'>,
    device?: TestDevice,
    headers: Record<string, string> = {},
  ): Promise<TestClient> {
    const client = await TestClient.connect(server, headers, device);
    client.session = await client.ask('session:start', {
      protocol: PROTOCOL_VERSION,
      ...(resume ? { resume: claimOf(resume) } : {}),
    });
    return client;
  }

  get started(): Res<'session:start'> {
    if (!this.session) throw new Error('no session');
    return this.session;
  }

  get peerId() {
    return this.started.peerId;
  }

  get resume() {
    return claimOf(this.started);
  }

  /** An honest meeting:join of this peer. */
  async entry(roomId: RoomId, more: Partial<Req<'meeting:join'>> = {}): Promise<Req<'meeting:join'>> {
    return {
      roomId,
      ...entry(),
      suite: 'x25519',
      claim: await this.device.claim(roomId, this.peerId),
      ...more,
    };
  }

  async join(roomId: RoomId, more: Partial<Req<'meeting:join'>> = {}): Promise<Res<'meeting:join'>> {
    return this.ask('meeting:join', await this.entry(roomId, more));
  }

  /** Comes in, or the test fails. */
  async found(roomId: RoomId): Promise<Entry<'found'>> {
    const reply = await this.join(roomId);
    if (reply.entry !== 'found') throw new Error(`expected to found, was told ${reply.entry}`);
    return reply;
  }

  /** Comes in, or the test fails. */
  async wait(roomId: RoomId, more: Partial<Req<'meeting:join'>> = {}): Promise<Entry<'wait'>> {
    const reply = await this.join(roomId, more);
    if (reply.entry !== 'wait') throw new Error(`expected to wait for the Welcome, was told ${reply.entry}`);
    return reply;
  }

  async ask<N extends RequestName>(name: N, req: Req<N>): Promise<Res<N>> {
    const reply = await this.send(name, req);
    if (!reply.ok) throw new Refused(reply.code, reply.detail);
    return z.parse(requestTable[name].res, reply.data);
  }

  /** Anything at all; the reply is checked for its form only. */
  async send(name: string, ...args: unknown[]): Promise<Reply<unknown>> {
    const reply: unknown = await this.socket.timeout(8_000).emitWithAck(name, ...args);
    const parsed = z.parse(ReplyShape, reply);
    if (parsed.ok) return parsed;
    const { code, detail } = parsed;
    return detail === undefined ? { ok: false, code } : { ok: false, code, detail };
  }

  /** The code that a request is refused with, or 'ok'. */
  async outcome(name: string, ...args: unknown[]): Promise<string> {
    const reply = await this.send(name, ...args);
    return reply.ok ? 'ok' : reply.code;
  }

  all<N extends PushName>(name: N): Push<N>[] {
    const schema = pushTable[name].data;
    return this.heard.filter((push) => push.name === name).map((push) => z.parse(schema, push.data));
  }

  /** The first such push, now or soon. */
  async hears<N extends PushName>(name: N, which: (data: Push<N>) => boolean = () => true): Promise<Push<N>> {
    return until(`push ${name}`, () => this.all(name).find(which));
  }

  /** Everything the server sent before now has arrived when this resolves. */
  async settled(): Promise<void> {
    await this.send('no:such');
  }

  /** The connection breaks without a word. */
  async drop(): Promise<void> {
    this.socket.io.engine.close();
    await until('disconnect', () => !this.socket.connected);
  }
}

const ReplyShape = z.union([
  z.strictObject({ ok: z.literal(true), data: z.unknown() }),
  z.strictObject({
    ok: z.literal(false),
    code: z.enum(
      Object.keys(errors).filter((code): code is keyof typeof errors => Object.hasOwn(errors, code)),
    ),
    detail: z.optional(z.string().check(z.maxLength(200))),
  }),
]);

const isPush = (name: string): name is PushName => Object.hasOwn(pushes, name);
const claimOf = (s: Pick<Res<'session:start'>, 'peerId' | 'resumeToken'>) => ({
  peerId: s.peerId,
  token: s.resumeToken,
});

/** The element that a test knows to be there. */
export function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error(`nothing at ${index} of ${list.length}`);
  return found;
}

export const entry = () => ({ keyPackage: randomBytes(300), linkProof: randomBytes(32) });

/** Its root host is the device of the client that makes it. Without a lobby, as most tests are about something else. */
export async function makeRoom(
  client: TestClient,
  { lobby = false, suite = 'x25519' }: { lobby?: boolean; suite?: Suite } = {},
): Promise<RoomId> {
  const hostKeyHash = client.device.rootHash();
  return (await client.ask('room:create', { hostKeyHash, lobby, suite, lifetimeMs: 24 * 60 * 60_000 }))
    .roomId;
}

/** A founder and joiners that have been added in one commit each. */
export async function makeMeeting(server: TestServer, size: number) {
  const founder = await TestClient.start(server);
  const roomId = await makeRoom(founder);
  const { meetingId } = await founder.found(roomId);
  const members = [founder];
  for (let epoch = 0; members.length < size; epoch++) {
    const joiner = await join(server, roomId);
    await founder.ask('group:commit', addOf(epoch, joiner));
    await joiner.hears('group:welcomed');
    members.push(joiner);
  }
  return { roomId, meetingId, founder, members, epoch: size - 1 };
}

export async function join(server: TestServer, roomId: RoomId): Promise<TestClient> {
  const joiner = await TestClient.start(server);
  await joiner.wait(roomId);
  return joiner;
}

/** With a certificate by the root host for the whole room. */
export async function joinAsHost(server: TestServer, roomId: RoomId, root: TestClient): Promise<TestClient> {
  const joiner = await TestClient.start(server);
  const certificate = await root.device.certify({ roomId, subject: joiner.device.key });
  await joiner.wait(roomId, { certificate });
  return joiner;
}

/** Knocks, and is told to wait for a host. */
export async function knock(server: TestServer, roomId: RoomId, device?: TestDevice): Promise<TestClient> {
  const visitor = await TestClient.start(server, undefined, device);
  expect((await visitor.join(roomId)).entry).toBe('lobby');
  return visitor;
}

export function addOf(epoch: number, ...added: TestClient[]): Req<'group:commit'> {
  return {
    epoch,
    commit: randomBytes(200),
    welcome: randomBytes(400),
    added: added.map((client) => client.peerId),
  };
}

export const emptyCommit = (epoch: number): Req<'group:commit'> => ({
  epoch,
  commit: randomBytes(100),
  added: [],
});
