// The repository of rooms, against both databases.
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { RoomId } from '#protocol';
import { newId } from '../newId.ts';
import { MAX_STATEMENT_BYTES, type Room, UNVISITED_KEPT_MS } from '../rooms.ts';
import { StoredRooms } from './StoredRooms.ts';
import { againstBoth, opened } from './testing/places.ts';

const NOW = Date.UTC(2030, 0, 1);

const newRoom = (more: Partial<Room> = {}): Room => ({
  id: newId(RoomId),
  owner: null,
  state: 'open',
  hostKeyHash: Uint8Array.from(randomBytes(16)),
  lobby: false,
  suite: 'x25519',
  visited: false,
  createdAt: NOW,
  expiresAt: NOW + 1_000,
  ...more,
});
const bytes = (length: number) => Uint8Array.from(randomBytes(length));

againstBoth('rooms', (makePlace) => {
  const open = async (max?: number) => {
    const { db } = await opened(await makePlace());
    return new StoredRooms(db, max);
  };

  describe('a room', () => {
    it('is found as it was added, with and without an owner, also after the database was opened again', async () => {
      const place = await makePlace();
      const first = await opened(place);
      const extension = bytes(MAX_STATEMENT_BYTES);
      const [bare, full] = [
        newRoom(),
        newRoom({ owner: 'Zoë 🦊', lobby: true, expiresAt: 2 ** 45, extension }),
      ];
      const rooms = new StoredRooms(first.db);
      expect(await rooms.add(bare)).toBe(true);
      expect(await rooms.add(full)).toBe(true);
      const again = new StoredRooms((await opened(place)).db);
      expect(await again.find(bare.id)).toEqual(bare);
      expect(await again.find(full.id)).toEqual(full);
    });

    it('that nobody added is not found', async () => {
      const rooms = await open();
      expect(await rooms.find(newId(RoomId))).toBeUndefined();
    });

    it('of an id that is taken is refused, and the first one stays as it is', async () => {
      const rooms = await open();
      const room = newRoom({ extension: bytes(10) });
      await rooms.add(room);
      await expect(rooms.add(newRoom({ id: room.id, extension: bytes(20) }))).rejects.toThrow();
      expect(await rooms.find(room.id)).toEqual(room);
    });

    it('has its lobby switched on and off while it is open, and never after', async () => {
      const rooms = await open();
      const [room, other] = [newRoom(), newRoom()];
      for (const each of [room, other]) await rooms.add(each);
      const lobby = async (id: RoomId) => (await rooms.find(id))?.lobby;
      await rooms.setLobby(room.id, true);
      expect([await lobby(room.id), await lobby(other.id)]).toEqual([true, false]);
      await rooms.endExpired(room.expiresAt);
      await rooms.setLobby(room.id, false);
      expect(await lobby(room.id)).toBe(true);
      await rooms.setLobby(newId(RoomId), true);
    });

    it('of a store that is full is refused until another one has ended', async () => {
      const rooms = await open(2);
      await rooms.add(newRoom({ expiresAt: NOW }));
      expect(await rooms.add(newRoom())).toBe(true);
      const third = newRoom();
      expect(await rooms.add(third)).toBe(false);
      expect(await rooms.find(third.id)).toBeUndefined();
      await rooms.endExpired(NOW);
      expect(await rooms.add(third)).toBe(true);
    });
  });

  describe('a store that is full', () => {
    const hourAgo = NOW - UNVISITED_KEPT_MS;

    it('gives back the room that has waited longest in vain, and no other', async () => {
      const rooms = await open(4);
      const [visited, longest, long, young] = [
        newRoom({ createdAt: hourAgo - 3, visited: true }),
        newRoom({ createdAt: hourAgo - 2 }),
        newRoom({ createdAt: hourAgo - 1 }),
        newRoom({ createdAt: hourAgo + 1 }),
      ];
      for (const each of [visited, young, long, longest]) expect(await rooms.add(each)).toBe(true);
      const states = async () =>
        Promise.all([visited, longest, long, young].map(async ({ id }) => (await rooms.find(id))?.state));
      expect(await rooms.add(newRoom())).toBe(true);
      expect(await states()).toEqual(['open', 'ended', 'open', 'open']);
      await rooms.visit(long.id);
      expect(await rooms.find(long.id)).toEqual({ ...long, visited: true });
      expect(await rooms.add(newRoom()), 'visited or young, all of them').toBe(false);
      expect(await states()).toEqual(['open', 'ended', 'open', 'open']);
    });

    it('was half full before, to those who leave half', async () => {
      const rooms = await open(4);
      const add = (leave: 'nothing' | 'half') => rooms.add(newRoom({ createdAt: NOW }), leave);
      expect([await add('half'), await add('half'), await add('half')]).toEqual([true, true, false]);
      expect([await add('nothing'), await add('nothing'), await add('nothing')]).toEqual([true, true, false]);
    });
  });

  describe('the time of a room', () => {
    it('ends it at its very expiry and leaves those with time alone', async () => {
      const rooms = await open();
      const [past, now, later] = [NOW - 1, NOW, NOW + 1].map((expiresAt) => newRoom({ expiresAt }));
      for (const each of [past, now, later]) if (each) await rooms.add(each);
      await rooms.endExpired(NOW);
      const states = await Promise.all([past, now, later].map(async (each) => each && rooms.find(each.id)));
      expect(states.map((each) => each?.state)).toEqual(['ended', 'ended', 'open']);
      expect(states[0]).toEqual({ ...past, state: 'ended', ending: 'expired' });
    });

    it('is moved to a later one, with what a host has signed for that, and never back', async () => {
      const rooms = await open();
      const room = newRoom();
      await rooms.add(room);
      const [first, second] = [bytes(400), bytes(MAX_STATEMENT_BYTES)];
      expect(await rooms.extend(room.id, room.expiresAt + 5, first)).toBe(true);
      expect(await rooms.extend(room.id, room.expiresAt + 9, second)).toBe(true);
      for (const ms of [5, 9]) expect(await rooms.extend(room.id, room.expiresAt + ms, first)).toBe(false);
      const longer = { ...room, expiresAt: room.expiresAt + 9, extension: second };
      expect(await rooms.find(room.id)).toEqual(longer);
      await rooms.endExpired(room.expiresAt + 8);
      expect(await rooms.find(room.id)).toEqual(longer);
      await rooms.endExpired(room.expiresAt + 9);
      expect(await rooms.extend(room.id, room.expiresAt + 99, first)).toBe(false);
      await rooms.archiveEnded(room.expiresAt + 10);
      expect((await rooms.find(room.id))?.extension).toBeUndefined();
      expect(await rooms.extend(newId(RoomId), 1, first)).toBe(false);
    });

    it('may end it early: once, for a reason that stays', async () => {
      const rooms = await open();
      const room = newRoom();
      await rooms.add(room);
      expect(await rooms.end(room.id, 'host', NOW)).toBe(true);
      expect(await rooms.end(room.id, 'admin', NOW)).toBe(false);
      await rooms.endExpired(room.expiresAt);
      expect(await rooms.find(room.id)).toEqual({ ...room, state: 'ended', ending: 'host' });
      expect(await rooms.openAmong([room.id], NOW)).toEqual(new Set());
      expect(await rooms.end(newId(RoomId), 'host', NOW)).toBe(false);
    });

    it('counts among many ids that are asked for, before any sweep has come', async () => {
      const rooms = await open();
      const [open1, open2, over, unasked] = [newRoom(), newRoom(), newRoom({ expiresAt: NOW }), newRoom()];
      for (const each of [open1, open2, over, unasked]) await rooms.add(each);
      const unknown = Array.from({ length: 2_500 }, () => newId(RoomId));
      const asked = [open1.id, ...unknown, over.id, open2.id];
      expect(await rooms.openAmong(asked, NOW)).toEqual(new Set([open1.id, open2.id]));
      expect(await rooms.openAmong([], NOW)).toEqual(new Set());
    });

    it('leaves, once it is archived, nothing but id, owner and times', async () => {
      const rooms = await open();
      const [old, recent] = [
        newRoom({ owner: 'o', lobby: true, suite: 'x-wing', expiresAt: NOW, extension: bytes(5) }),
        newRoom({ extension: bytes(7) }),
      ];
      await rooms.add(old);
      await rooms.endExpired(NOW);
      await rooms.add(recent);
      await rooms.endExpired(NOW + 1_000);
      await rooms.archiveEnded(NOW + 1);
      const { extension: _gone, ...rest } = old;
      const left = {
        ...rest,
        ...{
          state: 'archived',
          ending: 'expired',
          hostKeyHash: new Uint8Array(),
          lobby: false,
          suite: 'x25519',
        },
      };
      expect(await rooms.find(old.id)).toEqual(left);
      expect(await rooms.find(recent.id)).toEqual({ ...recent, state: 'ended', ending: 'expired' });
      await expect(rooms.add({ ...newRoom(), id: old.id })).rejects.toThrow();
    });
  });

  describe('what a host has signed', () => {
    it('is, of many that move the end at once, the one that goes with the end', async () => {
      const rooms = await open();
      const room = newRoom();
      await rooms.add(room);
      const signed = Array.from({ length: 20 }, (_, i) => bytes(100 + i));
      const moved = await Promise.all(
        signed.map((each, i) => rooms.extend(room.id, room.expiresAt + i + 1, each)),
      );
      expect(moved).toContain(true);
      const found = await rooms.find(room.id);
      expect(found).toEqual({ ...room, expiresAt: room.expiresAt + 20, extension: signed[19] });
    });

    it('never reaches the database beyond its bound', async () => {
      const rooms = await open();
      const room = newRoom();
      await rooms.add(room);
      const tooLong = bytes(MAX_STATEMENT_BYTES + 1);
      await expect(rooms.extend(room.id, room.expiresAt + 1, tooLong)).rejects.toThrow(RangeError);
      const other = newRoom({ extension: tooLong });
      await expect(rooms.add(other)).rejects.toThrow(RangeError);
      expect(await rooms.find(room.id)).toEqual(room);
      expect(await rooms.find(other.id)).toBeUndefined();
    });
  });
});
