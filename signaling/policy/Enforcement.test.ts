// Policies about rooms and their time: who makes them, how long they live, in which hours, and when nobody uses them.
import { describe, expect, it, vi } from 'vitest';
import type { PolicyRules } from '#protocol';
import { reference } from '../audit/events.ts';
import { memoryDatabase } from '../storage/testing/places.ts';
import {
  create,
  DAY_MS,
  HOUR_MS,
  joining,
  MINUTE_MS,
  open,
  rule,
  withAccounts,
} from '../testing/enforcementKit.ts';
import { FakeSfu } from '../testing/FakeSfu.ts';
import { policiesIn, policyDeskOn } from '../testing/policyKit.ts';
import {
  at,
  eventually,
  FakeClock,
  join,
  knock,
  makeMeeting,
  makeRoom,
  startServer,
  TestClient,
} from '../testing/testkit.ts';
import { imposedBy, LOOSEST } from './rules.ts';

describe('a cap on lifetimes that is lowered', () => {
  it('moves the end of a running room for everybody in it and everybody who comes, and there it ends', async () => {
    const { clock, rooms, server, set } = await open();
    const made = clock.now();
    const { members, founder, roomId } = await makeMeeting(server, 2);
    const end = made + 2 * HOUR_MS;
    await set({ maxLifetimeMs: 2 * HOUR_MS });
    const told = {
      latestEnd: end,
      imposed: imposedBy(LOOSEST),
    };
    for (const member of members) await member.hears('room:restricted', (r) => r.latestEnd === end);
    expect(founder.all('room:restricted').at(-1)).toEqual(told);
    const late = await join(server, roomId);
    expect(await late.hears('room:restricted')).toEqual(told);
    expect((await rooms.find(roomId))?.expiresAt).toBe(end);
    const extend = (expiresAt: number) =>
      founder.outcome('host:extend', { expiresAt, policy: new Uint8Array(300) });
    expect(await extend(end + 1)).toBe('LIFETIME_CAPPED');
    expect(await extend(end)).toBe('ok');
    // Whoever is only let in is put out after a while; this is about those who are in.
    await late.ask('meeting:leave', {});
    clock.advance(end - clock.now() - 1);
    await founder.settled();
    expect(founder.all('meeting:ended')).toEqual([]);
    clock.advance(1_000);
    for (const member of members) expect(await member.hears('meeting:ended')).toEqual({ reason: 'expired' });
    expect(await joining(founder, roomId)).toBe('ROOM_ENDED');
    const change = { room: reference(roomId), by: 'policy', from: made + DAY_MS, to: end };
    expect(server.audited.map(({ type, data }) => ({ type, data }))).toContainEqual({
      type: 'room:expiry-changed',
      data: change,
    });
  });

  it('ends a room at once that is older than that', async () => {
    const { clock, server, set } = await open();
    const { founder } = await makeMeeting(server, 1);
    clock.advance(3 * HOUR_MS);
    await set({ maxLifetimeMs: 2 * HOUR_MS });
    clock.advance(1_000);
    expect(await founder.hears('meeting:ended')).toEqual({ reason: 'expired' });
  });

  it('and raised again gives no running room its time back, nor the one that nobody is in', async () => {
    const { rooms, server, set } = await open();
    const { founder, roomId } = await makeMeeting(server, 1);
    const empty = await makeRoom(await TestClient.start(server));
    await set({ maxLifetimeMs: 2 * HOUR_MS });
    const { latestEnd } = await founder.hears('room:restricted');
    await set({ maxLifetimeMs: 10 * HOUR_MS });
    await eventually(() => founder.outcome('room:terms', {})).toBe('NOT_ALLOWED');
    for (const id of [roomId, empty]) expect((await rooms.find(id))?.expiresAt).toBe(latestEnd);
    const extend = { expiresAt: latestEnd + HOUR_MS, policy: new Uint8Array(300) };
    expect(await founder.outcome('host:extend', extend)).toBe('LIFETIME_CAPPED');
    expect(founder.all('room:restricted').map((r) => r.latestEnd)).not.toContain(latestEnd + 8 * HOUR_MS);
  });

  it('bounds new rooms, and those of the accounts of a group more tightly', async () => {
    const { admin, person, desk, set, clock, idOf } = await withAccounts();
    const [boss, host] = [await admin.socket(), await (await person('host')).socket()];
    await set({ maxLifetimeMs: 4 * HOUR_MS, defaultLifetimeMs: 2 * HOUR_MS });
    const group = await desk.addGroup(
      { by: 'the-admin' },
      {
        name: 'legal',
        rules: { maxLifetimeMs: HOUR_MS, lobbyRequired: true },
      },
    );
    await desk.addMember({ by: 'the-admin' }, group.id, await idOf('host@example.org'));
    clock.advance(1_000);
    await eventually(() => host.ask('room:terms', {})).toEqual({
      longestMs: HOUR_MS,
      usualMs: HOUR_MS,
      lobbyRequired: true,
      minimumSuite: 'x25519',
    });
    const terms = {
      longestMs: 4 * HOUR_MS,
      usualMs: 2 * HOUR_MS,
      lobbyRequired: false,
      minimumSuite: 'x25519',
    };
    expect(await boss.ask('room:terms', {})).toEqual(terms);
    expect(await boss.outcome('room:create', await create(boss, 4 * HOUR_MS))).toBe('ok');
    expect(await boss.outcome('room:create', await create(boss, 4 * HOUR_MS + 1))).toBe('LIFETIME_CAPPED');
    expect(await host.outcome('room:create', await create(host, HOUR_MS + 1))).toBe('LIFETIME_CAPPED');
    const { roomId } = await host.ask('room:create', await create(host, HOUR_MS));
    expect(await host.found(roomId)).toMatchObject({ imposed: { lobby: true, share: 'everyone' } });
  });
});

