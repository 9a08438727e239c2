// Joining, leaving, and what becomes of those who wait when the group is lost.
import { describe, expect, it } from 'vitest';
import { MAX_PEERS, RESUME_WINDOW_MS } from '#protocol';
import { FakeSfu, rtpCapabilities } from '../testing/FakeSfu.ts';
import {
  addOf,
  at,
  emptyCommit,
  entry,
  eventually,
  FakeClock,
  join,
  joinAsHost,
  makeMeeting,
  makeRoom,
  startServer,
  TestClient,
} from '../testing/testkit.ts';
import { addMember, letIn, makeScene } from '../testing/wellFormed.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

describe('a joiner whom nobody adds', () => {
  it('does not keep others out for longer than 30 s, nor its transports, and may come again', async () => {
    const clock = new FakeClock();
    const server = await startServer({ clock });
    const sfu = await FakeSfu.start(server);
    const { founder, members, roomId, meetingId } = await makeMeeting(server, 2);
    const strangers: TestClient[] = [];
    while (strangers.length < MAX_PEERS - 2) strangers.push(await join(server, roomId));
    const stranger = at(strangers, 0);
    await stranger.ask('media:open', { rtpCapabilities });
    const ada = await TestClient.start(server);
    expect(await ada.outcome('meeting:join', await ada.entry(roomId))).toBe('ROOM_FULL');
    clock.advance(29_000);
    expect(await ada.outcome('meeting:join', await ada.entry(roomId))).toBe('ROOM_FULL');
    clock.advance(1_000);
    for (const one of strangers) expect(await one.hears('meeting:ended')).toEqual({ reason: 'not-added' });
    await founder.hears('peer:left', (left) => left.peerId === stranger.peerId && left.reason === 'timeout');
    expect(sfu.meetings.get(meetingId)?.has(stranger.peerId)).toBe(false);
    await ada.wait(roomId);
    await stranger.wait(roomId);
    for (const member of members) expect(member.all('meeting:ended')).toEqual([]);
  });

  it('knocks the next time if it was its right that led it in: the group does not take it, and only a host can help', async () => {
    for (const locked of [false, true]) {
      const clock = new FakeClock();
      const all = await makeScene(await startServer({ clock }));
      const { host, guest, roomId } = all;
      await host.ask('host:settings', { lobby: true, locked, verifiedOnly: false });
      await guest.ask('meeting:leave', {});
      const page = await TestClient.start(all.server, undefined, guest.device);
      await page.wait(roomId);
      clock.advance(30_000);
      expect(await page.hears('meeting:ended')).toEqual({ reason: 'not-added' });
      expect((await page.join(roomId)).entry).toBe('lobby');
      await host.hears('lobby:knocked', ({ arrival }) => arrival.peerId === page.peerId);
      await addMember(all, await letIn(all, page));
    }
  });

  it('is led in again by the link, where that is what lets people in', async () => {
    const clock = new FakeClock();
    const server = await startServer({ clock });
    const { roomId } = await makeMeeting(server, 1);
    const late = await join(server, roomId);
    clock.advance(30_000);
    await late.hears('meeting:ended');
    await late.wait(roomId);
  });

  it('of a host is led in again: it needs no right but its role', async () => {
    const clock = new FakeClock();
    const { server, roomId, host } = await makeScene(await startServer({ clock }));
    const second = await joinAsHost(server, roomId, host);
    clock.advance(30_000);
    expect(await second.hears('meeting:ended')).toEqual({ reason: 'not-added' });
    const certificate = await host.device.certify({ roomId, subject: second.device.key });
    await second.wait(roomId, { certificate });
  });

  it('is counted from its coming in: one that is added in time stays, and so does a member that asks anew', async () => {
    const clock = new FakeClock();
    const server = await startServer({ clock });
    const { founder, roomId, members, epoch } = await makeMeeting(server, 2);
    await at(members, 1).ask('group:rejoin', entry());
    clock.advance(20_000);
    const late = await join(server, roomId);
    clock.advance(20_000);
    await founder.ask('group:commit', addOf(epoch, late));
    await late.hears('group:welcomed');
    clock.advance(60_000);
    for (const client of [late, ...members]) {
      await client.settled();
      expect(client.all('meeting:ended')).toEqual([]);
    }
  });
});

