// Limits are per peer: one that asks too much is slowed down, then thrown out; nobody else notices.
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MAX_MESSAGE_BYTES, PROTOCOL_VERSION } from '#protocol';
import { defaultLimits, TokenBucket } from './limits.ts';
import { FakeSfu, rtpCapabilities, rtpParameters } from './testing/FakeSfu.ts';
import {
  at,
  emptyCommit,
  eventually,
  FakeClock,
  join,
  makeMeeting,
  startServer,
  TestClient,
} from './testing/testkit.ts';

describe('a token bucket', () => {
  it('gives its burst at once, then as much as time brings', () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket({ burst: 3, perSecond: 2 }, clock);
    expect([1, 2, 3, 4].map(() => bucket.take())).toEqual([true, true, true, false]);
    clock.advance(500);
    expect([bucket.take(), bucket.take()]).toEqual([true, false]);
    clock.advance(60_000);
    expect([bucket.take(4), bucket.take(3), bucket.take()]).toEqual([false, true, false]);
  });

  it('loses nothing when the clock is set back', () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket({ burst: 2, perSecond: 1 }, clock);
    expect(bucket.take()).toBe(true);
    clock.advance(-10_000);
    expect(bucket.take()).toBe(true);
  });
});

describe('a peer', () => {
  it('that asks too often is RATE_LIMITED, while others in the same meeting are not', async () => {
    const clock = new FakeClock();
    const server = await startServer({ clock });
    const { founder, members } = await makeMeeting(server, 2);
    const flood = Array.from({ length: defaultLimits.messages.burst + 10 }, () => {
      return founder.outcome('group:replay', { since: 1 });
    });
    const outcomes = await Promise.all(flood);
    expect(outcomes).toContain('RATE_LIMITED');
    expect(await at(members, 1).outcome('group:replay', { since: 1 })).toBe('ok');
    clock.advance(1_000);
    expect(await founder.outcome('group:replay', { since: 1 })).toBe('ok');
  });

  it('does not get a fresh allowance by reconnecting', async () => {
    const server = await startServer({ clock: new FakeClock() });
    const first = await TestClient.start(server);
    await Promise.all(Array.from({ length: 250 }, () => first.send('room:look', { roomId: 'x'.repeat(22) })));
    await first.drop();
    const again = await TestClient.start(server, first.started);
    expect(again.started.resumed).toBe(true);
    expect(await again.outcome('room:look', { roomId: 'x'.repeat(22) })).toBe('RATE_LIMITED');
  });

  it('that sends too many bytes is RATE_LIMITED', async () => {
    const server = await startServer({ clock: new FakeClock() });
    const { founder } = await makeMeeting(server, 1);
    const big = (epoch: number) => ({ ...emptyCommit(epoch), commit: randomBytes(128 * 1024) });
    const outcomes: string[] = [];
    for (let epoch = 0; epoch < 20; epoch++) outcomes.push(await founder.outcome('group:commit', big(epoch)));
    expect(outcomes.slice(0, 15)).toEqual(Array.from({ length: 15 }, () => 'ok'));
    expect(outcomes.slice(16)).toEqual(Array.from({ length: 4 }, () => 'RATE_LIMITED'));
  });

  it('that keeps committing cannot drive the group through its epochs, and others go on committing', async () => {
    const clock = new FakeClock();
    const server = await startServer({ clock });
    const { founder, members } = await makeMeeting(server, 2);
    const guest = at(members, 1);
    const { burst, perSecond } = defaultLimits.commits;
    const outcomes: string[] = [];
    for (let i = 0; i < 40; i++) outcomes.push(await guest.outcome('group:commit', emptyCommit(1 + i)));
    expect(outcomes.filter((code) => code === 'ok')).toHaveLength(burst);
    expect(outcomes.slice(burst)).toEqual(Array.from({ length: 40 - burst }, () => 'RATE_LIMITED'));
    expect(founder.all('group:committed').filter(({ from }) => from === guest.peerId)).toHaveLength(burst);
    expect(await founder.outcome('group:commit', emptyCommit(1 + burst))).toBe('ok');
    clock.advance(1_000 / perSecond);
    expect(await guest.outcome('group:commit', emptyCommit(2 + burst))).toBe('ok');
  });

  it('that keeps making new transports is RATE_LIMITED before the sfu hears of it', async () => {
    const server = await startServer({ clock: new FakeClock() });
    const sfu = await FakeSfu.start(server);
    const { founder } = await makeMeeting(server, 1);
    const outcomes: string[] = [];
    for (let i = 0; i < 10; i++) outcomes.push(await founder.outcome('media:open', { rtpCapabilities }));
    expect(outcomes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(4);
    expect(sfu.named('peer:open')).toHaveLength(6);
  });

  it('that keeps making streams is RATE_LIMITED before the sfu and the others hear of it, also one that only waits', async () => {
    const clock = new FakeClock();
    const server = await startServer({ clock });
    const sfu = await FakeSfu.start(server);
    const { founder, roomId } = await makeMeeting(server, 1);
    const stranger = await join(server, roomId);
    for (const client of [founder, stranger]) await client.ask('media:open', { rtpCapabilities });
    const mic = { slot: 'mic' as const, rtpParameters, muted: false };
    const { burst, perSecond } = defaultLimits.streams;
    const outcomes: string[] = [];
    for (let i = 0; i < burst + 8; i++) {
      outcomes.push(await stranger.outcome('media:produce', mic));
      await stranger.outcome('media:close', { slot: 'mic' });
    }
    expect(outcomes).toEqual(outcomes.map((_, i) => (i < burst ? 'ok' : 'RATE_LIMITED')));
    await founder.settled();
    expect(founder.all('media:offered')).toHaveLength(burst);
    expect(sfu.named('producer:create')).toHaveLength(burst);
    expect(await founder.outcome('media:produce', mic)).toBe('ok');
    clock.advance(1_000 / perSecond);
    expect(await stranger.outcome('media:produce', mic)).toBe('ok');
  });

  it('that keeps muting and unmuting is RATE_LIMITED before the sfu and the others hear of it, and they go on', async () => {
    const clock = new FakeClock();
    const server = await startServer({ clock });
    const sfu = await FakeSfu.start(server);
    const { founder, members } = await makeMeeting(server, 2);
    const guest = at(members, 1);
    for (const client of [founder, guest]) await client.ask('media:open', { rtpCapabilities });
    const { burst, perSecond } = defaultLimits.mutes;
    const outcomes: string[] = [];
    for (let i = 0; i < burst + 10; i++)
      outcomes.push(await guest.outcome('media:mute', { slot: 'screen', muted: i % 2 === 0 }));
    expect(outcomes).toEqual(outcomes.map((_, i) => (i < burst ? 'ok' : 'RATE_LIMITED')));
    await founder.settled();
    expect(founder.all('media:muted')).toHaveLength(burst);
    expect(sfu.named('producer:mute')).toHaveLength(burst);
    expect(await founder.outcome('media:mute', { slot: 'mic', muted: true })).toBe('ok');
    clock.advance(1_000 / perSecond);
    expect(await guest.outcome('media:mute', { slot: 'screen', muted: true })).toBe('ok');
  });

  it('that keeps making rooms is RATE_LIMITED', async () => {
    const client = await TestClient.start(await startServer({ clock: new FakeClock() }));
    const outcomes: string[] = [];
    for (let i = 0; i < 12; i++) {
      outcomes.push(
        await client.outcome('room:create', {
          hostKeyHash: randomBytes(16),
          lobby: true,
          suite: 'x25519',
          lifetimeMs: 60_000,
        }),
      );
    }
    expect(outcomes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(2);
  });

  it('that keeps sending what the protocol does not know is thrown out, and the others are told why', async () => {
    const server = await startServer({ clock: new FakeClock() });
    const { founder, members } = await makeMeeting(server, 2);
    const bad = at(members, 1);
    for (let i = 0; i < 60 && bad.socket.connected; i++) {
      bad.socket.emit('group:commit', { epoch: -1 });
    }
    expect(await founder.hears('peer:left')).toEqual({ peerId: bad.peerId, reason: 'misbehaved' });
    await eventually(() => bad.socket.connected).toBe(false);
    expect((await TestClient.start(server, bad.started)).started.resumed).toBe(false);
  });

  it('that sends a packet above the limit is disconnected; its place is kept, the server goes on', async () => {
    const server = await startServer();
    const { founder, members } = await makeMeeting(server, 2);
    const big = at(members, 1);
    big.socket.emit('group:commit', { ...emptyCommit(1), commit: Buffer.alloc(MAX_MESSAGE_BYTES + 1) });
    await founder.hears('peer:away', ({ peerId }) => peerId === big.peerId);
    expect(await founder.outcome('group:commit', emptyCommit(1))).toBe('ok');
  });

  it('that never finishes a packet with attachments is disconnected', async () => {
    const server = await startServer();
    const client = await TestClient.connect(server);
    const engine = client.socket.io.engine;
    engine.write('59-["session:start",{"_placeholder":true,"num":0}]');
    for (let i = 0; i < 8; i++) engine.write(Buffer.alloc(MAX_MESSAGE_BYTES - 100));
    await eventually(() => client.socket.connected).toBe(false);
    const next = await TestClient.connect(server);
    expect(await next.outcome('session:start', { protocol: PROTOCOL_VERSION })).toBe('ok');
  });
});