describe('who makes rooms', () => {
  it.each([
    ['member', { admin: 'ok', host: 'ok', member: 'ok' }],
    ['host', { admin: 'ok', host: 'ok', member: 'ROLE_REQUIRED' }],
    ['admin', { admin: 'ok', host: 'ROLE_REQUIRED', member: 'ROLE_REQUIRED' }],
  ] as const)('are those with the role %s or more, and the page knows it', async (createRooms, expected) => {
    const { admin, person, set } = await withAccounts();
    const people = { admin, host: await person('host'), member: await person('member') };
    await set({ createRooms });
    await eventually(async () => {
      const { body } = await people.member.ask('GET', '/api/v1/account');
      return body.mayCreateRooms;
    }).toBe(expected.member === 'ok');
    for (const role of ['admin', 'host', 'member'] as const) {
      const socket = await people[role].socket();
      expect(await socket.outcome('room:create', await create(socket)), role).toBe(expected[role]);
    }
  });
});

describe('allowed hours', () => {
  /** Of the first day of 2030, a Tuesday, from midnight in UTC. */
  const until = (to: string): PolicyRules => ({
    hours: { timeZone: 'UTC', days: { tue: [{ from: '00:00', to }] } },
  });

  it('end meetings when they are over, and keep everybody out until they begin again', async () => {
    const { clock, server, set } = await open();
    await FakeSfu.start(server);
    const { members, founder, roomId } = await makeMeeting(server, 2);
    await set(until('08:00'));
    const lobbied = await makeRoom(await TestClient.start(server), { lobby: true });
    const waiting = await knock(server, lobbied);
    clock.advance(Date.UTC(2030, 0, 1, 8) - clock.now() - 1);
    await founder.settled();
    expect(founder.all('meeting:ended')).toEqual([]);
    clock.advance(1_000);
    for (const each of [...members, waiting])
      expect(await each.hears('meeting:ended')).toEqual({ reason: 'outside-hours' });
    expect(await joining(founder, roomId)).toBe('OUTSIDE_HOURS');
    expect(await founder.outcome('room:look', { roomId })).toBe('OUTSIDE_HOURS');
    await eventually(() => server.audited.map(({ data }) => data)).toContainEqual(
      expect.objectContaining({ why: 'outside-hours' }),
    );
  });

  it('are told ten minutes before they are over, once to each, also to who comes then; and again when they are over earlier', async () => {
    const { clock, server, set } = await open();
    await FakeSfu.start(server);
    const { members, founder, roomId } = await makeMeeting(server, 2);
    await set(until('08:00'));
    const eight = Date.UTC(2030, 0, 1, 8);
    clock.advance(eight - clock.now() - 12 * MINUTE_MS);
    await founder.settled();
    for (const member of members) expect(member.all('meeting:closes')).toEqual([]);
    for (const leftMs of [10, 9, 8]) clock.advance(eight - clock.now() - leftMs * MINUTE_MS);
    for (const member of members) expect(await member.hears('meeting:closes')).toEqual({ at: eight });
    const late = await join(server, roomId);
    clock.advance(1_000);
    expect(await late.hears('meeting:closes')).toEqual({ at: eight });
    await set(until('07:57'));
    clock.advance(1_000);
    for (const each of [...members, late]) {
      await each.hears('meeting:closes', ({ at }) => at === eight - 3 * MINUTE_MS);
      expect(each.all('meeting:closes')).toHaveLength(2);
    }
  });

  it('that are over when they are ruled end the meeting within seconds; the room lives on', async () => {
    const { clock, server, set } = await open();
    const { founder, roomId } = await makeMeeting(server, 1);
    clock.advance(HOUR_MS);
    await set(until('01:00'));
    expect(await founder.hears('meeting:ended')).toEqual({ reason: 'outside-hours' });
    await set({});
    await eventually(() => joining(founder, roomId)).toBe('ok');
  });
});

