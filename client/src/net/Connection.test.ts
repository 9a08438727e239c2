// The line to signaling against a server that is hostile, restarted, or of another version.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Server as IoServer, Server, type Socket } from 'socket.io';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { PeerId, PROTOCOL_VERSION, ResumeToken } from '#protocol';
import { Connection, type LineState } from './Connection.ts';
import { ignoringPushes } from './ignoringPushes.ts';

const peerId = PeerId.parse('p'.repeat(22));
const resumeToken = ResumeToken.parse('t'.repeat(52));
const session = { ok: true, data: { peerId, resumeToken, resumed: false, now: 0 } };
type Ack = (reply: unknown) => void;

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** A server of which every answer is told to it. */
async function server(
  answers: Record<string, (req: unknown, socket: Socket) => unknown>,
  { port = 0, pingInterval = 25_000 } = {},
) {
  const http = createServer();
  const io: IoServer = new Server(http, { transports: ['websocket'], pingInterval });
  io.on('connection', (socket) => {
    for (const [name, answer] of Object.entries(answers)) {
      socket.on(name, (req: unknown, ack: Ack) => ack(answer(req, socket)));
    }
  });
  await new Promise<void>((resolve) => http.listen(port, '127.0.0.1', resolve));
  const stop = () => io.close();
  stops.push(stop);
  const { port: chosen } = http.address() as AddressInfo;
  return { io, stop, port: chosen, url: `http://127.0.0.1:${chosen}` };
}

function connect(url: string, pushes: Partial<typeof ignoringPushes> = {}) {
  const states: LineState[] = [];
  const started: boolean[] = [];
  const misbehaved: string[] = [];
  let upgrade = false;
  const connection = new Connection(
    {
      pushes: { ...ignoringPushes, ...pushes },
      changed: (state) => states.push(state),
      started: (_, resumed) => started.push(resumed),
      upgradeRequired: () => {
        upgrade = true;
      },
      misbehaved: (what) => misbehaved.push(what),
    },
    { url },
  );
  stops.push(() => connection.close());
  return { connection, states, started, misbehaved, upgraded: () => upgrade };
}

const greet = { 'session:start': () => session };

describe('requests', () => {
  it('answer with what the protocol says, and fail with the code of a refusal', async () => {
    const roomId = 'r'.repeat(22);
    let answer: unknown = { ok: true, data: { roomId, expiresAt: 1, latestEnd: 1 } };
    const { url } = await server({ ...greet, 'room:create': () => answer });
    const { connection, states } = connect(url);
    await vi.waitUntil(() => states.includes('connected'));
    const create = () =>
      connection.request('room:create', {
        hostKeyHash: new Uint8Array(16),
        lobby: true,
        suite: 'x25519',
        lifetimeMs: 60_000,
      });
    expect(await create()).toEqual({ roomId, expiresAt: 1, latestEnd: 1 });
    answer = { ok: false, code: 'TOO_MANY_ROOMS' };
    await expect(create()).rejects.toMatchObject({ code: 'TOO_MANY_ROOMS' });
  });

  it.each([
    ['another shape', { ok: true, data: { roomId: 'no id', expiresAt: 1, latestEnd: 1 } }],
    [
      'a field too many',
      { ok: true, data: { roomId: 'r'.repeat(22), expiresAt: 1, latestEnd: 1, extra: 1 } },
    ],
    ['no envelope', 'hello'],
    ['nothing', null],
  ])('refuse an answer of %s', async (_what, answer) => {
    const { url } = await server({ ...greet, 'room:create': () => answer });
    const { connection, states, misbehaved } = connect(url);
    await vi.waitUntil(() => states.includes('connected'));
    const asked = connection.request('room:create', {
      hostKeyHash: new Uint8Array(16),
      lobby: true,
      suite: 'x25519',
      lifetimeMs: 60_000,
    });
    await expect(asked).rejects.toMatchObject({ code: 'BAD_REPLY' });
    expect(misbehaved).toHaveLength(1);
  });

  it('fail at once while there is no session, and are not kept for later', async () => {
    const asked: unknown[] = [];
    const { url } = await server({ 'session:start': () => session, 'meeting:leave': (r) => asked.push(r) });
    const { connection, states } = connect(url);
    await expect(connection.request('meeting:leave', {})).rejects.toMatchObject({ code: 'OFFLINE' });
    await vi.waitUntil(() => states.includes('connected'));
    expect(asked).toEqual([]);
  });
});

