// Who is led in, who to the lobby, and who is a host: by keys that were shown and certificates that lead to the room's root
// key, and by nothing else that a client says.
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MAX_PEERS, MeetingId, PeerId, RoomId } from '#protocol';
import { newId } from '../newId.ts';
import { TestDevice } from '../testing/hostKit.ts';
import {
  addOf,
  at,
  emptyCommit,
  joinAsHost,
  knock,
  makeMeeting,
  makeRoom,
  startServer,
  TestClient,
} from '../testing/testkit.ts';
import { addMember, letIn, makeScene, type Scene, ticketFor } from '../testing/wellFormed.ts';
import { nameOf } from '../visitor.ts';
import { Door } from './Door.ts';

const scene = async (): Promise<Scene> => makeScene(await startServer());

/** The same device on a new page: another peer. */
const newPage = ({ server }: Pick<Scene, 'server'>, of: TestClient) =>
  TestClient.start(server, undefined, of.device);

describe('a claim', () => {
  it('that its key has not signed for this peer and this room is refused, and changes nothing', async () => {
    const { server, roomId, host } = await scene();
    const visitor = await TestClient.start(server);
    const { device, peerId } = visitor;
    const mine = await device.claim(roomId, peerId);
    const wrong = {
      'of another peer': await device.claim(roomId, host.peerId),
      'of another room': await device.claim(newId(RoomId), peerId),
      'with the key of a host': { ...mine, key: host.device.key },
      'of the host itself, overheard': await host.device.claim(roomId, host.peerId),
      'signed as something else': {
        ...mine,
        signature: await device.sign('ticket', Buffer.from(`${roomId}${peerId}`)),
      },
      'of zeros': { key: new Uint8Array(32), signature: new Uint8Array(64) },
      random: { key: randomBytes(32), signature: randomBytes(64) },
    };
    await host.settled();
    const before = host.heard.length;
    for (const [what, claim] of Object.entries(wrong)) {
      const entry = await visitor.entry(roomId, { claim, replaces: host.resume });
      expect(await visitor.outcome('meeting:join', entry), what).toBe('BAD_REQUEST');
    }
    await host.settled();
    expect(host.heard.length).toBe(before);
    expect((await visitor.join(roomId)).entry).toBe('lobby');
  });
});

describe('an empty room', () => {
  it('is opened by its root host, or by a device with its certificate for the room', async () => {
    const server = await startServer();
    const root = await TestClient.start(server);
    const roomId = await makeRoom(root, { lobby: true });
    const second = await TestClient.start(server);
    const certificate = await root.device.certify({ roomId, subject: second.device.key });
    expect((await second.join(roomId, { certificate })).entry).toBe('found');
    await second.ask('meeting:leave', {});
    expect((await root.join(roomId)).entry).toBe('found');
  });

  it('is not opened by anybody else, link or no link, whatever they show', async () => {
    const server = await startServer();
    const root = await TestClient.start(server);
    const other = await TestClient.start(server);
    const roomId = await makeRoom(root);
    const subject = other.device.key;
    const second = await TestDevice.make();
    const shown = {
      nothing: undefined,
      "somebody else's certificate": await root.device.certify({ roomId, subject: second.key }),
      'a certificate of its own': await other.device.certify({ roomId, subject }),
      'a certificate by a host who is not the root': await second.certify({ roomId, subject }),
      'a certificate for one meeting': await root.device.certify({
        roomId,
        meetingId: newId(MeetingId),
        subject,
      }),
      'a certificate for another room': await root.device.certify({ roomId: newId(RoomId), subject }),
      'a certificate with one bit changed': (await root.device.certify({ roomId, subject })).map((b, i) =>
        i === 160 ? b ^ 1 : b,
      ),
    };
    for (const [what, certificate] of Object.entries(shown)) {
      const visitor = await TestClient.start(server, undefined, other.device);
      const reply = await visitor.join(roomId, certificate ? { certificate } : {});
      expect(reply, what).toEqual({ entry: 'lobby', hosts: [] });
      expect(await visitor.outcome('group:commit', emptyCommit(0)), what).toBe('NOT_ALLOWED');
      await visitor.ask('meeting:leave', {});
    }
  });

  it('keeps those waiting who come first; the host hears of them right behind its answer', async () => {
    const server = await startServer();
    const host = await TestClient.start(server);
    const roomId = await makeRoom(host, { lobby: true });
    const early = [await knock(server, roomId), await knock(server, roomId)];
    await host.found(roomId);
    await host.settled();
    expect(host.all('lobby:knocked').map(({ arrival }) => arrival.peerId)).toEqual(
      early.map((c) => c.peerId),
    );
    const { hosts } = await at(early, 0).hears('lobby:hosts');
    expect(hosts.map(({ peerId }) => peerId)).toEqual([host.peerId]);
  });

  it('without a lobby lets those who have waited come in as soon as a host has opened it', async () => {
    const server = await startServer();
    const host = await TestClient.start(server);
    const roomId = await makeRoom(host);
    const early = [await knock(server, roomId), await knock(server, roomId)];
    const { meetingId } = await host.found(roomId);
    for (const visitor of early) expect((await visitor.hears('lobby:admitted')).meetingId).toBe(meetingId);
    await host.settled();
    expect(host.all('peer:arrived').map(({ peerId }) => peerId)).toEqual(early.map((c) => c.peerId));
    expect(host.all('lobby:knocked')).toEqual([]);
    await host.ask('group:commit', addOf(0, ...early));
    await at(early, 1).hears('group:welcomed');
  });
});

