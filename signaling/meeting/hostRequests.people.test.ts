// Whom hosts let in, send away and put out, whom they cannot, and that it holds.
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PeerId, RoomId } from '#protocol';
import { keyHash as hashOf } from '../keyHash.ts';
import { newId } from '../newId.ts';
import { FakeSfu, rtpCapabilities } from '../testing/FakeSfu.ts';
import { someCertificate } from '../testing/hostKit.ts';
import { newPage, scene, withSecond } from '../testing/hostScene.ts';
import {
  at,
  emptyCommit,
  eventually,
  join,
  joinAsHost,
  knock,
  makeMeeting,
  startServer,
  TestClient,
} from '../testing/testkit.ts';
import { addMember, letIn, makeScene, ticketFor } from '../testing/wellFormed.ts';

describe('host:admit', () => {
  it('lets in with a ticket, which everybody in the meeting sees, and tells the one who waited what it needs', async () => {
    const all = await scene();
    const { meetingId, host, guest, waiting } = all;
    const ticket = await ticketFor(all, waiting);
    await host.ask('host:admit', { peerId: waiting.peerId, ticket });
    const let_in = await waiting.hears('lobby:admitted');
    expect(let_in.meetingId).toBe(meetingId);
    expect(let_in.peers.map(({ peerId }) => peerId)).toEqual([host.peerId, guest.peerId]);
    expect(Buffer.from(let_in.right ?? '')).toEqual(Buffer.from(ticket));
    for (const one of [host, guest]) {
      const arrival = await one.hears('peer:arrived', ({ peerId }) => peerId === waiting.peerId);
      expect(Buffer.from(arrival.right ?? '')).toEqual(Buffer.from(ticket));
    }
    expect(await host.hears('lobby:left')).toEqual({ peerId: waiting.peerId });
    expect(guest.all('lobby:left')).toEqual([]);
    expect(await waiting.outcome('media:open', { rtpCapabilities })).toBe('MEDIA_UNAVAILABLE');
  });

  it('shows the group the new ticket of a device that was a host and was sent out: its certificate counts no more', async () => {
    const all = await withSecond();
    const { roomId, host, second } = all;
    await host.ask('host:remove', { peerId: second.peerId, how: 'out' });
    const certificate = await host.device.certify({ roomId, subject: second.device.key });
    const page = await newPage(all, second);
    expect((await page.join(roomId, { certificate })).entry).toBe('lobby');
    const ticket = await ticketFor(all, page);
    await host.ask('host:admit', { peerId: page.peerId, ticket });
    const { right } = await host.hears('peer:arrived', ({ peerId }) => peerId === page.peerId);
    expect(Buffer.from(right ?? '')).toEqual(Buffer.from(ticket));
  });

  it('is NOT_FOUND for somebody who does not wait here: gone, in already, of another room', async () => {
    const all = await scene();
    const other = await makeScene(all.server);
    const ticket = await ticketFor(all, all.waiting);
    for (const peerId of [newId(PeerId), all.guest.peerId, all.host.peerId, other.waiting.peerId]) {
      expect(await all.host.outcome('host:admit', { peerId, ticket })).toBe('NOT_FOUND');
      expect(await all.host.outcome('host:refuse', { peerId, block: true })).toBe('NOT_FOUND');
    }
    await other.waiting.settled();
    expect(other.waiting.heard).toEqual([]);
  });

  it('with a certificate for the room makes a host, who gets the certificate as its right', async () => {
    const all = await scene();
    const { roomId, host, waiting } = all;
    const certificate = await host.device.certify({ roomId, subject: waiting.device.key });
    const ticket = await ticketFor(all, waiting);
    await host.ask('host:admit', { peerId: waiting.peerId, ticket, certificate });
    expect(Buffer.from((await waiting.hears('lobby:admitted')).right ?? '')).toEqual(
      Buffer.from(certificate),
    );
    await addMember(all, waiting);
    const visitor = await knock(all.server, roomId);
    await waiting.hears('lobby:knocked', ({ arrival }) => arrival.peerId === visitor.peerId);
    expect(await waiting.outcome('host:refuse', { peerId: visitor.peerId, block: false })).toBe('ok');
  });

  it('with a certificate that does not make this device a host of the room lets nobody in', async () => {
    const all = await withSecond();
    const { roomId, meetingId, host, second, waiting } = all;
    const subject = waiting.device.key;
    const ticket = await ticketFor(all, waiting);
    const wrong = {
      'for this meeting only': await host.device.certify({ roomId, meetingId, subject }),
      'for another device': await host.device.certify({ roomId, subject: second.device.key }),
      'for another room': await host.device.certify({ roomId: newId(RoomId), subject }),
      'by a host who is not the root': await second.device.certify({ roomId, subject }),
      unsigned: someCertificate(),
    };
    for (const [what, certificate] of Object.entries(wrong)) {
      const request = { peerId: waiting.peerId, ticket, certificate };
      expect(await host.outcome('host:admit', request), what).toBe('BAD_REQUEST');
    }
    await waiting.settled();
    expect(waiting.all('lobby:admitted')).toEqual([]);
  });

  it('twice at once lets in once', async () => {
    const { second, host, waiting, ...rest } = await withSecond();
    const ticket = await ticketFor({ host, ...rest }, waiting);
    const both = [host, second].map((one) => one.outcome('host:admit', { peerId: waiting.peerId, ticket }));
    expect((await Promise.all(both)).toSorted()).toEqual(['NOT_FOUND', 'ok']);
    await waiting.settled();
    expect(waiting.all('lobby:admitted')).toHaveLength(1);
  });
});