describe('a meeting that nobody uses', () => {
  it('ends when one person has been alone for so long, and not while somebody else is there', async () => {
    const { clock, server, set } = await open();
    const { founder, members, roomId } = await makeMeeting(server, 2);
    await set({ idleEndMinutes: 5 });
    clock.advance(HOUR_MS);
    await founder.settled();
    expect(founder.all('meeting:ended')).toEqual([]);
    await at(members, 1).ask('meeting:leave', {});
    clock.advance(1_000);
    await founder.settled();
    clock.advance(4 * MINUTE_MS);
    const guest = await join(server, roomId);
    clock.advance(1_000);
    await guest.settled();
    await guest.ask('meeting:leave', {});
    clock.advance(1_000);
    await founder.settled();
    clock.advance(5 * MINUTE_MS - 2_000);
    await founder.settled();
    expect(founder.all('meeting:ended')).toEqual([]);
    clock.advance(2_000);
    expect(await founder.hears('meeting:ended')).toEqual({ reason: 'idle' });
    expect((await founder.found(roomId)).entry).toBe('found');
  });
});

describe('a database that does not answer', () => {
  it('changes nothing: what was known holds, the log says so, and the next second tries again', async () => {
    const clock = new FakeClock();
    const db = await memoryDatabase();
    const policies = policiesIn(db);
    const server = await startServer({ clock, db, policies });
    const desk = policyDeskOn(db);
    await rule(desk, { maxParticipants: 2 });
    clock.advance(1_000);
    const { founder, roomId } = await makeMeeting(server, 2);
    const revision = vi.spyOn(policies, 'revision').mockRejectedValue(new Error('the disk is gone'));
    await rule(desk, { maxParticipants: 2, screenSharing: 'nobody' });
    clock.advance(1_000);
    await vi.waitFor(() =>
      expect(server.logLines.map(({ msg }) => msg)).toContainEqual(
        expect.stringMatching(/^policies could not be read/),
      ),
    );
    expect(await joining(await TestClient.start(server), roomId)).toBe('ROOM_FULL');
    expect(founder.all('room:restricted')).toEqual([]);
    revision.mockRestore();
    clock.advance(1_000);
    expect(await founder.hears('room:restricted')).toMatchObject({ imposed: { share: 'nobody' } });
  });

  it('at the start keeps a server from starting: it would not know what it must refuse', async () => {
    const db = await memoryDatabase();
    const policies = policiesIn(db);
    vi.spyOn(policies, 'all').mockRejectedValue(new Error('the disk is gone'));
    await expect(startServer({ db, policies })).rejects.toThrow('the disk is gone');
  });
});