describe('rooms', () => {
  it('exist for a day, and can be looked at with what the media server can do', async () => {
    const clock = new FakeClock();
    const server = await startServer({ clock });
    const client = await TestClient.start(server);
    const roomId = await makeRoom(client);
    expect(await client.outcome('room:look', { roomId })).toBe('MEDIA_UNAVAILABLE');
    await FakeSfu.start(server);
    const look = await client.ask('room:look', { roomId });
    const expiresAt = clock.now() + DAY_MS;
    expect(look).toEqual({ expiresAt, welcome: true, suite: 'x25519', rtpCapabilities });
    clock.advance(DAY_MS);
    const late = await TestClient.start(server);
    expect(await late.outcome('room:look', { roomId })).toBe('ROOM_ENDED');
    expect(await late.outcome('meeting:join', await late.entry(roomId))).toBe('ROOM_ENDED');
  });

  it('that end put everybody outside and stop the media', async () => {
    const clock = new FakeClock();
    const server = await startServer({ clock });
    const sfu = await FakeSfu.start(server);
    const { founder, roomId, meetingId } = await makeMeeting(server, 1);
    clock.advance(DAY_MS - 1_000);
    const joiner = await join(server, roomId);
    clock.advance(1_000);
    for (const client of [founder, joiner]) {
      expect(await client.hears('meeting:ended')).toEqual({ reason: 'expired' });
      expect(await client.outcome('meeting:leave', {})).toBe('NOT_ALLOWED');
    }
    await eventually(() => sfu.meetings.has(meetingId)).toBe(false);
    // Whoever is in a meeting makes none.
    await makeRoom(founder);
  });
});

describe('joining', () => {
  it('an empty room founds a meeting, which the sfu hears of at once', async () => {
    const server = await startServer();
    const sfu = await FakeSfu.start(server);
    const client = await TestClient.start(server);
    const roomId = await makeRoom(client);
    const reply = await client.found(roomId);
    await eventually(() => [...sfu.meetings.keys()]).toEqual([reply.meetingId]);
    expect(await client.outcome('group:commit', emptyCommit(0))).toBe('ok');
  });

  it('a running meeting announces the joiner to everyone and tells it who is there and who waits', async () => {
    const server = await startServer();
    const { founder, roomId } = await makeMeeting(server, 1);
    const first = await TestClient.start(server);
    const firstEntry = entry();
    expect(await first.wait(roomId, firstEntry)).toMatchObject({
      entry: 'wait',
      peers: [{ peerId: founder.peerId, presence: 'here', inGroup: true }],
    });
    const second = await TestClient.start(server);
    const reply = await second.wait(roomId);
    const waiting = reply.peers.find(({ peerId }) => peerId === first.peerId);
    expect(waiting).toMatchObject({ presence: 'here', inGroup: false });
    expect(Buffer.from(waiting?.arrival?.keyPackage ?? '')).toEqual(firstEntry.keyPackage);
    for (const client of [founder, first]) {
      await client.hears('peer:arrived', ({ peerId }) => peerId === second.peerId);
    }
    expect(await second.outcome('group:commit', emptyCommit(0))).toBe('NOT_ALLOWED');
  });

  it('tells the arrivals that do not fit into one packet right behind the reply', async () => {
    const server = await startServer();
    const { roomId } = await makeMeeting(server, 1);
    const waiting: TestClient[] = [];
    for (let i = 0; i < 12; i++) waiting.push(await join(server, roomId));
    const last = await TestClient.start(server);
    const reply = await last.wait(roomId);
    await last.settled();
    const inReply = reply.peers.flatMap(({ arrival }) => arrival ?? []);
    const known = [...inReply, ...last.all('peer:arrived')].map(({ peerId }) => peerId);
    expect(known.toSorted()).toEqual(waiting.map(({ peerId }) => peerId).toSorted());
  });

  it('with a key package that was announced in this meeting before is refused, and so is asking anew with one', async () => {
    const server = await startServer();
    const { members, roomId } = await makeMeeting(server, 2);
    const guest = at(members, 1);
    const first = await guest.entry(roomId);
    await guest.ask('meeting:leave', {});
    expect(await guest.outcome('meeting:join', first)).toBe('ok');
    await guest.ask('meeting:leave', {});
    expect(await guest.outcome('meeting:join', first)).toBe('BAD_REQUEST');
    await guest.wait(roomId);
    const { keyPackage, linkProof } = first;
    const host = at(members, 0);
    expect(await host.outcome('group:rejoin', { keyPackage, linkProof })).toBe('BAD_REQUEST');
  });

  it('from the lobby with such a one sends the page back to knock with a fresh one', async () => {
    const server = await startServer();
    const host = await TestClient.start(server);
    const roomId = await makeRoom(host);
    await host.found(roomId);
    const guest = await TestClient.start(server);
    const first = await guest.entry(roomId);
    expect(await guest.outcome('meeting:join', first)).toBe('ok');
    await guest.ask('meeting:leave', {});
    await host.ask('host:settings', { lobby: true, locked: false, verifiedOnly: false });
    expect(await guest.outcome('meeting:join', first)).toBe('ok');
    await host.hears('lobby:knocked');
    await host.ask('host:settings', { lobby: false, locked: false, verifiedOnly: false });
    expect(await guest.hears('meeting:ended')).toEqual({ reason: 'not-added' });
  });

  it('a full meeting is refused', async () => {
    const server = await startServer();
    const { roomId, founder } = await makeMeeting(server, 1);
    await Promise.all(Array.from({ length: MAX_PEERS - 1 }, () => join(server, roomId)));
    const late = await TestClient.start(server);
    expect(await late.outcome('meeting:join', await late.entry(roomId))).toBe('ROOM_FULL');
    expect(await founder.outcome('group:commit', emptyCommit(0))).toBe('ok');
  });

  it('a meeting without a host keeps its last place for one: nobody else could make room', async () => {
    const server = await startServer();
    const { roomId, founder: host } = await makeMeeting(server, 2);
    await Promise.all(Array.from({ length: MAX_PEERS - 2 }, () => join(server, roomId)));
    await host.ask('meeting:leave', {});
    const late = await TestClient.start(server);
    expect(await late.outcome('meeting:join', await late.entry(roomId))).toBe('ROOM_FULL');
    expect(await host.outcome('meeting:join', await host.entry(roomId))).toBe('ok');
  });
});