describe('host:refuse', () => {
  it('sends somebody away, who may knock again', async () => {
    const { roomId, host, waiting } = await scene();
    await host.ask('host:refuse', { peerId: waiting.peerId, block: false });
    expect(await waiting.hears('meeting:ended')).toEqual({ reason: 'refused' });
    expect(await host.hears('lobby:left')).toEqual({ peerId: waiting.peerId });
    expect((await waiting.join(roomId)).entry).toBe('lobby');
  });

  it('with a block keeps the device out of this meeting, also as another peer, and not out of the next', async () => {
    const { server, roomId, host, waiting } = await scene();
    await host.ask('host:refuse', { peerId: waiting.peerId, block: true });
    expect(await waiting.hears('meeting:ended')).toEqual({ reason: 'blocked' });
    for (const page of [waiting, await newPage({ server }, waiting)]) {
      expect(await page.outcome('meeting:join', await page.entry(roomId))).toBe('BLOCKED');
    }
    await host.ask('host:settings', { lobby: false, locked: false, verifiedOnly: false });
    expect(await waiting.outcome('meeting:join', await waiting.entry(roomId))).toBe('BLOCKED');
    await host.ask('host:end', {});
    await host.found(roomId);
    expect(await waiting.outcome('meeting:join', await waiting.entry(roomId))).toBe('ok');
  });
});

describe('host:refuse with a block, of a device that has another page in the meeting', () => {
  it('takes that page out too, so that no group which goes on later meets somebody blocked in it', async () => {
    const server = await startServer();
    const { founder, members, roomId } = await makeMeeting(server, 2);
    const inside = at(members, 1);
    await founder.ask('host:settings', { lobby: true, locked: false, verifiedOnly: false });
    const page = await knock(server, roomId, inside.device);
    await founder.ask('host:refuse', { peerId: page.peerId, block: true });
    for (const one of [page, inside]) expect(await one.hears('meeting:ended')).toEqual({ reason: 'blocked' });
    const { keyPackage, linkProof } = await inside.entry(roomId);
    expect(await inside.outcome('group:rejoin', { keyPackage, linkProof })).toBe('NOT_ALLOWED');
    const second = await joinAsHost(server, roomId, founder);
    await founder.ask('meeting:leave', {});
    await second.hears('group:found');
  });
});

describe('host:blocked', () => {
  it('lets whoever is no more among them knock again, where the link admits, too, and only knock', async () => {
    const all = await scene();
    const { roomId, host, guest } = all;
    await host.ask('host:remove', { peerId: guest.peerId, how: 'block' });
    const page = await newPage(all, guest);
    expect(await page.outcome('meeting:join', await page.entry(roomId))).toBe('BLOCKED');
    await host.ask('host:blocked', { keyHashes: [hashOf(guest.device.key)] });
    expect(await page.outcome('meeting:join', await page.entry(roomId))).toBe('BLOCKED');
    await host.ask('host:settings', { lobby: false, locked: false, verifiedOnly: false });
    await host.ask('host:blocked', { keyHashes: [] });
    expect((await page.join(roomId)).entry).toBe('lobby');
  });

  it('turns away a device that this server has never seen, and never the root host', async () => {
    const all = await scene();
    const { roomId, host } = all;
    const stranger = await TestClient.start(all.server);
    await host.ask('host:blocked', { keyHashes: [hashOf(stranger.device.key), hashOf(host.device.key)] });
    expect(await stranger.outcome('meeting:join', await stranger.entry(roomId))).toBe('BLOCKED');
    const second = await newPage(all, host);
    expect((await second.join(roomId)).entry).toBe('wait');
  });
});

