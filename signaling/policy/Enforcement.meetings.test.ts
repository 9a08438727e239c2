// Policies about who and what is in a meeting: at the door, and in one that runs when they become stricter.
import { describe, expect, it } from 'vitest';
import { fingerprint, reference } from '../audit/events.ts';
import { added, joining, open, rule, withAccounts } from '../testing/enforcementKit.ts';
import { FakeSfu, rtpCapabilities, rtpParameters } from '../testing/FakeSfu.ts';
import {
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

describe('a limit on people', () => {
  it('keeps out whoever comes beyond it', async () => {
    const { server, set } = await open();
    const { members, roomId } = await makeMeeting(server, 2);
    await set({ maxParticipants: 2 });
    const late = await TestClient.start(server);
    expect(await joining(late, roomId)).toBe('ROOM_FULL');
    await at(members, 1).ask('meeting:leave', {});
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
    await host.ask('host:settings', { lobby: false, locked: false, verifiedOnly: false });
    await knock(server, roomId);
  });

  it('comes to a meeting that runs without: whoever comes from now on waits, and hosts are told', async () => {
    const { server, set } = await open();
    const { founder, roomId } = await makeMeeting(server, 1);
    await (await join(server, roomId)).ask('meeting:leave', {});
    await set({ lobbyRequired: true });
    expect(await founder.hears('room:restricted')).toMatchObject({ imposed: { lobby: true } });
    await knock(server, roomId);
    await founder.ask('host:settings', { lobby: false, locked: false, verifiedOnly: false });
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