describe('leaving', () => {
  it('is told to the others only after the sfu has stopped forwarding', async () => {
    const server = await startServer();
    const sfu = await FakeSfu.start(server);
    const { founder, members, meetingId } = await makeMeeting(server, 2);
    const leaver = at(members, 1);
    const release = sfu.hold('peer:close');
    let left = false;
    const leaving = leaver.ask('meeting:leave', {}).then(() => {
      left = true;
    });
    await eventually(() => sfu.named('peer:close')).toEqual([{ meetingId, peerId: leaver.peerId }]);
    await founder.settled();
    expect(founder.all('peer:left')).toEqual([]);
    expect(left).toBe(false);
    release();
    await leaving;
    expect(await founder.hears('peer:left')).toEqual({ peerId: leaver.peerId, reason: 'left' });
  });

  it('is told also to somebody who comes while the sfu still stops', async () => {
    const server = await startServer();
    const sfu = await FakeSfu.start(server);
    const { members, roomId } = await makeMeeting(server, 2);
    const leaver = at(members, 1);
    const release = sfu.hold('peer:close');
    const leaving = leaver.ask('meeting:leave', {});
    await eventually(() => sfu.named('peer:close')).toHaveLength(1);
    const joiner = await join(server, roomId);
    release();
    await leaving;
    expect(await joiner.hears('peer:left')).toEqual({ peerId: leaver.peerId, reason: 'left' });
  });

  it('is told to the others all the same when the sfu does not answer', async () => {
    const server = await startServer();
    const sfu = await FakeSfu.start(server);
    const { founder, members } = await makeMeeting(server, 2);
    sfu.hold('peer:close');
    await at(members, 1).ask('meeting:leave', {});
    await founder.hears('peer:left');
  });

  it('puts the peer outside, from where it may join again', async () => {
    const server = await startServer();
    const { founder, members, roomId } = await makeMeeting(server, 2);
    const leaver = at(members, 1);
    await leaver.ask('meeting:leave', {});
    expect(await leaver.outcome('group:commit', emptyCommit(1))).toBe('NOT_ALLOWED');
    expect(await leaver.join(roomId)).toMatchObject({ entry: 'wait' });
    const order = founder.heard.map(({ name }) => name).filter((name) => name.startsWith('peer:'));
    expect(order).toEqual(['peer:arrived', 'peer:left', 'peer:arrived']);
  });

  it('by timeout closes the peer at the sfu, too', async () => {
    const clock = new FakeClock();
    const server = await startServer({ clock });
    const sfu = await FakeSfu.start(server);
    const { founder, members, meetingId } = await makeMeeting(server, 2);
    const gone = at(members, 1);
    await gone.drop();
    await founder.hears('peer:away');
    expect(sfu.named('peer:close')).toEqual([]);
    clock.advance(RESUME_WINDOW_MS);
    await founder.hears('peer:left');
    expect(sfu.named('peer:close')).toEqual([{ meetingId, peerId: gone.peerId }]);
  });

  it('of the last one ends the meeting; the next one in the room is another', async () => {
    const server = await startServer();
    const sfu = await FakeSfu.start(server);
    const { founder, roomId, meetingId } = await makeMeeting(server, 1);
    await founder.ask('meeting:leave', {});
    await eventually(() => sfu.meetings.has(meetingId)).toBe(false);
    const reply = await founder.found(roomId);
    expect(reply.meetingId).not.toBe(meetingId);
  });
});

