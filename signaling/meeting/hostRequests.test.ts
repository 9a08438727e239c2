// What hosts tell others, whom they make hosts, the rules they set, the end: what they cannot, and that it holds.
import { describe, expect, it } from 'vitest';
import { MeetingId, RoomId } from '#protocol';
import { newId } from '../newId.ts';
import { FakeSfu } from '../testing/FakeSfu.ts';
import { someCertificate, TestDevice } from '../testing/hostKit.ts';
import { newPage, scene, withSecond } from '../testing/hostScene.ts';
import {
  at,
  eventually,
  FakeClock,
  join,
  knock,
  makeMeeting,
  startServer,
  type TestClient,
} from '../testing/testkit.ts';
import { addMember, letIn, type Scene, ticketFor } from '../testing/wellFormed.ts';

async function promote({ host, roomId, meetingId }: Scene, who: TestClient): Promise<void> {
  const certificate = await host.device.certify({ roomId, meetingId, subject: who.device.key });
  await host.ask('host:promote', { certificate });
}

describe('host:say', () => {
  it('carries a word to one, or to all others', async () => {
    const { meetingId, host, guest, second, waiting } = await withSecond();
    const to = guest.peerId;
    const one = await host.device.word({ meetingId, to, what: 'mute' });
    await host.ask('host:say', { to, word: one });
    const all = await host.device.word({ meetingId, to: undefined, what: 'end' });
    await host.ask('host:say', { word: all });
    await second.hears('host:said');
    const heard = async (client: TestClient) => {
      await client.settled();
      return client.all('host:said').map(({ word }) => Buffer.from(word));
    };
    expect(await heard(guest)).toEqual([Buffer.from(one), Buffer.from(all)]);
    expect(await heard(second)).toEqual([Buffer.from(all)]);
    for (const nobody of [host, waiting]) expect(await heard(nobody)).toEqual([]);
    expect(await host.outcome('host:say', { to: waiting.peerId, word: one })).toBe('NOT_FOUND');
  });
});