describe('a room with a lobby', () => {
  it('leads everybody there but hosts', async () => {
    const { server, roomId, host } = await scene();
    await knock(server, roomId);
    const second = await joinAsHost(server, roomId, host);
    expect(second.all('lobby:admitted')).toEqual([]);
    const page = await newPage({ server }, host);
    expect((await page.join(roomId)).entry).toBe('wait');
  });

  it("shows a host's certificate to everybody, and to itself, as its right", async () => {
    const { server, roomId, host } = await scene();
    const second = await TestClient.start(server);
    const certificate = await host.device.certify({ roomId, subject: second.device.key });
    const reply = await second.wait(roomId, { certificate });
    expect(Buffer.from(reply.right ?? '')).toEqual(Buffer.from(certificate));
    const arrival = await host.hears('peer:arrived', ({ peerId }) => peerId === second.peerId);
    expect(Buffer.from(arrival.right ?? '')).toEqual(Buffer.from(certificate));
  });

  it('lets a device that was admitted come back on a new page, under its ticket', async () => {
    const all = await scene();
    const visitor = await knock(all.server, all.roomId);
    const ticket = await ticketFor(all, visitor);
    await all.host.ask('host:admit', { peerId: visitor.peerId, ticket });
    await addMember(all, visitor);
    const page = await newPage(all, visitor);
    const reply = await page.wait(all.roomId, { replaces: visitor.resume });
    expect(Buffer.from(reply.right ?? '')).toEqual(Buffer.from(ticket));
    const arrival = await all.host.hears('peer:arrived', ({ peerId }) => peerId === page.peerId);
    expect(Buffer.from(arrival.right ?? '')).toEqual(Buffer.from(ticket));
  });

  it('keeps the ticket with the arrival of somebody who asks to be added anew', async () => {
    const { host, guest } = await scene();
    const { keyPackage, linkProof } = await guest.entry(newId(RoomId));
    await guest.ask('group:rejoin', { keyPackage, linkProof });
    const again = await host.hears('peer:arrived', ({ keyPackage: fresh }) =>
      Buffer.from(fresh).equals(keyPackage),
    );
    expect(again.right).toBeDefined();
  });

  it('tells more joiners with tickets than fit into one packet to whoever is let in', async () => {
    const all = await scene();
    const joiners: TestClient[] = [];
    for (let i = 0; i < 6; i++) joiners.push(await letIn(all, await knock(all.server, all.roomId)));
    const last = at(joiners, 5);
    await last.settled();
    const told = at(last.all('lobby:admitted'), 0).peers.flatMap(({ arrival }) => arrival ?? []);
    const ids = [...told, ...last.all('peer:arrived')].map(({ peerId }) => peerId);
    expect(ids).toEqual(joiners.slice(0, 5).map(({ peerId }) => peerId));
  });

  it('forgets everybody with the meeting: in the next one they knock again', async () => {
    const { server, roomId, host, guest } = await scene();
    await host.ask('host:end', {});
    await host.found(roomId);
    const page = await newPage({ server }, guest);
    expect((await page.join(roomId)).entry).toBe('lobby');
  });
});

