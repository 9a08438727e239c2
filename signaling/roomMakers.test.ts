// One machine may not fill the server with rooms, and nobody is refused for their address alone.
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PROTOCOL_VERSION } from '#protocol';
import { networkOf } from './address.ts';
import { defaultLimits } from './limits.ts';
import { RoomMakers } from './roomMakers.ts';
import { UNVISITED_KEPT_MS } from './rooms.ts';
import { StoredRooms } from './storage/StoredRooms.ts';
import { memoryDatabase } from './storage/testing/places.ts';
import { FakeSfu } from './testing/FakeSfu.ts';
import { FakeClock, knock, startServer, TestClient, type TestServer } from './testing/testkit.ts';

const DAY_MS = 24 * 60 * 60_000;

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::6', '2001:db8:0:0::/64'],
  ['2001:DB8:1:02::', '2001:db8:1:2::/64'],
])('%s is of the network %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

it('counts for each network, of which it remembers a bounded number', () => {
  const makers = new RoomMakers({ burst: 1, perSecond: 0 }, new FakeClock());
  expect([makers.take('a'), makers.take('a'), makers.take('b')]).toEqual([true, false, true]);
  for (let i = 0; i < 9_998; i++) makers.take(`${i}`);
  expect([makers.take('a'), makers.take('b')]).toEqual([false, false]);
  for (let i = 0; i < 10_000; i++) makers.take(`more ${i}`);
  expect(makers.take('a')).toBe(true);
});

const MAX_ROOMS = 20;
const SHARE = 4;

async function smallServer() {
  const clock = new FakeClock();
  const limits = { ...defaultLimits, roomsOfNetwork: { burst: SHARE, perSecond: 0 } };
  const rooms = new StoredRooms(await memoryDatabase(), MAX_ROOMS);
  const server = await startServer({ clock, limits, rooms });
  await FakeSfu.start(server);
  return { clock, server };
}

/** A new peer for each room: what one may make is bounded elsewhere. This machine has many addresses of its own. */
async function make(server: TestServer, address: string, times: number): Promise<string[]> {
  const outcomes: string[] = [];
  for (let i = 0; i < times; i++) {
    const client = await TestClient.connect(server, {}, undefined, { localAddress: address });
    await client.ask('session:start', { protocol: PROTOCOL_VERSION });
    const made = client.outcome('room:create', {
      hostKeyHash: randomBytes(16),
      lobby: true,
      suite: 'x25519',
      lifetimeMs: DAY_MS,
    });
    outcomes.push(await made);
    client.socket.disconnect();
  }
  return outcomes;
}

const ok = (times: number) => Array.from({ length: times }, () => 'ok');

describe('one machine that makes rooms without end', () => {
  it('gets half of the places, as everybody behind its address may need them, and others go on making rooms', async () => {
    const { server } = await smallServer();
    expect(await make(server, '127.0.2.7', MAX_ROOMS / 2), 'beyond its share, while there is plenty').toEqual(
      ok(MAX_ROOMS / 2),
    );
    expect(await make(server, '127.0.2.7', 2)).toEqual(['RATE_LIMITED', 'RATE_LIMITED']);
    expect(await make(server, '127.1.0.9', SHARE)).toEqual(ok(SHARE));
  });

  it('with many addresses fills the server until its rooms, which nobody visits, are given back', async () => {
    const { clock, server } = await smallServer();
    const friend = await TestClient.start(server);
    const kept = await friend.ask('room:create', {
      hostKeyHash: randomBytes(16),
      lobby: true,
      suite: 'x25519',
      lifetimeMs: DAY_MS,
    });
    await knock(server, kept.roomId);
    for (let i = 1; i < MAX_ROOMS; i++) expect(await make(server, `127.0.2.${i}`, 1)).toEqual(ok(1));
    expect(await make(server, '127.1.0.9', 1)).toEqual(['TOO_MANY_ROOMS']);
    clock.advance(UNVISITED_KEPT_MS);
    expect(await make(server, '127.1.0.9', SHARE - 1)).toEqual(ok(SHARE - 1));
    expect(await friend.outcome('room:look', { roomId: kept.roomId }), 'where somebody waits').toBe('ok');
  });
});
