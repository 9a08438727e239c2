// How long rooms may live: what is asked for, what is told to whoever founds, and what hosts may move.
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { RoomId } from '#protocol';
import { StoredRooms } from './storage/StoredRooms.ts';
import { memoryDatabase } from './storage/testing/places.ts';
import { eventually, FakeClock, makeMeeting, startServer, TestClient } from './testing/testkit.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const lifetimes = { longestMs: 2 * DAY_MS, usualMs: HOUR_MS };

async function scene() {
  const clock = new FakeClock();
  const rooms = new StoredRooms(await memoryDatabase());
  return { clock, rooms, server: await startServer({ clock, rooms, lifetimes }) };
}

const policy = () => Uint8Array.from(randomBytes(300));

describe('a room', () => {
  it('lives for as long as its maker has chosen, and its end is told to whoever founds a meeting', async () => {
    const { clock, server } = await scene();
    const maker = await TestClient.start(server);
    expect(await maker.ask('room:terms', {})).toEqual({
      ...lifetimes,
      lobbyRequired: false,
      minimumSuite: 'x25519',
    });
    const hostKeyHash = maker.device.rootHash();
    const made = await maker.ask('room:create', {
      hostKeyHash,
      lobby: false,
      suite: 'x25519',
      lifetimeMs: 3 * HOUR_MS,
    });
    const life = { expiresAt: clock.now() + 3 * HOUR_MS, latestEnd: clock.now() + 2 * DAY_MS };
    expect(made).toEqual({ roomId: made.roomId, ...life });
    expect(await maker.found(made.roomId)).toMatchObject(life);
    clock.advance(3 * HOUR_MS);
    expect(await maker.hears('meeting:ended')).toEqual({ reason: 'expired' });
    expect(await maker.outcome('meeting:join', await maker.entry(made.roomId))).toBe('ROOM_ENDED');
  });

  it('is not made for longer than the server allows, nor for less than a minute or more than a year', async () => {
    const { server } = await scene();
    const maker = await TestClient.start(server);
    const outcome = (lifetimeMs: number) =>
      maker.outcome('room:create', {
        hostKeyHash: randomBytes(16),
        lobby: true,
        suite: 'x25519',
        lifetimeMs,
      });
    expect(await outcome(2 * DAY_MS)).toBe('ok');
    expect(await outcome(2 * DAY_MS + 1)).toBe('LIFETIME_CAPPED');
    for (const ms of [59_999, 0, -1, 0.5, 367 * DAY_MS]) expect(await outcome(ms)).toBe('BAD_REQUEST');
  });
});

describe('a host who extends a room', () => {
  const endOf = async (rooms: StoredRooms, id: RoomId) => (await rooms.find(id))?.expiresAt;

  it('moves its end, also for those who found the next meeting', async () => {
    const { clock, rooms, server } = await scene();
    const { founder, members, roomId } = await makeMeeting(server, 2);
    const [end, extended] = [clock.now() + DAY_MS + HOUR_MS, policy()];
    await founder.ask('host:extend', { expiresAt: end, policy: extended });
    // Asked again after a broken line.
    await founder.ask('host:extend', { expiresAt: end, policy: policy() });
    clock.advance(DAY_MS);
    await founder.settled();
    expect(founder.all('meeting:ended')).toEqual([]);
    for (const member of members) await member.ask('meeting:leave', {});
    const found = await founder.found(roomId);
    expect(found.expiresAt).toBe(end);
    expect(Buffer.from(found.extended ?? []).equals(extended)).toBe(true);
    clock.advance(HOUR_MS);
    expect(await founder.hears('meeting:ended')).toEqual({ reason: 'expired' });
    await eventually(async () => (await rooms.find(roomId))?.state).toBe('ended');
  });

  it('cannot move it beyond what the server allows, nor forward', async () => {
    const { clock, rooms, server } = await scene();
    const { founder, roomId } = await makeMeeting(server, 1);
    const longest = clock.now() + lifetimes.longestMs;
    const extend = (expiresAt: number) => founder.outcome('host:extend', { expiresAt, policy: policy() });
    expect(await extend(longest + 1)).toBe('LIFETIME_CAPPED');
    await extend(clock.now() + HOUR_MS);
    expect(await endOf(rooms, roomId)).toBe(clock.now() + DAY_MS);
    expect(await extend(longest)).toBe('ok');
    expect(await endOf(rooms, roomId)).toBe(longest);
  });

  it('is a host: nobody else is heard', async () => {
    const { clock, rooms, server } = await scene();
    const { members, roomId } = await makeMeeting(server, 2);
    const guest = members.find((m) => m.device !== members[0]?.device);
    expect(
      await guest?.outcome('host:extend', { expiresAt: clock.now() + 2 * DAY_MS, policy: policy() }),
    ).toBe('NOT_ALLOWED');
    expect(await endOf(rooms, roomId)).toBe(clock.now() + DAY_MS);
  });
});