describe('when the last member of the group is gone', () => {
  async function lostGroup() {
    const server = await startServer();
    const sfu = await FakeSfu.start(server);
    const { founder, roomId, meetingId } = await makeMeeting(server, 1);
    // The one in the middle is another device of the root host's.
    const joiners = [
      await join(server, roomId),
      await joinAsHost(server, roomId, founder),
      await join(server, roomId),
    ];
    for (const joiner of joiners) joiner.heard.length = 0;
    await founder.ask('meeting:leave', {});
    return { server, sfu, roomId, meetingId, joiners };
  }

  it('a host who waits founds a new meeting and is told whom to add, though another was there first', async () => {
    const { meetingId, joiners } = await lostGroup();
    const [second, first, third] = [at(joiners, 0), at(joiners, 1), at(joiners, 2)];
    expect((await first.hears('group:found')).meetingId).not.toBe(meetingId);
    await first.settled();
    const waiting = first.all('peer:arrived').map(({ peerId }) => peerId);
    expect(waiting).toEqual([second.peerId, third.peerId]);
    expect(await second.outcome('group:commit', emptyCommit(0))).toBe('NOT_ALLOWED');
    await first.ask('group:commit', addOf(0, second, third));
    expect((await third.hears('group:welcomed')).epoch).toBe(1);
    const { meetingId: next } = await first.hears('group:found');
    for (const waiter of [second, third]) {
      expect(waiter.all('meeting:moved')).toEqual([{ meetingId: next }]);
      expect(waiter.all('group:found')).toEqual([]);
    }
  });

  it('their media moves to the new meeting', async () => {
    const { sfu, meetingId, joiners } = await lostGroup();
    const next = (await at(joiners, 1).hears('group:found')).meetingId;
    for (const joiner of joiners) await joiner.hears('media:ready');
    expect([...sfu.meetings.keys()]).toEqual([next]);
    expect(sfu.named('meeting:close')).toEqual([{ meetingId }]);
    expect(await at(joiners, 0).outcome('media:open', { rtpCapabilities })).toBe('ok');
    expect([...(sfu.meetings.get(next) ?? [])]).toEqual([at(joiners, 0).peerId]);
  });

  it('whoever joins meanwhile waits in the new meeting', async () => {
    const { server, roomId, joiners } = await lostGroup();
    const { meetingId } = await at(joiners, 1).hears('group:found');
    const late = await TestClient.start(server);
    const reply = await late.wait(roomId);
    expect(reply).toMatchObject({ meetingId, entry: 'wait' });
    expect(reply.peers).toHaveLength(3);
  });

  it('a member that is only away still counts, until its 30 s are over', async () => {
    const clock = new FakeClock();
    const server = await startServer({ clock });
    const { founder, roomId } = await makeMeeting(server, 1);
    const joiner = await joinAsHost(server, roomId, founder);
    await founder.drop();
    await joiner.hears('peer:away');
    clock.advance(RESUME_WINDOW_MS - 1);
    await joiner.settled();
    expect(joiner.all('group:found')).toEqual([]);
    clock.advance(1);
    await joiner.hears('group:found');
    expect(joiner.all('peer:left')).toEqual([{ peerId: founder.peerId, reason: 'timeout' }]);
  });
});