describe('a meeting', () => {
  it('goes on when its last host is gone: nobody comes in through the lobby, and hosts do at once', async () => {
    const { server, roomId, host, guest, waiting } = await scene();
    await host.ask('meeting:leave', {});
    expect(await waiting.hears('lobby:hosts', ({ hosts }) => hosts.length === 0)).toBeDefined();
    expect(await guest.outcome('host:admit', { peerId: waiting.peerId, ticket: randomBytes(190) })).toBe(
      'NOT_ALLOWED',
    );
    expect(await guest.outcome('group:commit', emptyCommit(1))).toBe('ok');
    await knock(server, roomId);
    expect((await host.join(roomId)).entry).toBe('wait');
    expect(guest.all('meeting:ended')).toEqual([]);
  });

  it('that a host has promoted somebody in lets that device in directly, also without any host there', async () => {
    const { server, roomId, meetingId, host, guest } = await scene();
    const certificate = await host.device.certify({ roomId, meetingId, subject: guest.device.key });
    await host.ask('host:promote', { certificate });
    await host.ask('meeting:leave', {});
    const page = await newPage({ server }, guest);
    expect((await page.join(roomId)).entry).toBe('wait');
  });

  it('does not take a certificate for one meeting for one for the room', async () => {
    const { server, roomId, meetingId, host } = await scene();
    const visitor = await TestClient.start(server);
    const certificate = await host.device.certify({ roomId, meetingId, subject: visitor.device.key });
    expect((await visitor.join(roomId, { certificate })).entry).toBe('lobby');
  });

  it('forgets its promoted hosts when it is over', async () => {
    const { server, roomId, meetingId, host, guest } = await scene();
    const certificate = await host.device.certify({ roomId, meetingId, subject: guest.device.key });
    await host.ask('host:promote', { certificate });
    await host.ask('host:end', {});
    expect(await guest.join(roomId)).toEqual({ entry: 'lobby', hosts: [] });
    await host.found(roomId);
    const page = await newPage({ server }, guest);
    expect((await page.join(roomId, { certificate })).entry).toBe('lobby');
  });

  it('takes no more than it may hold, through the door neither; whoever waits goes on waiting', async () => {
    const server = await startServer();
    const { founder, members, roomId, meetingId } = await makeMeeting(server, 2);
    const visitor = at(members, 1);
    await founder.ask('host:remove', { peerId: visitor.peerId, how: 'lobby' });
    const fill = Array.from({ length: MAX_PEERS - 1 }, async () =>
      (await TestClient.start(server)).wait(roomId),
    );
    await Promise.all(fill);
    expect((await visitor.join(roomId)).entry).toBe('lobby');
    const ticket = await ticketFor({ host: founder, roomId, meetingId }, visitor);
    const { peerId } = visitor;
    expect(await founder.outcome('host:admit', { peerId, ticket })).toBe('ROOM_FULL');
    expect(await founder.outcome('host:refuse', { peerId, block: false })).toBe('ok');
  });
});

describe('what a client says of itself', () => {
  it('makes nobody a host: neither more fields, nor a key twice in the text, nor a polluted prototype', async () => {
    const { guest, waiting } = await scene();
    const said = [
      '{"lobby":false,"locked":false,"role":"host"}',
      '{"lobby":false,"locked":false,"hostsOnly":false}',
      '{"lobby":false,"locked":false,"__proto__":{"role":"host"}}',
      '{"lobby":false,"locked":false,"constructor":{"prototype":{"role":"host"}}}',
    ];
    for (const text of said)
      expect(await guest.outcome('host:settings', JSON.parse(text)), text).toBe('BAD_REQUEST');
    guest.socket.io.engine.write(
      '2["host:settings",{"lobby":true,"lobby":false,"locked":true,"locked":false}]',
    );
    expect(await guest.outcome('host:end', {})).toBe('NOT_ALLOWED');
    await waiting.settled();
    expect(waiting.all('lobby:admitted')).toEqual([]);
  });

  it('does not open the door with a resume token or a peer id of a host', async () => {
    const { server, roomId, host } = await scene();
    const { resumeToken } = (await TestClient.start(server)).started;
    const thief = await TestClient.start(server, { ...host.started, resumeToken });
    expect(thief.started.resumed).toBe(false);
    expect((await thief.join(roomId)).entry).toBe('lobby');
  });
});

