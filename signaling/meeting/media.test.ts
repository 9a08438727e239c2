// Media requests reach the sfu that holds the meeting, nobody else's; and meetings survive the death of an sfu.
import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../clock.ts';
import { FakeSfu, rtpCapabilities, rtpParameters } from '../testing/FakeSfu.ts';
import {
  addOf,
  at,
  emptyCommit,
  eventually,
  FakeClock,
  join,
  makeMeeting,
  makeRoom,
  startServer,
  TestClient,
} from '../testing/testkit.ts';

const dtlsParameters = { fingerprints: [{ algorithm: 'sha-256' as const, value: 'AB:CD' }] };
/** Fewer than a peer may make at once (limits.ts). */
const STREAMS = 10;
const mic = { slot: 'mic' as const, rtpParameters, muted: false };

async function meetingWithMedia(size: number, clock: Clock = systemClock) {
  const server = await startServer({ clock });
  const sfu = await FakeSfu.start(server);
  const meeting = await makeMeeting(server, size);
  for (const member of meeting.members) await member.ask('media:open', { rtpCapabilities });
  return { server, sfu, ...meeting };
}

/** The connection is broken, and the server has noticed. */
async function dropped(sfu: FakeSfu, member: TestClient): Promise<void> {
  await sfu.drop();
  await eventually(() => member.outcome('media:restart', { direction: 'send' })).toBe('MEDIA_UNAVAILABLE');
}

