// Policies as people meet them: at the door, while a room is made, and in a meeting that runs when one becomes stricter.
// Each is changed as another process would change it; a turn of the clock by one second is all that the server gets.
import { describe, expect, it, vi } from 'vitest';
import type { PolicyRules, RoomId } from '#protocol';
import { fingerprint, reference } from '../audit/events.ts';
import { StoredRooms } from '../storage/StoredRooms.ts';
import { memoryDatabase } from '../storage/testing/places.ts';
import { claimed } from '../testing/accountsKit.ts';
import { FakeSfu, rtpCapabilities, rtpParameters } from '../testing/FakeSfu.ts';
import { policiesIn, policyDeskOn } from '../testing/policyKit.ts';
import {
  addOf,
  at,
  eventually,
  FakeClock,
  join,
  joinAsHost,
  knock,
  makeMeeting,
  makeRoom,
  startServer,
  TestClient,
} from '../testing/testkit.ts';
import type { PolicyDesk } from './PolicyDesk.ts';
import { imposedBy, LOOSEST } from './rules.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** The organisation's policy is to be that. */
async function rule(desk: PolicyDesk, rules: PolicyRules): Promise<void> {
  const { version } = await desk.organisation();
  await desk.setOrganisation({ by: 'the-admin' }, { rules, version });
}

/** A machine that nobody has claimed: for rules that are the same for everybody. */
async function open() {
  const clock = new FakeClock();
  const db = await memoryDatabase();
  const rooms = new StoredRooms(db);
  const server = await startServer({ clock, db, rooms });
  const desk = policyDeskOn(db);
  const set = async (rules: PolicyRules) => {
    await rule(desk, rules);
    clock.advance(1_000);
  };
  return { clock, db, rooms, server, desk, set };
}

/** One with accounts. */
async function withAccounts() {
  const clock = new FakeClock(Date.now());
  const db = await memoryDatabase();
  const all = await claimed({ clock, db });
  const desk = policyDeskOn(db);
  const set = async (rules: PolicyRules) => {
    await rule(desk, rules);
    clock.advance(1_000);
  };
  const idOf = async (email: string) =>
    (await all.accounts()).find((account) => account.email === email)?.id ?? '';
  return { ...all, clock, db, desk, set, idOf };
}

const create = async (client: TestClient, lifetimeMs = HOUR_MS) => ({
  hostKeyHash: client.device.rootHash(),
  lobby: false,
  lifetimeMs,
});

const joining = async (client: TestClient, roomId: RoomId) =>
  client.outcome('meeting:join', await client.entry(roomId));

/** Added by the founder of a meeting that has nobody else. */
async function added(founder: TestClient, roomId: RoomId, joiners: readonly TestClient[]): Promise<void> {
  for (const [epoch, joiner] of joiners.entries()) {
    await joiner.wait(roomId);
    await founder.ask('group:commit', addOf(epoch, joiner));
    await joiner.hears('group:welcomed');
  }
}

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
    });
    const terms = { longestMs: 4 * HOUR_MS, usualMs: 2 * HOUR_MS, lobbyRequired: false };
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

