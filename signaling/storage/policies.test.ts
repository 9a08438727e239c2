// The repository of policies, against both databases.
import { randomUUID } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { type PolicyRules, RoomId } from '#protocol';
import { AuditKey, makeAuditKey } from '../audit/AuditKey.ts';
import { systemClock } from '../clock.ts';
import { newId } from '../newId.ts';
import { MAX_GROUPS, ORGANISATION, type Policy } from '../policy/policies.ts';
import type { Room } from '../rooms.ts';
import { Ledger } from './Ledger.ts';
import { StoredAccounts } from './StoredAccounts.ts';
import { StoredAudit } from './StoredAudit.ts';
import { StoredPeople } from './StoredPeople.ts';
import { StoredPolicies } from './StoredPolicies.ts';
import { StoredRooms } from './StoredRooms.ts';
import { againstBoth, opened } from './testing/places.ts';

const NOW = Date.UTC(2030, 0, 1);
const HOUR = 60 * 60 * 1000;
const who = { by: 'ada', now: NOW };
const full: PolicyRules = {
  maxLifetimeMs: 2 * HOUR,
  defaultLifetimeMs: HOUR,
  maxParticipants: 10,
  createRooms: 'admin',
  guests: false,
  signInRequired: true,
  lobbyRequired: true,
  screenSharing: 'nobody',
  chat: false,
  chatLifetimeMinutes: 10,
  recording: false,
  verifiedOnly: true,
  minimumSuite: 'x-wing',
  idleEndMinutes: 5,
  hours: { timeZone: 'Europe/Berlin', days: { mon: [{ from: '08:00', to: '18:00' }] } },
};