describe('media requests', () => {
  it('go to the sfu in the name of the peer that asks', async () => {
    const { sfu, founder, meetingId } = await meetingWithMedia(1);
    const me = { meetingId, peerId: founder.peerId };
    await founder.ask('media:connect', { direction: 'send', dtlsParameters });
    await founder.ask('media:restart', { direction: 'recv' });
    await founder.ask('media:produce', mic);
    await founder.ask('media:close', { slot: 'mic' });
    await founder.ask('media:receive', { wanted: [] });
    expect(sfu.named('peer:open')).toEqual([{ ...me, rtpCapabilities }]);
    expect(sfu.named('transport:connect')).toEqual([{ ...me, direction: 'send', dtlsParameters }]);
    expect(sfu.named('transport:restart')).toEqual([{ ...me, direction: 'recv' }]);
    expect(sfu.named('producer:create')).toEqual([{ ...me, ...mic }]);
    expect(sfu.named('producer:close')).toEqual([{ ...me, slot: 'mic' }]);
    expect(sfu.named('peer:receive')).toEqual([{ ...me, wanted: [] }]);
  });

  it('a new stream is offered to those who have opened media, one who only waits included', async () => {
    const { server, founder, members, roomId } = await meetingWithMedia(2);
    const joiner = await join(server, roomId);
    await joiner.ask('media:open', { rtpCapabilities });
    const { producerId } = await founder.ask('media:produce', mic);
    for (const client of [at(members, 1), joiner]) {
      const { offers } = await client.hears('media:offered');
      expect(offers).toMatchObject([{ producerId, peerId: founder.peerId, slot: 'mic', muted: false }]);
    }
    await founder.settled();
    expect(founder.all('media:offered')).toEqual([]);
  });

  it('one who only waits may not receive', async () => {
    const { server, sfu, roomId } = await meetingWithMedia(1);
    const joiner = await join(server, roomId);
    await joiner.ask('media:open', { rtpCapabilities });
    expect(await joiner.outcome('media:receive', { wanted: [] })).toBe('NOT_ALLOWED');
    expect(sfu.named('peer:receive')).toEqual([]);
  });

  it('an offer that comes while transports are being made waits for the reply', async () => {
    const { server, sfu, founder, roomId } = await meetingWithMedia(1);
    const joiner = await join(server, roomId);
    const release = sfu.hold('peer:open');
    let opened = false;
    const opening = joiner.ask('media:open', { rtpCapabilities }).then(() => {
      opened = true;
      return joiner.all('media:offered');
    });
    await eventually(() => sfu.named('peer:open')).toHaveLength(2);
    await founder.ask('media:produce', mic);
    await founder.settled();
    expect(opened).toBe(false);
    expect(joiner.all('media:offered')).toEqual([]);
    release();
    await opening;
    expect((await joiner.hears('media:offered')).offers).toHaveLength(1);
  });

  it('muting is told to the others', async () => {
    const { sfu, founder, members } = await meetingWithMedia(2);
    await founder.ask('media:mute', { slot: 'mic', muted: true });
    expect(await at(members, 1).hears('media:muted')).toEqual({
      peerId: founder.peerId,
      slot: 'mic',
      muted: true,
    });
    expect(sfu.named('producer:mute')).toHaveLength(1);
  });

  it('a refusal of the sfu reaches the client only where it means something to it', async () => {
    const { sfu, founder } = await meetingWithMedia(1);
    for (const [answered, told] of [
      ['MEDIA_REFUSED', 'MEDIA_REFUSED'],
      ['NOT_FOUND', 'NOT_FOUND'],
      ['NOT_ALLOWED', 'MEDIA_UNAVAILABLE'],
      ['ROOM_FULL', 'MEDIA_UNAVAILABLE'],
      ['no such code', 'MEDIA_UNAVAILABLE'],
    ] as const) {
      sfu.refuse.set('producer:create', answered);
      expect(await founder.outcome('media:produce', mic)).toBe(told);
    }
  });

  it('leaving does not stand in line behind an sfu that does not answer', async () => {
    const { sfu, members, founder } = await meetingWithMedia(2);
    sfu.hold('transport:restart');
    const restarting = founder.send('media:restart', { direction: 'send' });
    await eventually(() => sfu.named('transport:restart')).toHaveLength(1);
    await founder.ask('meeting:leave', {});
    await at(members, 1).hears('peer:left');
    founder.socket.disconnect();
    await restarting.catch(() => undefined);
  });

  it('one who left while its transports waited for the sfu never appears there', async () => {
    const server = await startServer();
    const sfu = await FakeSfu.start(server);
    const release = sfu.hold('meeting:open');
    const { roomId } = await makeMeeting(server, 1);
    const ghost = await join(server, roomId);
    const opening = ghost.outcome('media:open', { rtpCapabilities });
    await ghost.settled();
    await ghost.ask('meeting:leave', {});
    release();
    expect(await opening).toBe('MEETING_OVER');
    expect(sfu.named('peer:open')).toEqual([]);
  });

  it('streams that the sfu has closed are taken back', async () => {
    const { sfu, founder, members, meetingId } = await meetingWithMedia(2);
    const other = at(members, 1);
    await founder.ask('media:produce', mic);
    const consumerId = at((await other.hears('media:offered')).offers, 0).consumerId;
    sfu.report('consumers:closed', { meetingId, peerId: other.peerId, consumerIds: [consumerId] });
    expect(await other.hears('media:closed')).toEqual({ consumerIds: [consumerId] });
  });

  it('a stream that ends in the moment it is offered is offered before it is taken back', async () => {
    const { sfu, founder, members, meetingId } = await meetingWithMedia(2);
    const other = at(members, 1);
    for (let i = 1; i <= STREAMS; i++) {
      const release = sfu.hold('producer:create');
      const producing = founder.ask('media:produce', mic);
      await eventually(() => sfu.offered.length).toBe(i);
      const { consumerId } = at(sfu.offered, i - 1).offer;
      release();
      sfu.report('consumers:closed', { meetingId, peerId: other.peerId, consumerIds: [consumerId] });
      await producing;
      await other.hears('media:closed', ({ consumerIds }) => consumerIds.includes(consumerId));
    }
    const order = other.heard.map(({ name }) => name).filter((name) => name.startsWith('media:'));
    expect(order).toEqual(Array.from({ length: STREAMS }, () => ['media:offered', 'media:closed']).flat());
  });

  it('what a taken-over socket still had in its queue is void', async () => {
    const { server, sfu, founder } = await meetingWithMedia(1);
    const release = sfu.hold('transport:restart');
    founder.socket.emit('media:restart', { direction: 'send' });
    founder.socket.emit('media:mute', { slot: 'mic', muted: true });
    await eventually(() => sfu.named('transport:restart')).toHaveLength(1);
    const again = await TestClient.start(server, founder.started);
    expect(again.started.resumed).toBe(true);
    release();
    await again.ask('media:mute', { slot: 'camera', muted: true });
    expect(sfu.named('producer:mute')).toMatchObject([{ slot: 'camera' }]);
  });

  it('an sfu cannot speak about a meeting that another one holds', async () => {
    const { server, founder, meetingId } = await meetingWithMedia(1);
    const stranger = await FakeSfu.start(server);
    stranger.report('consumers:closed', { meetingId, peerId: founder.peerId, consumerIds: [] });
    stranger.report('meeting:lost', { meetingId });
    stranger.report('sfu:load', { consumers: [0] });
    await founder.settled();
    expect(await founder.outcome('media:restart', { direction: 'send' })).toBe('ok');
    expect(founder.heard.filter(({ name }) => name.startsWith('media:'))).toEqual([]);
  });
});

describe('where a meeting is placed', () => {
  it('is the least loaded sfu', async () => {
    const server = await startServer();
    const busy = await FakeSfu.start(server);
    const idle = await FakeSfu.start(server);
    busy.report('sfu:load', { consumers: [40, 30] });
    idle.report('sfu:load', { consumers: [50, 20] });
    await eventually(async () => {
      await makeMeeting(server, 1);
      return idle.named('meeting:open').length;
    }).toBeGreaterThan(0);
  });

  it('is found later when there was no sfu at first', async () => {
    const server = await startServer();
    const { founder, meetingId } = await makeMeeting(server, 1);
    expect(await founder.outcome('media:open', { rtpCapabilities })).toBe('MEDIA_UNAVAILABLE');
    const sfu = await FakeSfu.start(server);
    await founder.hears('media:ready');
    expect(sfu.meetings.has(meetingId)).toBe(true);
    expect(await founder.outcome('media:open', { rtpCapabilities })).toBe('ok');
  });

  it('is tried again when the sfu could not open it', async () => {
    const server = await startServer();
    const sfu = await FakeSfu.start(server);
    sfu.refuse.set('meeting:open', 'MEDIA_UNAVAILABLE');
    const { founder } = await makeMeeting(server, 1);
    expect(await founder.outcome('media:open', { rtpCapabilities })).toBe('MEDIA_UNAVAILABLE');
    sfu.refuse.clear();
    await founder.hears('media:ready');
  });
});