describe('guests', () => {
  /** A meeting of somebody with an account, and in it, all without one: a guest, and another device of the host's. */
  async function meeting() {
    const all = await withAccounts();
    const sfu = await FakeSfu.start(all.server);
    const founder = await all.admin.socket();
    const roomId = await makeRoom(founder);
    const { meetingId } = await founder.found(roomId);
    const member = await (await all.person('member')).socket();
    const guest = await TestClient.start(all.server);
    await added(founder, roomId, [member, guest]);
    const device = await joinAsHost(all.server, roomId, founder);
    return { ...all, sfu, roomId, meetingId, founder, member, guest, device };
  }

  it('that are refused from now on are put out of a running meeting and told why, and others are not', async () => {
    const { server, set, founder, member, guest, device, roomId, meetingId, clock } = await meeting();
    await set({ guests: false });
    expect(await guest.hears('meeting:ended')).toEqual({ reason: 'guests-refused' });
    const left = { peerId: guest.peerId, reason: 'policy' };
    for (const other of [founder, member, device]) expect(await other.hears('peer:left')).toEqual(left);
    clock.advance(5_000);
    for (const other of [founder, member, device]) {
      await other.settled();
      expect(other.all('meeting:ended')).toEqual([]);
      expect(other.all('peer:left')).toEqual([left]);
    }
    expect(await joining(guest, roomId)).toBe('GUESTS_REFUSED');
    expect((await guest.ask('room:look', { roomId })).welcome).toBe(false);
    expect((await (await TestClient.start(server)).ask('room:look', { roomId })).welcome).toBe(false);
    const who = fingerprint(guest.device.key);
    const row = { room: reference(roomId), meeting: reference(meetingId), who, why: 'guests-refused' };
    expect(server.audited.filter(({ type }) => type === 'policy:put-out').map(({ data }) => data)).toEqual([
      row,
    ]);
  });

  it('are refused by the owner’s group, too, and only in its rooms', async () => {
    const { server, admin, person, desk, clock, idOf } = await withAccounts();
    await FakeSfu.start(server);
    const [boss, host] = [await admin.socket(), await (await person('host')).socket()];
    const [open, closed] = [await makeRoom(boss), await makeRoom(host)];
    const group = await desk.addGroup({ by: 'the-admin' }, { name: 'legal', rules: { guests: false } });
    await desk.addMember({ by: 'the-admin' }, group.id, await idOf('host@example.org'));
    clock.advance(1_000);
    const guest = await TestClient.start(server);
    await eventually(async () => (await guest.ask('room:look', { roomId: closed })).welcome).toBe(false);
    expect((await guest.ask('room:look', { roomId: open })).welcome).toBe(true);
    expect((await boss.ask('room:look', { roomId: closed })).welcome).toBe(true);
    expect(await joining(guest, closed)).toBe('GUESTS_REFUSED');
    expect(await joining(boss, closed)).toBe('ok');
  });

  it('who wait at the door are sent away, with a meeting behind it and without', async () => {
    const { server, admin, set } = await withAccounts();
    const host = await admin.socket();
    const [empty, running] = [await makeRoom(host, { lobby: true }), await makeRoom(host, { lobby: true })];
    await host.found(running);
    const waiting = [await knock(server, empty), await knock(server, running)];
    await set({ guests: false });
    for (const guest of waiting)
      expect(await guest.hears('meeting:ended')).toEqual({ reason: 'guests-refused' });
    expect(await host.hears('lobby:left')).toEqual({ peerId: at(waiting, 1).peerId });
  });

  it('that are let in again come into no meeting that ran without them, but into the next one', async () => {
    const { set, founder, member, device, guest, roomId, desk, clock } = await meeting();
    await set({ guests: false });
    await guest.hears('meeting:ended');
    await rule(desk, {});
    clock.advance(2_000);
    await eventually(async () => (await desk.organisation()).version).toBe(2);
    for (let i = 0; i < 3; i++) {
      clock.advance(1_000);
      await guest.settled();
    }
    expect(await joining(guest, roomId)).toBe('GUESTS_REFUSED');
    for (const each of [member, device, founder]) await each.ask('meeting:leave', {});
    await founder.found(roomId);
    expect(await joining(guest, roomId)).toBe('ok');
  });

  it('and everybody else without an account are out where signing in is required, a host’s own device, too', async () => {
    const { set, founder, member, guest, device, roomId } = await meeting();
    await set({ signInRequired: true });
    for (const out of [guest, device]) {
      expect(await out.hears('meeting:ended')).toEqual({ reason: 'sign-in-required' });
      expect(await out.outcome('room:look', { roomId })).toBe('SIGN_IN_REQUIRED');
      expect(await joining(out, roomId)).toBe('SIGN_IN_REQUIRED');
    }
    for (const other of [founder, member]) {
      await other.settled();
      expect(other.all('meeting:ended')).toEqual([]);
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

describe('a limit on people', () => {
  it('keeps out whoever comes beyond it, by link and by a host’s word, and puts nobody out', async () => {
    const { server, set } = await open();
    const { founder, members, roomId } = await makeMeeting(server, 3);
    await set({ maxParticipants: 2 });
    await founder.hears('room:restricted');
    const late = await TestClient.start(server);
    expect(await joining(late, roomId)).toBe('ROOM_FULL');
    for (const member of members) {
      await member.settled();
      expect(member.all('meeting:ended')).toEqual([]);
    }
    await at(members, 1).ask('meeting:leave', {});
    expect(await joining(late, roomId)).toBe('ROOM_FULL');
    await at(members, 2).ask('meeting:leave', {});
    expect(await joining(late, roomId)).toBe('ok');
  });
});

describe('screens', () => {
  const screen = { slot: 'screen', rtpParameters, muted: false } as const;

  async function sharing() {
    const all = await open();
    const sfu = await FakeSfu.start(all.server);
    const meeting = await makeMeeting(all.server, 2);
    for (const member of meeting.members) await member.ask('media:open', { rtpCapabilities });
    return { ...all, ...meeting, sfu, guest: at(meeting.members, 1) };
  }

  it('that nobody may share any more are cut off at the sfu, and none is taken', async () => {
    const { sfu, set, meetingId, founder, guest } = await sharing();
    for (const member of [founder, guest]) await member.ask('media:produce', screen);
    await set({ screenSharing: 'nobody' });
    expect(await guest.hears('room:restricted')).toMatchObject({ imposed: { share: 'nobody' } });
    const cut = ({ peerId }: TestClient) => ({ meetingId, peerId, slot: 'screen' });
    await eventually(() => sfu.named('producer:close')).toEqual(
      expect.arrayContaining([cut(founder), cut(guest)]),
    );
    for (const member of [founder, guest]) {
      expect(await member.outcome('media:produce', screen)).toBe('SHARING_REFUSED');
      expect(await member.outcome('media:produce', { ...screen, slot: 'mic' })).toBe('ok');
    }
  });

  it('that the sfu could not cut off are cut off as soon as it answers', async () => {
    const { clock, sfu, set, guest, founder } = await sharing();
    await guest.ask('media:produce', screen);
    sfu.refuse.set('producer:close', 'MEDIA_UNAVAILABLE');
    await set({ screenSharing: 'nobody' });
    await eventually(() => sfu.named('producer:close').length).toBe(4);
    await founder.settled();
    sfu.refuse.clear();
    clock.advance(1_000);
    await eventually(() => sfu.named('producer:close').length).toBe(8);
    await founder.settled();
    clock.advance(5_000);
    await founder.settled();
    expect(sfu.named('producer:close')).toHaveLength(8);
  });

  it('that only hosts may share are taken from hosts', async () => {
    const { sfu, set, meetingId, founder, guest } = await sharing();
    sfu.refuse.set('producer:close', 'NOT_FOUND');
    await set({ screenSharing: 'hosts' });
    await eventually(() => guest.outcome('media:produce', screen)).toBe('SHARING_REFUSED');
    expect(await founder.outcome('media:produce', screen)).toBe('ok');
    const closed = sfu.named('producer:close');
    expect(new Set(closed.map(({ peerId }) => peerId))).toEqual(new Set([guest.peerId]));
    expect(closed.every((each) => each.meetingId === meetingId)).toBe(true);
  });
});

describe('chat', () => {
  it('that is switched off is taken from nobody any more, within two seconds; a shorter life is told', async () => {
    const { server, set } = await open();
    const { members, founder } = await makeMeeting(server, 2);
    const chat = { epoch: 1, message: new Uint8Array(444) };
    expect(await founder.outcome('chat:send', chat)).toBe('ok');
    await set({ chatLifetimeMinutes: 10 });
    await at(members, 1).hears('room:restricted', ({ imposed }) => imposed.chatLifetimeS === 600);
    expect(await founder.outcome('chat:send', chat)).toBe('ok');
    await set({ chat: false, chatLifetimeMinutes: 60 });
    const told = await at(members, 1).hears('room:restricted', ({ imposed }) => !imposed.chat);
    expect(told.imposed).toMatchObject({ chat: false, chatLifetimeS: 600 });
    for (const member of members) expect(await member.outcome('chat:send', chat)).toBe('CHAT_REFUSED');
    // Looser rules are for the next meeting.
    await set({});
    expect(await founder.outcome('chat:send', chat)).toBe('CHAT_REFUSED');
  });
});

describe('a lobby that is required', () => {
  it('is there although the maker of the room has not asked for it, and no host removes it', async () => {
    const { server, set } = await open();
    await set({ lobbyRequired: true });
    const host = await TestClient.start(server);
    await eventually(async () => (await host.ask('room:terms', {})).lobbyRequired).toBe(true);
    const roomId = await makeRoom(host, { lobby: false });
    expect(await host.found(roomId)).toMatchObject({ imposed: { lobby: true, share: 'everyone' } });
    await knock(server, roomId);
    await host.ask('host:settings', { lobby: false, locked: false });
    await knock(server, roomId);
  });

  it('comes to a meeting that runs without: whoever comes from now on waits, and hosts are told', async () => {
    const { server, set } = await open();
    const { founder, roomId } = await makeMeeting(server, 1);
    await (await join(server, roomId)).ask('meeting:leave', {});
    await set({ lobbyRequired: true });
    expect(await founder.hears('room:restricted')).toMatchObject({ imposed: { lobby: true } });
    await knock(server, roomId);
    await founder.ask('host:settings', { lobby: false, locked: false });
    await knock(server, roomId);
  });
});

describe('a machine that nobody has claimed', () => {
  it('takes its owner for no guest, also at the door', async () => {
    const clock = new FakeClock();
    const server = await startServer({ clock, guests: 'refused' });
    const host = await TestClient.start(server);
    const roomId = await makeRoom(host, { lobby: true });
    await host.found(roomId);
    const waiting = await knock(server, roomId);
    clock.advance(3_000);
    await waiting.settled();
    await host.settled();
    expect([waiting.all('meeting:ended'), host.all('meeting:ended')]).toEqual([[], []]);
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