describe('host:promote and host:demote', () => {
  it('make a host at once, and take it back at once', async () => {
    const all = await scene();
    const settings = { lobby: true, locked: false, verifiedOnly: false };
    expect(await all.guest.outcome('host:settings', settings)).toBe('NOT_ALLOWED');
    await promote(all, all.guest);
    expect(await all.guest.outcome('host:settings', settings)).toBe('ok');
    const { hosts } = await all.waiting.hears('lobby:hosts', (news) => news.hosts.length === 2);
    expect(hosts.map(({ peerId }) => peerId)).toEqual([all.host.peerId, all.guest.peerId]);
    await all.host.ask('host:demote', { peerId: all.guest.peerId });
    expect(await all.guest.outcome('host:settings', settings)).toBe('NOT_ALLOWED');
    await all.waiting.hears('lobby:hosts', (news) => news.hosts.length === 1);
    await knock(all.server, all.roomId);
    await all.guest.settled();
    expect(all.guest.all('lobby:knocked')).toHaveLength(1);
  });

  it("a demoted host's requests that are under way are refused", async () => {
    const all = await scene();
    await promote(all, all.guest);
    const { roomId, meetingId, host, guest, waiting } = all;
    const certificate = await guest.device.certify({ roomId, meetingId, subject: guest.device.key });
    const requests = Promise.all([
      host.outcome('host:demote', { peerId: guest.peerId }),
      ...Array.from({ length: 20 }, () => guest.outcome('host:promote', { certificate })),
    ]);
    expect((await requests)[0]).toBe('ok');
    const late = { peerId: waiting.peerId, ticket: await ticketFor(all, waiting), certificate };
    expect(await guest.outcome('host:admit', late)).toBe('NOT_ALLOWED');
  });

  it.each([
    ['steps down', 'host:demote'],
    ['is sent out', 'host:remove'],
  ] as const)(
    'a host who %s has let nobody in who is not in yet: the group would not add them, and they knock again',
    async (_, how) => {
      const all = await withSecond();
      const { roomId, meetingId, host, second, waiting } = all;
      const ticket = await second.device.ticket({ roomId, meetingId, subject: waiting.device.key });
      await second.ask('host:admit', { peerId: waiting.peerId, ticket });
      await waiting.hears('lobby:admitted');
      const { peerId } = second;
      await (how === 'host:demote' ? host.ask(how, { peerId }) : host.ask(how, { peerId, how: 'out' }));
      expect(await waiting.hears('meeting:ended')).toEqual({ reason: 'sent-back' });
      expect((await waiting.join(roomId)).entry).toBe('lobby');
      await host.ask('host:admit', { peerId: waiting.peerId, ticket: await ticketFor(all, waiting) });
      await waiting.hears('lobby:admitted');
    },
  );

  it('a demoted host whose certificate is for the room stays demoted in this meeting, and comes in as a guest', async () => {
    const { server, roomId, host, second } = await withSecond();
    const certificate = await host.device.certify({ roomId, subject: second.device.key });
    await host.ask('host:demote', { peerId: second.peerId });
    const page = await newPage({ server }, second);
    const reply = await page.join(roomId, { certificate });
    expect(reply.entry).toBe('lobby');
  });

  it('take no certificate that is not for this meeting or room, by a host of it, for somebody who is there', async () => {
    const all = await withSecond();
    const { roomId, meetingId, host, guest, second } = all;
    const stranger = await TestDevice.make();
    const subject = guest.device.key;
    const wrong = {
      'for another meeting': await host.device.certify({ roomId, meetingId: newId(MeetingId), subject }),
      'for another room': await host.device.certify({ roomId: newId(RoomId), meetingId, subject }),
      'for the room, by a host who is not the root': await second.device.certify({ roomId, subject }),
      'by a guest': await guest.device.certify({ roomId, meetingId, subject }),
      'by a stranger': await stranger.certify({ roomId, meetingId, subject }),
      unsigned: someCertificate(),
    };
    for (const [what, certificate] of Object.entries(wrong)) {
      expect(await host.outcome('host:promote', { certificate }), what).toBe('BAD_REQUEST');
    }
    const absent = await host.device.certify({ roomId, meetingId, subject: stranger.key });
    expect(await host.outcome('host:promote', { certificate: absent })).toBe('NOT_FOUND');
    expect(await guest.outcome('host:end', {})).toBe('NOT_ALLOWED');
    const bySecond = await second.device.certify({ roomId, meetingId, subject });
    expect(await second.outcome('host:promote', { certificate: bySecond })).toBe('ok');
  });

  it('do not take the role from the root host, nor from the last host', async () => {
    const { host, guest, second } = await withSecond();
    expect(await second.outcome('host:demote', { peerId: host.peerId })).toBe('NOT_ALLOWED');
    expect(await host.outcome('host:demote', { peerId: guest.peerId })).toBe('NOT_FOUND');
    await host.ask('host:demote', { peerId: second.peerId });
    expect(await host.outcome('host:demote', { peerId: host.peerId })).toBe('NOT_ALLOWED');
    expect(await host.outcome('host:settings', { lobby: true, locked: true, verifiedOnly: false })).toBe(
      'ok',
    );
  });

  it('let the root host step down while another one is there, and be host again when it comes back', async () => {
    const { server, roomId, host, second, waiting } = await withSecond();
    await host.ask('host:demote', { peerId: host.peerId });
    expect(await host.outcome('host:refuse', { peerId: waiting.peerId, block: false })).toBe('NOT_ALLOWED');
    expect(await second.outcome('host:remove', { peerId: host.peerId, how: 'out' })).toBe('NOT_ALLOWED');
    const page = await newPage({ server }, host);
    expect((await page.join(roomId)).entry).toBe('wait');
  });
});