describe('an sfu whose connection breaks', () => {
  it('and is back within two seconds has lost nothing, and nobody hears of it', async () => {
    const { server, sfu, founder, meetingId } = await meetingWithMedia(1, new FakeClock());
    await sfu.drop();
    await eventually(() => founder.outcome('media:restart', { direction: 'send' })).toBe('MEDIA_UNAVAILABLE');
    await sfu.connect(server);
    expect(at(sfu.named('meetings:keep'), 1)).toEqual({ meetingIds: [meetingId] });
    expect(await founder.outcome('media:restart', { direction: 'send' })).toBe('ok');
    expect(founder.heard.filter(({ name }) => name.startsWith('media:'))).toEqual([]);
    expect(sfu.named('meeting:open')).toHaveLength(1);
  });

  it('is told, when it is back, whom to stop forwarding to that left meanwhile', async () => {
    const { server, sfu, founder, members, meetingId } = await meetingWithMedia(2, new FakeClock());
    const leaver = at(members, 1);
    await sfu.drop();
    await leaver.ask('meeting:leave', {});
    await founder.hears('peer:left');
    expect(sfu.meetings.get(meetingId)).toContain(leaver.peerId);
    await sfu.connect(server);
    await eventually(() => [...(sfu.meetings.get(meetingId) ?? [])]).toEqual([founder.peerId]);
  });

  it('is told again of a close whose answer was lost with the connection', async () => {
    const { server, sfu, founder, members } = await meetingWithMedia(2, new FakeClock());
    const release = sfu.hold('peer:close');
    const leaving = at(members, 1).ask('meeting:leave', {});
    await eventually(() => sfu.named('peer:close')).toHaveLength(1);
    await sfu.drop();
    await leaving;
    release();
    await sfu.connect(server);
    await eventually(() => sfu.named('peer:close')).toHaveLength(2);
    await founder.hears('peer:left');
  });

  it('and comes back with empty hands gets its meetings anew, whose members open media again', async () => {
    const { server, sfu, founder, meetingId } = await meetingWithMedia(1, new FakeClock());
    await sfu.drop();
    sfu.meetings.clear();
    await sfu.connect(server);
    await founder.hears('media:ready');
    expect(founder.all('media:lost')).toEqual([]);
    expect(sfu.meetings.has(meetingId)).toBe(true);
  });

  it('for longer is given up: its meetings wait for another one, and the group goes on meanwhile', async () => {
    const clock = new FakeClock();
    const { server, sfu, founder, meetingId } = await meetingWithMedia(1, clock);
    await dropped(sfu, founder);
    clock.advance(2_000);
    await founder.hears('media:lost');
    expect(await founder.outcome('group:commit', emptyCommit(0))).toBe('ok');
    expect(founder.all('media:ready')).toEqual([]);
    const next = await FakeSfu.start(server);
    await founder.hears('media:ready');
    expect(next.meetings.has(meetingId)).toBe(true);
    expect(at(next.named('meetings:keep'), 0)).toEqual({ meetingIds: [] });
  });

  it('for longer hands its meetings to one that is there', async () => {
    const clock = new FakeClock();
    const { server, sfu, founder, meetingId } = await meetingWithMedia(1, clock);
    const spare = await FakeSfu.start(server);
    await dropped(sfu, founder);
    clock.advance(2_000);
    await founder.hears('media:ready');
    const order = founder.heard.map(({ name }) => name).filter((name) => name.startsWith('media:'));
    expect(order).toEqual(['media:lost', 'media:ready']);
    expect(spare.meetings.has(meetingId)).toBe(true);
  });
});

describe('an sfu whose worker died', () => {
  it('opens the meeting anew, and its members open media again at once', async () => {
    const { sfu, founder, meetingId } = await meetingWithMedia(1);
    sfu.meetings.delete(meetingId);
    sfu.report('meeting:lost', { meetingId });
    await founder.hears('media:ready');
    expect(sfu.meetings.has(meetingId)).toBe(true);
    expect(await founder.outcome('media:open', { rtpCapabilities })).toBe('ok');
  });
});

describe('two meetings', () => {
  it('never hear of each other', async () => {
    const { server, founder, members } = await meetingWithMedia(2);
    const other = await TestClient.start(server);
    const roomId = await makeRoom(other);
    await other.found(roomId);
    await other.ask('media:open', { rtpCapabilities });
    expect(await other.outcome('group:commit', addOf(0, at(members, 1)))).toBe('BAD_REQUEST');
    await other.ask('media:produce', mic);
    await other.ask('media:mute', { slot: 'mic', muted: true });
    await other.ask('group:commit', emptyCommit(0));
    await other.ask('meeting:leave', {});
    await founder.settled();
    expect(founder.heard.map(({ name }) => name)).toEqual(['peer:arrived', 'group:committed']);
  });
});
