// What the audit log has of meetings, and what it never has.
import { describe, expect, it } from 'vitest';
import { fingerprint as asPeopleSeeIt } from '#e2ee/mls/safetyCode.ts';
import { fingerprint, reference } from './audit/events.ts';
import { keyHash } from './keyHash.ts';
import {
  FakeClock,
  knock,
  makeMeeting,
  makeRoom,
  startServer,
  TestClient,
  type TestServer,
  until,
} from './testing/testkit.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

const types = ({ audited }: TestServer) => audited.map(({ type }) => type);
const has = (server: TestServer, type: string) =>
  until(`audit row ${type}`, () => server.audited.find((row) => row.type === type)?.data);

describe('the audit log', () => {
  it('knows a device by the fingerprint that people see', async () => {
    const { key } = (await TestClient.start(await startServer())).device;
    expect(fingerprint(key)).toBe(await asPeopleSeeIt(key));
  });

  it('has a room before its maker knows it', async () => {
    const server = await startServer();
    const roomId = await makeRoom(await TestClient.start(server), { lobby: true });
    expect(server.audited).toMatchObject([
      { type: 'room:created', data: { room: reference(roomId), lobby: true } },
    ]);
  });

  it('has who was let in, refused and removed by which host, by fingerprints', async () => {
    const server = await startServer();
    const host = await TestClient.start(server);
    const roomId = await makeRoom(host, { lobby: true });
    const { meetingId } = await host.found(roomId);
    const inMeeting = { room: reference(roomId), meeting: reference(meetingId) };
    const by = fingerprint(host.device.key);
    const guest = await knock(server, roomId);
    const ticket = await host.device.ticket({ roomId, meetingId, subject: guest.device.key });
    await host.ask('host:admit', { peerId: guest.peerId, ticket });
    const who = fingerprint(guest.device.key);
    expect(await has(server, 'host:admitted')).toEqual({ ...inMeeting, by, who });
    await host.ask('host:remove', { peerId: guest.peerId, how: 'out' });
    expect(await has(server, 'host:removed')).toEqual({ ...inMeeting, by, who, how: 'out' });
    const other = await knock(server, roomId);
    await host.ask('host:refuse', { peerId: other.peerId, block: true });
    const refused = { ...inMeeting, by, who: fingerprint(other.device.key), blocked: true };
    expect(await has(server, 'host:refused')).toEqual(refused);
    await host.ask('host:blocked', { keyHashes: [keyHash(other.device.key)] });
    await host.ask('host:blocked', { keyHashes: [] });
    expect(await has(server, 'host:unblocked')).toEqual({ ...inMeeting, by, who: refused.who });
    await host.ask('host:settings', { lobby: true, locked: true, verifiedOnly: true });
    const rules = { lobby: true, locked: true, verifiedOnly: true };
    expect(await has(server, 'host:set')).toEqual({ ...inMeeting, by, ...rules });
    await host.ask('host:end', {});
    expect(await has(server, 'meeting:ended')).toEqual({ ...inMeeting, why: 'ended-by-host' });
    expect(types(server)).toEqual([
      'room:created',
      'meeting:started',
      'host:admitted',
      'host:removed',
      'host:refused',
      'host:unblocked',
      'host:set',
      'host:ended',
      'meeting:ended',
    ]);
  });

  it('has who was made a host and who no more', async () => {
    const server = await startServer();
    const { members, roomId, meetingId, founder } = await makeMeeting(server, 2);
    const [, guest] = members;
    if (!guest) throw new Error('no guest');
    const subject = guest.device.key;
    const certificate = await founder.device.certify({ roomId, meetingId, subject });
    await founder.ask('host:promote', { certificate });
    await founder.ask('host:demote', { peerId: guest.peerId });
    const deed = { by: fingerprint(founder.device.key), who: fingerprint(subject) };
    expect(await has(server, 'host:promoted')).toMatchObject(deed);
    expect(await has(server, 'host:demoted')).toMatchObject(deed);
  });

  it('has a refused request of a host not at all', async () => {
    const server = await startServer();
    const { members, founder } = await makeMeeting(server, 2);
    const [, guest] = members;
    expect(await guest?.outcome('host:remove', { peerId: founder.peerId, how: 'out' })).toBe('NOT_ALLOWED');
    expect(await founder.outcome('host:remove', { peerId: founder.peerId, how: 'out' })).toBe('NOT_ALLOWED');
    await founder.ask('host:end', {});
    await has(server, 'meeting:ended');
    expect(types(server)).not.toContain('host:removed');
  });

  it('has a room whose time is over once, and why its meeting ended', async () => {
    const clock = new FakeClock();
    const server = await startServer({ clock });
    const { roomId } = await makeMeeting(server, 1);
    clock.advance(DAY_MS);
    expect(await has(server, 'room:expired')).toEqual({ room: reference(roomId) });
    expect(await has(server, 'meeting:ended')).toMatchObject({ why: 'expired' });
    clock.advance(10_000);
    await makeRoom(await TestClient.start(server));
    expect(types(server).filter((type) => type === 'room:expired')).toHaveLength(1);
  });

  it('has no id, key, token or address of anybody', async () => {
    const server = await startServer();
    const { members, roomId, meetingId, founder } = await makeMeeting(server, 3);
    await founder.ask('host:end', {});
    await has(server, 'meeting:ended');
    const all = JSON.stringify(server.audited);
    for (const client of members) {
      const key = Buffer.from(client.device.key);
      const private_ = [
        client.peerId,
        client.started.resumeToken,
        key.toString('base64url'),
        key.toString('hex'),
      ];
      for (const text of private_) expect(all).not.toContain(text);
    }
    for (const text of [roomId, meetingId, '127.0.0.1']) expect(all).not.toContain(text);
  });

  it('that cannot be written keeps nobody from meeting, but no room is acknowledged without its row', async () => {
    const failing = {
      note: () => undefined,
      record: () => Promise.reject(new Error('the disk is full')),
      backlog: () => ({ waiting: 0, lost: 0 }),
    };
    const good = await startServer();
    const { members } = await makeMeeting(good, 1);
    expect(members).toHaveLength(1);
    const bad = await startServer({ audit: failing });
    const client = await TestClient.start(bad);
    const hostKeyHash = client.device.rootHash();
    const wish = { hostKeyHash, lobby: false, suite: 'x25519', lifetimeMs: 60_000 };
    expect(await client.outcome('room:create', wish)).toBe('INTERNAL');
  });
});
