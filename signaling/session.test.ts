// Sessions: version check, and taking up one's place again after the connection broke.
import { describe, expect, it } from 'vitest';
import { PROTOCOL_VERSION, RESUME_WINDOW_MS } from '#protocol';
import { FakeSfu } from './testing/FakeSfu.ts';
import {
  addOf,
  at,
  emptyCommit,
  eventually,
  FakeClock,
  join,
  makeMeeting,
  startServer,
  TestClient,
} from './testing/testkit.ts';

describe('a new connection', () => {
  it('of another protocol version is told to reload, whatever else its greeting holds', async () => {
    const client = await TestClient.connect(await startServer());
    for (const greeting of [
      { protocol: PROTOCOL_VERSION + 1 },
      { protocol: PROTOCOL_VERSION - 1, somethingNew: [1, 2, 3] },
    ]) {
      expect(await client.outcome('session:start', greeting)).toBe('UPGRADE_REQUIRED');
    }
    expect(await client.outcome('session:start', { protocol: PROTOCOL_VERSION })).toBe('ok');
  });

  it('may do nothing before session:start, and start only once', async () => {
    const client = await TestClient.connect(await startServer());
    expect(
      await client.outcome('room:create', {
        hostKeyHash: new Uint8Array(16),
        lobby: false,
        suite: 'x25519',
        lifetimeMs: 60_000,
      }),
    ).toBe('NOT_ALLOWED');
    expect(await client.outcome('session:start', { protocol: PROTOCOL_VERSION })).toBe('ok');
    expect(await client.outcome('session:start', { protocol: PROTOCOL_VERSION })).toBe('NOT_ALLOWED');
  });

  it('that says nothing is closed after ten seconds', async () => {
    const clock = new FakeClock();
    const client = await TestClient.connect(await startServer({ clock }));
    await client.settled();
    clock.advance(10_000);
    await eventually(() => client.socket.connected).toBe(false);
  });
});

describe('a peer whose connection broke', () => {
  it('is away for the others, and itself again when it resumes within 30 s', async () => {
    const clock = new FakeClock();
    const server = await startServer({ clock });
    const { founder, members } = await makeMeeting(server, 2);
    const other = at(members, 1);
    await other.drop();
    await founder.hears('peer:away', ({ peerId }) => peerId === other.peerId);
    clock.advance(RESUME_WINDOW_MS - 1);
    const again = await TestClient.start(server, other.started);
    expect(again.started).toMatchObject({ peerId: other.peerId, resumed: true, now: clock.now() });
    await founder.hears('peer:back', ({ peerId }) => peerId === other.peerId);
    expect(founder.all('peer:left')).toEqual([]);
    expect(await again.outcome('group:replay', { since: 1 })).toBe('ok');
  });

  it('is gone after 30 s, and gets a new id', async () => {
    const clock = new FakeClock();
    const server = await startServer({ clock });
    const { founder, members } = await makeMeeting(server, 2);
    const other = at(members, 1);
    await other.drop();
    await founder.hears('peer:away');
    clock.advance(RESUME_WINDOW_MS);
    expect(await founder.hears('peer:left')).toEqual({ peerId: other.peerId, reason: 'timeout' });
    const again = await TestClient.start(server, other.started);
    expect(again.started.resumed).toBe(false);
    expect(again.peerId).not.toBe(other.peerId);
    expect(await again.outcome('group:replay', { since: 1 })).toBe('NOT_ALLOWED');
  });

  it('cannot be resumed with a wrong token', async () => {
    const server = await startServer();
    const { founder } = await makeMeeting(server, 1);
    const stranger = await TestClient.start(server);
    await founder.drop();
    const thief = await TestClient.start(server, {
      peerId: founder.peerId,
      resumeToken: stranger.started.resumeToken,
    });
    expect(thief.started.resumed).toBe(false);
    expect(thief.peerId).not.toBe(founder.peerId);
  });

  it('takes its place over from a socket that the server still believes in, which is closed', async () => {
    const server = await startServer();
    const { founder, members } = await makeMeeting(server, 2);
    const again = await TestClient.start(server, founder.started);
    expect(again.started.resumed).toBe(true);
    await eventually(() => founder.socket.connected).toBe(false);
    await at(members, 1).settled();
    expect(at(members, 1).all('peer:away')).toEqual([]);
    expect(await again.outcome('group:commit', emptyCommit(1))).toBe('ok');
  });

  it('hears in order what was pushed while it was away, the Welcome that adds it among it', async () => {
    const server = await startServer();
    const { founder, roomId } = await makeMeeting(server, 1);
    const joiner = await join(server, roomId);
    await joiner.drop();
    await founder.hears('peer:away');
    const late = await join(server, roomId);
    const add = addOf(0, joiner, late);
    await founder.ask('group:commit', add);
    const next = emptyCommit(1);
    await founder.ask('group:commit', next);
    const again = await TestClient.start(server, joiner.started);
    await again.hears('group:committed');
    expect(again.heard.map(({ name }) => name)).toEqual([
      'peer:arrived',
      'group:welcomed',
      'group:committed',
    ]);
    expect(Buffer.from(at(again.all('group:welcomed'), 0).welcome)).toEqual(add.welcome);
    expect(again.all('group:committed')[0]).toMatchObject({ epoch: 1 });
  });

  it('that was still waiting to be added goes on waiting', async () => {
    const server = await startServer();
    const { founder, roomId } = await makeMeeting(server, 1);
    const joiner = await join(server, roomId);
    await joiner.drop();
    await founder.hears('peer:away');
    const again = await TestClient.start(server, joiner.started);
    expect(await again.outcome('group:replay', { since: 0 })).toBe('NOT_ALLOWED');
    await founder.ask('group:commit', addOf(0, joiner));
    expect((await again.hears('group:welcomed')).epoch).toBe(1);
  });
});

describe('a page that was reloaded', () => {
  it('replaces the peer it was before at once, when it knows its token', async () => {
    const server = await startServer();
    const sfu = await FakeSfu.start(server);
    const { founder, members, roomId } = await makeMeeting(server, 2);
    const before = at(members, 1);
    const page = await TestClient.start(server);
    const reply = await page.wait(roomId, { replaces: before.resume });
    expect(reply.peers.map(({ peerId }) => peerId)).toEqual([founder.peerId]);
    expect(await founder.hears('peer:left')).toEqual({ peerId: before.peerId, reason: 'replaced' });
    expect(sfu.named('peer:close').map(({ peerId }) => peerId)).toEqual([before.peerId]);
    await eventually(() => before.socket.connected).toBe(false);
    expect((await TestClient.start(server, before.started)).started.resumed).toBe(false);
  });

  it('cannot throw out somebody whose token it does not know', async () => {
    const server = await startServer();
    const { founder, members, roomId } = await makeMeeting(server, 2);
    const page = await TestClient.start(server);
    const replaces = { peerId: at(members, 1).peerId, token: page.started.resumeToken };
    const reply = await page.wait(roomId, { replaces });
    expect(reply.peers).toHaveLength(2);
    await founder.settled();
    expect(founder.all('peer:left')).toEqual([]);
  });
});