describe('pushes', () => {
  it('reach their handler parsed; what is not in the table or not in its shape reaches nobody', async () => {
    const { url, io } = await server(greet);
    const away: unknown[] = [];
    const { states, misbehaved } = connect(url, { 'peer:away': (data) => away.push(data) });
    await vi.waitUntil(() => states.includes('connected'));
    io.emit('peer:away', { peerId, admin: true });
    io.emit('peer:away', { peerId: 42 });
    io.emit('peer:away');
    io.emit('constructor', { peerId });
    io.emit('__proto__', { peerId });
    io.emit('peer:away', { peerId });
    await vi.waitUntil(() => away.length > 0);
    expect(away).toEqual([{ peerId }]);
    expect(misbehaved).toHaveLength(5);
  });
});

describe('a network that the browser calls gone', () => {
  it('is said to be so at once, without a word from the line, and requests are still tried', async () => {
    const { url } = await server({ ...greet, 'meeting:leave': () => ({ ok: true, data: {} }) });
    const { connection, states } = connect(url);
    await vi.waitUntil(() => states.includes('connected'));
    connection.doubt();
    expect(states).toEqual(['connected', 'reconnecting']);
    expect(await connection.request('meeting:leave', {})).toEqual({});
  });

  it('is back, over the same session, when the server is heard all the same', async () => {
    const { url } = await server(greet, { pingInterval: 200 });
    const { connection, states, started } = connect(url);
    await vi.waitUntil(() => states.includes('connected'));
    connection.doubt();
    await vi.waitUntil(() => states.at(-1) === 'connected', 10_000);
    expect(states).toEqual(['connected', 'reconnecting', 'connected']);
    expect(started).toEqual([false]);
  });
});

describe('the session', () => {
  it('is taken up again with its token after the server cut the line for good, and the page hears of the gap', async () => {
    const greetings: unknown[] = [];
    const { url, io } = await server({
      'session:start': (req) => {
        greetings.push(req);
        return { ok: true, data: { peerId, resumeToken, resumed: greetings.length > 1, now: 0 } };
      },
    });
    const { states, started } = connect(url);
    await vi.waitUntil(() => started.length === 1);
    io.disconnectSockets(true);
    await vi.waitUntil(() => started.length === 2, 10_000);
    expect(states).toEqual(['connected', 'reconnecting', 'connected']);
    expect(started).toEqual([false, true]);
    expect(greetings).toEqual([
      { protocol: PROTOCOL_VERSION },
      { protocol: PROTOCOL_VERSION, resume: { peerId, token: resumeToken } },
    ]);
  });

  it('comes back by itself when the server was gone', async () => {
    const first = await server(greet);
    const { states } = connect(first.url);
    await vi.waitUntil(() => states.includes('connected'));
    await first.stop();
    await vi.waitUntil(() => states.at(-1) === 'reconnecting', 10_000);
    await server(greet, { port: first.port });
    await vi.waitUntil(() => states.at(-1) === 'connected', 15_000);
  });

  it('is not another peer’s because the server says that it was resumed', async () => {
    let greetings = 0;
    const other = PeerId.parse('o'.repeat(22));
    const { url, io } = await server({
      'session:start': () => {
        greetings += 1;
        return greetings === 1
          ? session
          : { ok: true, data: { peerId: other, resumeToken, resumed: greetings === 2, now: 0 } };
      },
    });
    const { connection, started } = connect(url);
    await vi.waitUntil(() => started.length === 1);
    io.disconnectSockets(true);
    await vi.waitUntil(() => started.length === 2, 15_000);
    expect(greetings).toBe(3);
    expect(started).toEqual([false, false]);
    expect(connection.session?.peerId).toBe(other);
  });

  it('ends for a page of another version, which does not try again', async () => {
    let greetings = 0;
    const { url } = await server({
      'session:start': () => {
        greetings += 1;
        return { ok: false, code: 'UPGRADE_REQUIRED' };
      },
    });
    const { connection, upgraded } = connect(url);
    await vi.waitUntil(() => upgraded());
    connection.hurry();
    await expect(connection.request('meeting:leave', {})).rejects.toMatchObject({ code: 'OFFLINE' });
    expect(greetings).toBe(1);
  });
});