againstBoth('policies', (makePlace) => {
  const open = async () => {
    const { db } = await opened(await makePlace());
    const chain = new StoredAudit({ db, key: new AuditKey(makeAuditKey()), clock: systemClock });
    const heard: object[] = [];
    const store = new StoredPolicies({
      db,
      chain,
      written: (records) => heard.push(...records.filter(({ kind }) => kind === 'row')),
    });
    /** What the chain has of policies, in order. */
    const rows = async () =>
      (await chain.after(0, null)).flatMap((r) =>
        r.kind === 'row' && r.type.startsWith('policy:') ? [{ type: r.type, ...r.data }] : [],
      );
    const ledger = new Ledger({ db, chain, clock: systemClock });
    const accounts = new StoredAccounts(db, ledger);
    const account = async () => {
      const [id, token] = [randomUUID(), randomUUID()];
      await accounts.invite(token, { role: 'host', now: NOW, expiresAt: NOW + HOUR }, { by: who.by });
      await accounts.accept(token, { id, name: 'Bo', email: `${id}@example.org`, passwordHash: 'x:y' }, NOW);
      return id;
    };
    const rooms = new StoredRooms(db);
    const room = async (more: Partial<Room> = {}) => {
      const made: Room = {
        id: newId(RoomId),
        owner: null,
        state: 'open',
        hostKeyHash: new Uint8Array(16),
        lobby: false,
        suite: 'x25519',
        visited: false,
        createdAt: NOW,
        expiresAt: NOW + 10 * HOUR,
        ...more,
      };
      await rooms.add(made);
      return async () => ((await rooms.find(made.id))?.expiresAt ?? 0) - NOW;
    };
    return { db, store, heard, rows, accounts, people: new StoredPeople(db, ledger), account, rooms, room };
  };
  const idsIn = async (store: StoredPolicies, id: string) => {
    const found = await store.members(id, { limit: 10 });
    return typeof found === 'string' ? found : found.map((account) => account.id);
  };
  const group = (name: string, rules: PolicyRules = {}) => ({ id: randomUUID(), name, rules });

  describe('of the organisation', () => {
    it('is empty at first, and then what was set, also after the database was opened again', async () => {
      const place = await makePlace();
      const policies = async () => {
        const { db } = await opened(place);
        const chain = new StoredAudit({ db, key: new AuditKey(makeAuditKey()), clock: systemClock });
        return new StoredPolicies({ db, chain, written: () => undefined });
      };
      const first = await policies();
      expect((await first.all()).organisation).toEqual({ id: ORGANISATION, version: 0, rules: {} });
      expect(await first.setOrganisation(full, 0, who)).toEqual({
        id: ORGANISATION,
        version: 1,
        rules: full,
      });
      expect((await (await policies()).all()).organisation).toEqual({
        id: ORGANISATION,
        version: 1,
        rules: full,
      });
    });

    it('is changed by whoever has seen what it is, and by nobody else', async () => {
      const { store, rows } = await open();
      await store.setOrganisation({ guests: false }, 0, who);
      const before = [await store.all(), await rows()];
      expect(await store.setOrganisation({ guests: true }, 0, who)).toBe('stale');
      expect(await store.setOrganisation({ guests: true }, 2, who)).toBe('stale');
      expect([await store.all(), await rows()]).toEqual(before);
    });

    it('is changed by one of many who change it at once', async () => {
      const { store, rows } = await open();
      const all = Array.from({ length: 8 }, (_, i) =>
        store.setOrganisation({ maxParticipants: 2 + i }, 0, who),
      );
      const done = (await Promise.all(all)).filter((one): one is Policy => typeof one === 'object');
      expect(done).toHaveLength(1);
      expect((await store.all()).organisation).toEqual(done[0]);
      expect(await rows()).toHaveLength(1);
    });

    it('is never written in a form that could not be read again', async () => {
      const { store, rows } = await open();
      const wrong = JSON.parse('{"watermark":false}');
      await expect(store.setOrganisation(wrong, 0, who)).rejects.toThrow();
      expect([await store.revision(), await rows()]).toEqual([0, []]);
    });
  });

  describe('of groups', () => {
    it('are listed by name with those who are in them, and are gone with their group', async () => {
      const { store, account } = await open();
      const [bo, cy] = [await account(), await account()];
      const [legal, board] = [group('legal', { guests: false }), group('board', full)];
      for (const each of [legal, board])
        expect(await store.addGroup(each, who)).toEqual({ ...each, version: 1 });
      for (const each of [legal, board]) expect(await store.addMember(each.id, bo, who)).toBe('added');
      await store.addMember(legal.id, cy, who);
      const all = await store.all();
      expect(all.groups).toEqual([
        { ...board, version: 1 },
        { ...legal, version: 1 },
      ]);
      expect(all.groupsOf.get(bo)?.toSorted()).toEqual([legal.id, board.id].toSorted());
      expect(await idsIn(store, legal.id)).toEqual([bo, cy].toSorted());
      expect(await store.removeMember(legal.id, bo, who)).toBe('removed');
      expect(await idsIn(store, legal.id)).toEqual([cy]);
      expect(await store.deleteGroup({ id: legal.id, version: 1 }, who)).toBe('deleted');
      const left = await store.all();
      expect([left.groups.length, left.groupsOf.get(cy)]).toEqual([1, undefined]);
      expect(await idsIn(store, legal.id)).toBe('unknown');
    });

    it('refuse a name that is taken, an account that is none, a group that is none, and another version', async () => {
      const { store, account } = await open();
      const bo = await account();
      const [legal, board] = [group('legal'), group('board')];
      for (const each of [legal, board]) await store.addGroup(each, who);
      const { revision } = await store.all();
      expect(await store.addGroup(group('legal'), who)).toBe('name-taken');
      expect(await store.setGroup({ ...legal, name: 'board', version: 1 }, who)).toBe('name-taken');
      expect(await store.setGroup({ ...legal, version: 2 }, who)).toBe('stale');
      expect(await store.deleteGroup({ id: legal.id, version: 2 }, who)).toBe('stale');
      expect(await store.addMember(legal.id, 'nobody', who)).toBe('no-account');
      for (const id of ['none', ORGANISATION]) {
        expect(await store.setGroup({ ...legal, id, version: 1 }, who)).toBe('unknown');
        expect(await store.deleteGroup({ id, version: 1 }, who)).toBe('unknown');
        expect(await store.addMember(id, bo, who)).toBe('unknown');
        expect(await store.removeMember(id, bo, who)).toBe('unknown');
        expect(await idsIn(store, id)).toBe('unknown');
      }
      expect((await store.all()).revision).toBe(revision);
    });

    it('are so many and no more', async () => {
      const { store } = await open();
      for (let i = 0; i < MAX_GROUPS; i++) await store.addGroup(group(`group ${i}`), who);
      expect(await store.addGroup(group('one more'), who)).toBe('full');
      expect((await store.all()).groups).toHaveLength(MAX_GROUPS);
    }, 60_000);
  });

  it('every change is another revision, and is written down with who has changed which field from what to what', async () => {
    const { store, rows, heard, account } = await open();
    const bo = await account();
    const seen = new Set([await store.revision()]);
    const step = async (work: Promise<unknown>) => {
      expect(typeof (await work)).toMatch(/object|string/);
      seen.add(await store.revision());
    };
    const { id } = group('legal');
    await step(store.setOrganisation({ guests: false, maxParticipants: 10 }, 0, who));
    await step(store.setOrganisation({ guests: true, hours: full.hours }, 1, who));
    await step(store.addGroup({ id, name: 'legal', rules: { createRooms: 'admin' } }, who));
    await step(store.setGroup({ id, name: 'law', version: 1, rules: { createRooms: 'admin' } }, who));
    await step(store.addMember(id, bo, who));
    await step(store.addMember(id, bo, who));
    await step(store.removeMember(id, bo, who));
    await step(store.deleteGroup({ id, version: 2 }, who));
    expect(seen.size).toBe(9);
    const by = 'ada';
    const changed = (scope: string, field: string, from: unknown, to: unknown) => ({
      type: 'policy:changed',
      ...{ by, scope, field, from, to },
    });
    expect(await rows()).toEqual([
      changed(ORGANISATION, 'guests', null, false),
      changed(ORGANISATION, 'maxParticipants', null, 10),
      changed(ORGANISATION, 'guests', false, true),
      changed(ORGANISATION, 'hours', null, 'Europe/Berlin mon 08:00-18:00'),
      changed(ORGANISATION, 'maxParticipants', 10, null),
      { type: 'policy:group-created', by, group: id },
      changed(id, 'createRooms', null, 'admin'),
      { type: 'policy:group-renamed', by, group: id },
      { type: 'policy:member-added', by, group: id, account: bo },
      { type: 'policy:member-removed', by, group: id, account: bo },
      changed(id, 'createRooms', 'admin', null),
      { type: 'policy:group-deleted', by, group: id },
    ]);
    expect(heard).toHaveLength(12);
    expect(JSON.stringify(await rows())).not.toMatch(/legal|law"/);
  });

  it('a change whose row cannot be written has not happened', async () => {
    const { db, account } = await open();
    const chain = new StoredAudit({ db, key: new AuditKey(makeAuditKey()), clock: systemClock });
    vi.spyOn(chain, 'appendIn').mockRejectedValue(new Error('the disk is full'));
    const store = new StoredPolicies({ db, chain, written: () => undefined });
    await expect(store.setOrganisation({ guests: false }, 0, who)).rejects.toThrow('the disk is full');
    const bo = await account();
    expect(await store.all()).toMatchObject({ revision: 0, organisation: { version: 0 } });
    await expect(store.addGroup(group('legal'), who)).rejects.toThrow('the disk is full');
    expect(await store.all()).toMatchObject({ revision: 0, groups: [] });
    expect(bo).toBeTruthy();
  });

  describe('a lower cap', () => {
    it('shortens the rooms that are open and longer, and no others', async () => {
      const { store, room } = await open();
      const [long, short, ended] = [
        await room(),
        await room({ expiresAt: NOW + HOUR }),
        await room({ state: 'ended', ending: 'host' }),
      ];
      await store.setOrganisation({ maxLifetimeMs: 3 * HOUR }, 0, who);
      expect([await long(), await short(), await ended()]).toEqual([3 * HOUR, HOUR, 10 * HOUR]);
      await store.setOrganisation({ maxLifetimeMs: 9 * HOUR }, 1, who);
      expect(await long()).toBe(3 * HOUR);
    });

    it('of a group shortens the rooms of its accounts, also of those who come into it later', async () => {
      const { store, room, account } = await open();
      const [bo, cy] = [await account(), await account()];
      const [bos, cys, nobodys] = [await room({ owner: bo }), await room({ owner: cy }), await room()];
      const legal = group('legal', { maxLifetimeMs: 2 * HOUR });
      await store.addGroup(legal, who);
      await store.addMember(legal.id, bo, who);
      expect([await bos(), await cys(), await nobodys()]).toEqual([2 * HOUR, 10 * HOUR, 10 * HOUR]);
      await store.addMember(legal.id, cy, who);
      await store.setGroup({ ...legal, rules: { maxLifetimeMs: HOUR }, version: 1 }, who);
      expect([await bos(), await cys(), await nobodys()]).toEqual([HOUR, HOUR, 10 * HOUR]);
    });

    it('of a group shortens the rooms of those, too, who were in it when they were deleted; nobody is in it by that', async () => {
      const { db, store, room, account, people, accounts } = await open();
      const bo = await account();
      const bos = await room({ owner: bo });
      const legal = group('legal', { guests: false });
      await store.addGroup(legal, who);
      await store.addMember(legal.id, bo, who);
      expect(await people.delete(bo, { by: who.by })).toBe('done');
      expect((await store.all()).groupsOf.get(bo)).toEqual([legal.id]);
      expect(await idsIn(store, legal.id)).toEqual([]);
      await store.setGroup({ ...legal, rules: { maxLifetimeMs: HOUR }, version: 1 }, who);
      expect(await bos()).toBe(HOUR);
      await accounts.forgetExpired(NOW);
      expect((await store.all()).groupsOf.get(bo)).toEqual([legal.id]);
      // Its last room is over: nothing is left of it.
      await db.updateTable('rooms').set({ state: 'ended' }).where('owner', '=', bo).execute();
      await accounts.forgetExpired(NOW);
      expect((await store.all()).groupsOf.size).toBe(0);
    });

    it('shortens again what was made or extended by a process that had not heard of it', async () => {
      const { store, room, rooms } = await open();
      await store.setOrganisation({ maxLifetimeMs: 3 * HOUR }, 0, who);
      const late = await room();
      expect(await late()).toBe(10 * HOUR);
      await store.shortenRooms();
      expect(await late()).toBe(3 * HOUR);
      expect(await rooms.endExpired(NOW + 3 * HOUR)).toHaveLength(1);
    });
  });
});