describe('host:settings', () => {
  it('without a lobby lets in those who wait, and whoever comes then', async () => {
    const { server, roomId, host, waiting } = await scene();
    await host.ask('host:settings', { lobby: false, locked: false, verifiedOnly: false });
    await waiting.hears('lobby:admitted');
    await join(server, roomId);
  });

  it('locked leads everybody to the lobby who was not in; who was, comes back with what it came in by', async () => {
    const server = await startServer();
    const { founder, members, roomId } = await makeMeeting(server, 2);
    await founder.ask('host:settings', { lobby: false, locked: true, verifiedOnly: false });
    await knock(server, roomId);
    const page = await newPage({ server }, at(members, 1));
    expect((await page.join(roomId)).entry).toBe('wait');
  });

  it('that shut the door while somebody comes in send it back to knock: the group would not add it', async () => {
    const server = await startServer();
    const { founder, roomId } = await makeMeeting(server, 1);
    const joiner = await join(server, roomId);
    await founder.ask('host:settings', { lobby: false, locked: true, verifiedOnly: false });
    expect(await joiner.hears('meeting:ended')).toEqual({ reason: 'sent-back' });
    expect((await joiner.join(roomId)).entry).toBe('lobby');
    await founder.hears('lobby:knocked');
  });

  it('locked shows hosts the knock of somebody who was in, by a ticket, and had left before', async () => {
    const all = await scene();
    await all.guest.ask('meeting:leave', {});
    await all.host.ask('host:settings', { lobby: true, locked: true, verifiedOnly: false });
    const page = await newPage(all, all.guest);
    expect((await page.join(all.roomId)).entry).toBe('lobby');
    await all.host.hears('lobby:knocked', ({ arrival }) => arrival.peerId === page.peerId);
    await addMember(all, await letIn(all, page));
  });

  it('locked does so for somebody whom the link had let in, too', async () => {
    const server = await startServer();
    const { founder, members, roomId } = await makeMeeting(server, 3);
    await at(members, 1).ask('meeting:leave', {});
    await founder.ask('host:settings', { lobby: false, locked: true, verifiedOnly: false });
    await at(members, 2).ask('meeting:leave', {});
    const late = await newPage({ server }, at(members, 1));
    expect((await late.join(roomId)).entry).toBe('lobby');
    await founder.hears('lobby:knocked', ({ arrival }) => arrival.peerId === late.peerId);
    const back = await newPage({ server }, at(members, 2));
    expect((await back.join(roomId)).entry).toBe('wait');
  });

  it('locked makes earlier tickets void, except of those who are in', async () => {
    const all = await scene();
    const joiner = await letIn(all, await knock(all.server, all.roomId));
    await all.host.ask('host:settings', { lobby: true, locked: true, verifiedOnly: false });
    expect(await joiner.hears('meeting:ended')).toEqual({ reason: 'sent-back' });
    const page = await newPage(all, all.guest);
    expect((await page.join(all.roomId)).entry).toBe('wait');
    await letIn(all, await knock(all.server, all.roomId));
  });

  it('keep the lobby for the next meeting of the room, and not the lock', async () => {
    const clock = new FakeClock();
    const server = await startServer({ clock });
    const { founder, roomId } = await makeMeeting(server, 1);
    await founder.ask('host:settings', { lobby: false, locked: true, verifiedOnly: false });
    await founder.ask('host:end', {});
    await founder.found(roomId);
    await join(server, roomId);
    await founder.ask('host:settings', { lobby: true, locked: true, verifiedOnly: false });
    await founder.ask('host:end', {});
    await founder.found(roomId);
    await knock(server, roomId);
  });
});

describe('host:end', () => {
  it('puts everybody out, the host, those who join and those who wait included, and stops the media', async () => {
    const all = await scene();
    const sfu = await FakeSfu.start(all.server);
    await all.host.hears('media:ready');
    const joiner = await letIn(all, await knock(all.server, all.roomId));
    await all.host.ask('host:end', {});
    for (const client of [all.host, all.guest, joiner, all.waiting]) {
      expect(await client.hears('meeting:ended')).toEqual({ reason: 'ended-by-host' });
      expect(await client.outcome('meeting:leave', {})).toBe('NOT_ALLOWED');
    }
    await eventually(() => [...sfu.meetings.keys()]).toEqual([]);
    // The room is still there: whoever comes again waits for its host.
    expect((await all.waiting.join(all.roomId)).entry).toBe('lobby');
    await all.host.found(all.roomId);
    await all.host.hears('lobby:knocked', ({ arrival }) => arrival.peerId === all.waiting.peerId);
  });
});
