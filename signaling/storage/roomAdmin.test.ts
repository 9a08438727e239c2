// Rooms as admins change them, and kept answers, against both databases.
import { describe, expect, it } from 'vitest';
import { RoomId } from '#protocol';
import { reference } from '../audit/events.ts';
import { newId } from '../newId.ts';
import type { Room } from '../rooms.ts';
import { type Audited, auditOn } from '../testing/auditKit.ts';
import { FakeClock } from '../testing/testkit.ts';
import { migrations } from './migrations/index.ts';
import { StoredRooms } from './StoredRooms.ts';
import { againstBoth, opened } from './testing/places.ts';

const HOUR = 60 * 60 * 1000;
const ADA = { by: 'ada' };

againstBoth('rooms of admins', (makePlace) => {
  const open = async () => {
    const { db } = await opened(await makePlace());
    const clock = new FakeClock();
    const audited: Audited = [];
    const { stores, chain } = auditOn(db, { audited, clock });
    const rooms = new StoredRooms(db);
    const add = async (more: Partial<Room> = {}) => {
      const room: Room = {
        id: newId(RoomId),
        owner: null,
        state: 'open',
        hostKeyHash: new Uint8Array(16),
        lobby: false,
        suite: 'x25519',
        visited: false,
        createdAt: clock.now(),
        expiresAt: clock.now() + HOUR,
        ...more,
      };
      await rooms.add(room);
      return room.id;
    };
    return { db, clock, audited, rooms, add, store: stores.rooms, answers: stores.answers, chain };
  };

  it('come in pages in each order, also those of the same moment', async () => {
    const { clock, add, store } = await open();
    const made: string[] = [];
    for (let i = 0; i < 9; i++) made.push(await add({ expiresAt: clock.now() + HOUR + (i % 3) }));
    for (const sort of ['created', 'expires'] as const) {
      for (const descending of [true, false]) {
        const seen: string[] = [];
        let after: readonly [string | number, string] | undefined;
        for (;;) {
          const found = await store.page({}, { sort, descending, after, limit: 2 });
          seen.push(...found.map(({ id }) => id));
          const last = found.at(-1);
          if (!last) break;
          after = [sort === 'created' ? last.createdAt : last.expiresAt, last.id];
        }
        expect(seen.toSorted(), `${sort} ${descending}`).toEqual(made.toSorted());
      }
    }
  });

  it('are ended, shortened, archived and deleted only where that is possible, each with its row in the audit log', async () => {
    const { clock, add, store, rooms, audited, db } = await open();
    const [one, two] = [await add(), await add({ extension: new Uint8Array(3) })];
    const ids = [one, two];
    const act = (action: Parameters<typeof store.act>[0]) => store.act(action, { ids }, 10, ADA);
    const soon = clock.now() + HOUR / 2;
    expect((await act({ do: 'shorten', expiresAt: soon })).toSorted()).toEqual(ids.toSorted());
    expect(await act({ do: 'shorten', expiresAt: soon })).toEqual([]);
    expect(await rooms.find(one)).toMatchObject({ expiresAt: soon, cap: soon });
    expect(await rooms.extend(one, soon + 1, new Uint8Array(1))).toBe(false);
    expect(await act({ do: 'archive' })).toEqual([]);
    await rooms.end(two, 'host', clock.now());
    expect(await act({ do: 'end' })).toEqual([one]);
    expect(await rooms.find(one)).toMatchObject({ state: 'ended', ending: 'admin' });
    expect(await act({ do: 'archive' })).toHaveLength(2);
    expect(await rooms.find(two)).toMatchObject({ state: 'archived', ending: 'host' });
    expect((await rooms.find(two))?.extension).toBeUndefined();
    expect(await act({ do: 'delete' })).toHaveLength(2);
    expect(await db.selectFrom('rooms').selectAll().execute()).toEqual([]);
    expect(audited.map(({ type }) => type).toSorted()).toEqual(
      [
        ...Array(2).fill('room:expiry-changed'),
        'room:ended-by-admin',
        ...Array(2).fill('room:archived'),
        ...Array(2).fill('room:deleted'),
      ].toSorted(),
    );
    for (const { data } of audited) expect(data).toMatchObject(ADA);
  });

  it('are changed by two admins at the same moment once', async () => {
    const { add, store, audited } = await open();
    for (let i = 0; i < 30; i++) await add();
    const end = () => store.act({ do: 'end' }, { state: 'open' }, 20, ADA);
    const hit = (await Promise.all([end(), end(), end()])).flat();
    expect(new Set(hit).size).toBe(hit.length);
    expect(hit).toHaveLength(30);
    expect(audited).toHaveLength(30);
  });

  it('that cannot be recorded are not changed', async () => {
    const { add, store, rooms, db } = await open();
    const id = await add({ extension: new Uint8Array(3) });
    const before = await rooms.find(id);
    await db.schema.dropTable('audit_rows').execute();
    await expect(store.act({ do: 'delete' }, { ids: [id] }, 1, ADA)).rejects.toThrow();
    expect(await rooms.find(id)).toEqual(before);
  });

  it('are opened once, by the right token, while they are open', async () => {
    const { add, rooms, clock } = await open();
    const id = await add({ hostKeyHash: new Uint8Array(), openingHash: 'hash' });
    const late = await add({ hostKeyHash: new Uint8Array(), openingHash: 'hash' });
    const key = new Uint8Array(16).fill(7);
    expect(await rooms.openFirst(id, 'another', key, clock.now())).toBe(false);
    expect(await rooms.openFirst(late, 'hash', key, clock.now() + HOUR)).toBe(false);
    const all = await Promise.all(
      Array.from({ length: 5 }, () => rooms.openFirst(id, 'hash', key, clock.now())),
    );
    expect(all.filter(Boolean)).toHaveLength(1);
    expect((await rooms.find(id))?.hostKeyHash).toEqual(key);
    expect((await rooms.find(id))?.openingHash).toBeUndefined();
  });

  describe('kept answers', () => {
    const bounds = { keptSince: 100, aliveSince: 500, most: 3 };
    const request = { id: 'a', holder: 'ada', requestHash: 'h', now: 1_000 };

    it('are begun by one of many at the same moment', async () => {
      const { answers } = await open();
      const all = await Promise.all(Array.from({ length: 8 }, () => answers.begin(request, bounds)));
      expect(all.map(({ state }) => state).toSorted()).toEqual(
        ['new', ...Array(7).fill('running')].toSorted(),
      );
      await answers.finish('a', { sealed: 'sealed', about: 'room' });
      expect(await answers.begin(request, bounds)).toEqual({ state: 'done', sealed: 'sealed' });
      expect(await answers.begin({ ...request, requestHash: 'other' }, bounds)).toEqual({ state: 'other' });
    });

    it('are no more than so many of one account, and go with time', async () => {
      const { answers, db } = await open();
      const begin = async (id: string, holder = 'ada') =>
        (await answers.begin({ ...request, id, holder }, bounds)).state;
      expect([await begin('a'), await begin('b'), await begin('c'), await begin('d')]).toEqual([
        ...Array(3).fill('new'),
        'full',
      ]);
      expect(await begin('e', 'bo')).toBe('new');
      await answers.forget(1_000);
      expect(await db.selectFrom('kept_answers').selectAll().execute()).toEqual([]);
    });
  });

  describe('the audit log', () => {
    it('is read in pages with filters, and forgets names with the rows', async () => {
      const { add, store, chain, clock, db } = await open();
      const ids = [await add(), await add(), await add()];
      await store.act({ do: 'end' }, { ids: ids.slice(0, 2) }, 10, ADA);
      clock.advance(HOUR);
      await store.act({ do: 'delete' }, { ids }, 10, { by: 'bo', key: 'k' });
      const types = async (query: Partial<Parameters<typeof chain.page>[0]>) =>
        (await chain.page({ limit: 100, ...query })).map(({ type }) => type);
      expect(await types({})).toHaveLength(5);
      expect(await types({ about: reference(ids[0] ?? '') })).toEqual([
        'room:deleted',
        'room:ended-by-admin',
      ]);
      expect(await types({ about: 'k' })).toHaveLength(3);
      expect(await types({ about: 'bo', types: ['room:ended-by-admin'] })).toEqual([]);
      expect(await types({ to: clock.now() })).toEqual(['room:ended-by-admin', 'room:ended-by-admin']);
      expect(await types({ from: clock.now(), before: 4 })).toEqual(['room:deleted']);
      expect((await chain.page({ limit: 2 })).map(({ seq }) => seq)).toEqual([5, 4]);
      clock.advance(100 * HOUR);
      await chain.prune(1);
      expect(await types({ about: 'k' })).toEqual([]);
      expect(await db.selectFrom('audit_names').selectAll().execute()).toEqual([]);
    });

    it('of before it was looked for by names is found by them, too', async () => {
      const { add, store, chain, db } = await open();
      const id = await add();
      await store.act({ do: 'end' }, { ids: [id] }, 1, ADA);
      const names = () => db.selectFrom('audit_names').selectAll().orderBy('name').execute();
      const before = await names();
      await db.schema.dropTable('audit_names').execute();
      await migrations['0032-audit-names']?.up(db);
      expect(await names()).toEqual(before);
      expect(await chain.page({ about: 'ada', limit: 5 })).toHaveLength(1);
    });
  });
});