describe('when a group is lost', () => {
  it('and no host waits, everybody goes out and knocks again', async () => {
    const server = await startServer();
    const { founder, roomId } = await makeMeeting(server, 1);
    const joiners = [await TestClient.start(server), await TestClient.start(server)];
    for (const joiner of joiners) await joiner.wait(roomId);
    await founder.ask('meeting:leave', {});
    for (const joiner of joiners) {
      expect(await joiner.hears('meeting:ended')).toEqual({ reason: 'group-lost' });
      expect(joiner.all('group:found')).toEqual([]);
      expect(await joiner.join(roomId)).toEqual({ entry: 'lobby', hosts: [] });
    }
  });

  it('a host who is away founds nothing', async () => {
    const server = await startServer();
    const { founder, roomId } = await makeMeeting(server, 1);
    const second = await joinAsHost(server, roomId, founder);
    const joiner = await TestClient.start(server);
    await joiner.wait(roomId);
    await second.drop();
    await joiner.hears('peer:away');
    await founder.ask('meeting:leave', {});
    expect(await joiner.hears('meeting:ended')).toEqual({ reason: 'group-lost' });
  });

  it('somebody promoted in it founds nothing: the certificate was for that meeting', async () => {
    const all = await scene();
    const { server, roomId, meetingId, host, guest } = all;
    const certificate = await host.device.certify({ roomId, meetingId, subject: guest.device.key });
    await host.ask('host:promote', { certificate });
    const page = await newPage({ server }, guest);
    await page.wait(roomId, { replaces: guest.resume });
    await host.ask('meeting:leave', {});
    expect(await page.hears('meeting:ended')).toEqual({ reason: 'group-lost' });
  });

  it('those who were admitted to it knock again, as their tickets were for it, while the next host founds anew', async () => {
    const all = await scene();
    const { server, roomId, host, guest, waiting } = all;
    const joiner = await letIn(all, await knock(server, roomId));
    const second = await joinAsHost(server, roomId, host);
    await guest.ask('meeting:leave', {});
    await host.ask('meeting:leave', {});
    await second.hears('group:found');
    expect(await joiner.hears('meeting:ended')).toEqual({ reason: 'group-lost' });
    // Whoever waits all the time goes on waiting, and the new host hears of it.
    await second.hears('lobby:knocked', ({ arrival }) => arrival.peerId === waiting.peerId);
    expect(waiting.all('meeting:ended')).toEqual([]);
  });

  it('whom a host has blocked stays blocked in the one that follows', async () => {
    const { server, roomId, host, guest } = await scene();
    await host.ask('host:remove', { peerId: guest.peerId, how: 'block' });
    await host.ask(
      'group:rejoin',
      await host.entry(roomId).then(({ keyPackage, linkProof }) => ({ keyPackage, linkProof })),
    );
    await host.hears('group:found');
    const page = await newPage({ server }, guest);
    expect(await page.outcome('meeting:join', await page.entry(roomId))).toBe('BLOCKED');
  });
});

it('what goes on after a lost group knows whom a host had blocked, and whoever is lifted there has to knock, whatever the lobby', () => {
  const key = randomBytes(32);
  const arrival = { peerId: newId(PeerId), keyPackage: randomBytes(9), linkProof: randomBytes(32) };
  const visitor = {
    key,
    name: nameOf(key),
    root: false,
    certificate: undefined,
    arrival,
    suite: 'x25519',
  } as const;
  const before = new Door({ lobby: false });
  expect(before.wayOf(visitor)).toBe('in');
  before.sendOut(visitor.name, { block: true });
  const after = new Door({ lobby: false }, before);
  expect(after.wayOf(visitor)).toBe('away');
  expect(after.setBlocked([])).toEqual([visitor.name]);
  expect(after.wayOf(visitor)).toBe('lobby');
});