describe('host:remove', () => {
  it('stops the media first, then tells the others, and answers', async () => {
    const { server, meetingId, host, guest, second } = await withSecond();
    const sfu = await FakeSfu.start(server);
    await second.hears('media:ready');
    const release = sfu.hold('peer:close');
    let answered = false;
    const removing = host.ask('host:remove', { peerId: guest.peerId, how: 'out' }).then(() => {
      answered = true;
    });
    await eventually(() => sfu.named('peer:close')).toEqual([{ meetingId, peerId: guest.peerId }]);
    expect(await guest.hears('meeting:ended')).toEqual({ reason: 'removed' });
    await second.settled();
    expect([answered, second.all('peer:left')]).toEqual([false, []]);
    release();
    await removing;
    expect(await second.hears('peer:left')).toEqual({ peerId: guest.peerId, reason: 'removed' });
  });

  it.each([
    ['out', 'removed', 'lobby'],
    ['lobby', 'sent-back', 'lobby'],
    ['block', 'blocked', 'BLOCKED'],
  ] as const)('%s: the page hears "%s" and its ticket is void: %s', async (how, reason, next) => {
    const { server, roomId, host, guest } = await scene();
    await host.ask('host:remove', { peerId: guest.peerId, how });
    expect(await guest.hears('meeting:ended')).toEqual({ reason });
    for (const name of ['group:commit', 'media:receive', 'media:open'] as const) {
      const request = {
        'group:commit': emptyCommit(1),
        'media:receive': { wanted: [] },
        'media:open': { rtpCapabilities },
      };
      expect(await guest.outcome(name, request[name])).toBe('NOT_ALLOWED');
    }
    const page = await newPage({ server }, guest);
    const reply = await page.send('meeting:join', await page.entry(roomId));
    expect(reply.ok ? reply.data : reply.code).toEqual(
      next === 'lobby' ? expect.objectContaining({ entry: next }) : next,
    );
  });

  it('holds in a room without a lobby, too: whoever was removed has to knock', async () => {
    const server = await startServer();
    const { founder, members, roomId } = await makeMeeting(server, 2);
    const guest = at(members, 1);
    await founder.ask('host:remove', { peerId: guest.peerId, how: 'lobby' });
    expect((await guest.join(roomId)).entry).toBe('lobby');
    await founder.hears('lobby:knocked');
    await join(server, roomId);
  });

  it('holds for a peer that is away: when it resumes, it is out', async () => {
    const { server, host, guest } = await scene();
    await guest.drop();
    await host.hears('peer:away');
    await host.ask('host:remove', { peerId: guest.peerId, how: 'out' });
    const again = await TestClient.start(server, guest.started, guest.device);
    expect(again.started.resumed).toBe(true);
    expect(await again.hears('meeting:ended')).toEqual({ reason: 'removed' });
    expect(await again.outcome('group:replay', { since: 1 })).toBe('NOT_ALLOWED');
    expect(await again.outcome('media:open', { rtpCapabilities })).toBe('NOT_ALLOWED');
    await host.settled();
    expect(host.all('peer:back')).toEqual([]);
  });

  it('holds for somebody who only joins, and no commit adds it any more', async () => {
    const all = await scene();
    const joiner = await letIn(all, await knock(all.server, all.roomId));
    await all.host.ask('host:remove', { peerId: joiner.peerId, how: 'out' });
    expect(await joiner.hears('meeting:ended')).toEqual({ reason: 'removed' });
    const add = { epoch: 1, commit: randomBytes(9), welcome: randomBytes(9), added: [joiner.peerId] };
    expect(await all.host.outcome('group:commit', add)).toBe('BAD_REQUEST');
  });

  it('takes the device, not the page: another tab of it goes, too, and its knock with a block', async () => {
    const all = await scene();
    const tab = await newPage(all, all.guest);
    await tab.wait(all.roomId);
    await all.host.ask('host:remove', { peerId: all.guest.peerId, how: 'out' });
    expect(await tab.hears('meeting:ended')).toEqual({ reason: 'removed' });
    const joiner = await letIn(all, await knock(all.server, all.roomId, all.guest.device));
    await all.host.ask('host:remove', { peerId: joiner.peerId, how: 'block' });
    expect(await tab.outcome('meeting:join', await tab.entry(all.roomId))).toBe('BLOCKED');
  });

  it('with a block reaches also a page of that device that waits, while another one is in as a host', async () => {
    const all = await scene();
    const { server, roomId, host, waiting } = all;
    const certificate = await host.device.certify({ roomId, subject: waiting.device.key });
    const page = await newPage(all, waiting);
    await page.wait(roomId, { certificate });
    await host.ask('host:remove', { peerId: page.peerId, how: 'block' });
    for (const one of [page, waiting])
      expect(await one.hears('meeting:ended')).toEqual({ reason: 'blocked' });
    expect((await knock(server, roomId)).all('meeting:ended')).toEqual([]);
  });

  it('cannot be done to the root host, to oneself, or to somebody who is not there', async () => {
    const { host, second, waiting } = await withSecond();
    for (const how of ['out', 'block', 'lobby'] as const) {
      expect(await second.outcome('host:remove', { peerId: host.peerId, how })).toBe('NOT_ALLOWED');
      expect(await second.outcome('host:remove', { peerId: second.peerId, how })).toBe('NOT_ALLOWED');
      expect(await second.outcome('host:remove', { peerId: waiting.peerId, how })).toBe('NOT_FOUND');
      expect(await second.outcome('host:remove', { peerId: newId(PeerId), how })).toBe('NOT_FOUND');
    }
    expect(await host.outcome('host:settings', { lobby: true, locked: false, verifiedOnly: false })).toBe(
      'ok',
    );
  });

  it('takes the role from a host who is removed: a certificate for the room brings it to the lobby only', async () => {
    const { server, roomId, host, second } = await withSecond();
    const certificate = await host.device.certify({ roomId, subject: second.device.key });
    await host.ask('host:remove', { peerId: second.peerId, how: 'out' });
    const page = await newPage({ server }, second);
    expect((await page.join(roomId, { certificate })).entry).toBe('lobby');
  });
});
