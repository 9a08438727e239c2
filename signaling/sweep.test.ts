// Rooms that end while people are in them, whoever ended them, and what is left of them in time.
import { describe, expect, it, vi } from 'vitest';
import { StoredRooms } from './storage/StoredRooms.ts';
import { memoryDatabase } from './storage/testing/places.ts';
import {
  eventually,
  FakeClock,
  knock,
  makeMeeting,
  makeRoom,
  startServer,
  TestClient,
} from './testing/testkit.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

async function scene() {
  const clock = new FakeClock();
  const db = await memoryDatabase();
  const rooms = new StoredRooms(db);
  return { clock, rooms, server: await startServer({ clock, rooms }) };
}

describe('a room that another process has ended', () => {
  it('ends here, too: for those in its meeting, those at its door and those who come', async () => {
    const { clock, rooms, server } = await scene();
    const { members, roomId } = await makeMeeting(server, 2);
    const other = await TestClient.start(server);
    const untouched = await makeRoom(other, { lobby: true });
    const waiting = await knock(server, untouched);
    // As that process would, whose clock is ahead.
    await rooms.endExpired(clock.now() + DAY_MS);
    clock.advance(1_000);
    for (const client of [...members, waiting])
      expect(await client.hears('meeting:ended')).toEqual({ reason: 'expired' });
    expect(await other.outcome('room:look', { roomId })).toBe('ROOM_ENDED');
  });
});

describe('a room that is ended before its time', () => {
  it.each(['host', 'admin'] as const)(
    'by a %s is over for everybody, who hear that it was closed',
    async (by) => {
      const { clock, rooms, server } = await scene();
      const { members, roomId } = await makeMeeting(server, 2);
      expect(await rooms.end(roomId, by, clock.now())).toBe(true);
      clock.advance(1_000);
      for (const client of members)
        expect(await client.hears('meeting:ended')).toEqual({ reason: 'room-closed' });
      const [again] = members;
      expect(await again?.outcome('room:look', { roomId })).toBe('ROOM_ENDED');
      expect(await again?.outcome('meeting:join', await again.entry(roomId))).toBe('ROOM_ENDED');
      clock.advance(40 * DAY_MS);
      await eventually(async () => (await rooms.find(roomId))?.state).toBe('archived');
      expect((await rooms.find(roomId))?.ending).toBe(by);
      expect(await (await TestClient.start(server)).outcome('room:look', { roomId })).toBe('ROOM_ENDED');
    },
  );
});

describe('a sweep that fails', () => {
  it('is told to the log, and the next one ends what that has left', async () => {
    const { clock, rooms, server } = await scene();
    const { founder } = await makeMeeting(server, 1);
    vi.spyOn(rooms, 'endExpired').mockRejectedValueOnce(new Error('the disk is full'));
    clock.advance(DAY_MS);
    await eventually(() => server.logLines.map(({ msg }) => msg)).toContainEqual(
      expect.stringMatching(/^expired rooms could not be ended/),
    );
    clock.advance(1_000);
    expect(await founder.hears('meeting:ended')).toEqual({ reason: 'expired' });
  });
});

describe('a room that ended', () => {
  it('is kept for thirty days, and then of it only what nobody can use', async () => {
    const { clock, rooms, server } = await scene();
    const roomId = await makeRoom(await TestClient.start(server), { lobby: true });
    const state = async () => (await rooms.find(roomId))?.state;
    clock.advance(DAY_MS);
    await eventually(state).toBe('ended');
    clock.advance(29 * DAY_MS);
    await rooms.find(roomId);
    expect((await rooms.find(roomId))?.hostKeyHash).toHaveLength(16);
    clock.advance(2 * DAY_MS);
    await eventually(state).toBe('archived');
    expect((await rooms.find(roomId))?.hostKeyHash).toHaveLength(0);
  });
});
