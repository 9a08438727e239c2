// Those who wait: what they learn, what hosts learn of them, and what a crowd of them costs.
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MAX_HOSTS_SHOWN, MAX_WAITING, PROTOCOL_VERSION, RESUME_WINDOW_MS } from '#protocol';
import { defaultLimits } from '../limits.ts';
import { FakeSfu, rtpCapabilities, rtpParameters } from '../testing/FakeSfu.ts';
import {
  at,
  emptyCommit,
  FakeClock,
  joinAsHost,
  knock,
  makeRoom,
  startServer,
  TestClient,
  type TestServer,
  until,
} from '../testing/testkit.ts';
import { addMember, letIn, makeScene } from '../testing/wellFormed.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const idsOf = (knocks: readonly { arrival: { peerId: string } }[]) =>
  knocks.map(({ arrival }) => arrival.peerId);

describe('somebody who waits', () => {
  it('is shown to every host, and to nobody else', async () => {
    const clock = new FakeClock();
    const all = await makeScene(await startServer({ clock }));
    const { server, roomId, host, guest } = all;
    const second = await addMember(all, await joinAsHost(server, roomId, host));
    const joining = await joinAsHost(server, roomId, host);
    const visitor = await TestClient.start(server);
    const entry = await visitor.entry(roomId);
    expect((await visitor.ask('meeting:join', entry)).entry).toBe('lobby');
    for (const one of [host, second]) {
      const { arrival, since } = await one.hears(
        'lobby:knocked',
        ({ arrival: { peerId } }) => peerId === visitor.peerId,
      );
      expect(since).toBe(clock.now());
      expect(Buffer.from(arrival.keyPackage)).toEqual(entry.keyPackage);
      expect(Buffer.from(arrival.linkProof)).toEqual(entry.linkProof);
    }
    for (const other of [guest, joining, all.waiting]) {
      await other.settled();
      expect(other.all('lobby:knocked')).toEqual([]);
    }
  });

  it('is shown to somebody who becomes a host later: by a commit, by promotion, or back from away', async () => {
    const all = await makeScene(await startServer());
    const { server, roomId, meetingId, host, guest, waiting } = all;
    const second = await addMember(all, await joinAsHost(server, roomId, host));
    expect(idsOf([await second.hears('lobby:knocked')])).toEqual([waiting.peerId]);
    await host.ask('host:promote', {
      certificate: await host.device.certify({ roomId, meetingId, subject: guest.device.key }),
    });
    expect(idsOf([await guest.hears('lobby:knocked')])).toEqual([waiting.peerId]);
    await host.drop();
    await guest.hears('peer:away');
    const late = await knock(server, roomId);
    const again = await TestClient.start(server, host.started);
    await again.hears('lobby:knocked', ({ arrival }) => arrival.peerId === late.peerId);
  });

  it('learns nothing of the meeting but its hosts, whatever goes on there', async () => {
    const all = await makeScene(await startServer());
    const { server, roomId, host, guest, waiting } = all;
    await FakeSfu.start(server);
    await host.hears('media:ready');
    await host.ask('media:open', { rtpCapabilities });
    await host.ask('media:produce', { slot: 'mic', rtpParameters, muted: false });
    await host.ask('media:mute', { slot: 'mic', muted: true });
    await addMember(all, await letIn(all, await knock(server, roomId)));
    await host.ask('host:say', { word: randomBytes(138) });
    await guest.ask('group:applied', { epoch: all.epoch, tag: randomBytes(16) });
    await guest.drop();
    await host.hears('peer:away');
    await host.ask('group:commit', emptyCommit(all.epoch));
    await host.ask('meeting:leave', {});
    await waiting.settled();
    expect([...new Set(waiting.heard.map(({ name }) => name))]).toEqual(['lobby:hosts']);
  });

  it('is answered with the hosts that are there, and no id, roster or count of the meeting', async () => {
    const { server, roomId, meetingId, host, guest } = await makeScene(await startServer());
    const visitor = await TestClient.start(server);
    const reply = await visitor.join(roomId);
    expect(Object.keys(reply).toSorted()).toEqual(['entry', 'hosts']);
    expect(reply).toMatchObject({ entry: 'lobby', hosts: [{ peerId: host.peerId }] });
    expect(JSON.stringify(reply)).not.toContain(meetingId);
    expect(JSON.stringify(reply)).not.toContain(guest.peerId);
  });

  it('hears when hosts come and go, and of three at most', async () => {
    const all = await makeScene(await startServer());
    const { server, roomId, host, waiting } = all;
    const certified: TestClient[] = [];
    for (let i = 0; i < MAX_HOSTS_SHOWN; i++) {
      certified.push(await addMember(all, await joinAsHost(server, roomId, host)));
    }
    const shown = [host, ...certified].slice(0, MAX_HOSTS_SHOWN).map(({ peerId }) => peerId);
    const last = await waiting.hears('lobby:hosts', ({ hosts }) => hosts.length === MAX_HOSTS_SHOWN);
    expect(last.hosts.map(({ peerId }) => peerId)).toEqual(shown);
    expect(last.hosts.map(({ right }) => right !== undefined)).toEqual([false, true, true]);
    await host.ask('meeting:leave', {});
    await waiting.hears('lobby:hosts', ({ hosts }) => hosts.at(-1)?.peerId === at(certified, 2).peerId);
  });

  it('is shown why somebody is a host who was made one by the root host, also when that one has left', async () => {
    const all = await makeScene(await startServer());
    const { server, roomId, meetingId, host, guest, waiting } = all;
    const certificate = await host.device.certify({ roomId, meetingId, subject: guest.device.key });
    await host.ask('host:promote', { certificate });
    await host.ask('meeting:leave', {});
    const { hosts } = await waiting.hears('lobby:hosts', (news) => news.hosts[0]?.peerId === guest.peerId);
    expect(hosts.map(({ right }) => Buffer.from(right ?? ''))).toEqual([Buffer.from(certificate)]);
    const later = await TestClient.start(server);
    const knocked = await later.join(roomId);
    expect(knocked.entry === 'lobby' && knocked.hosts).toEqual(hosts);
  });

  it('is not shown a certificate that another than the root host signed, nor one of somebody who was demoted', async () => {
    const all = await makeScene(await startServer());
    const { server, roomId, meetingId, host, guest } = all;
    const certificate = await host.device.certify({ roomId, meetingId, subject: guest.device.key });
    await host.ask('host:promote', { certificate });
    await host.ask('host:demote', { peerId: guest.peerId });
    const second = await addMember(all, await joinAsHost(server, roomId, host));
    const bySecond = await second.device.certify({ roomId, meetingId, subject: guest.device.key });
    await second.ask('host:promote', { certificate: bySecond });
    const later = await TestClient.start(server);
    const knocked = await later.join(roomId);
    const hosts = knocked.entry === 'lobby' ? knocked.hosts : [];
    const shown = hosts.find(({ peerId }) => peerId === guest.peerId);
    expect(shown).toBeDefined();
    for (const none of [certificate, bySecond])
      expect(Buffer.from(none)).not.toEqual(shown?.right && Buffer.from(shown.right));
  });

  it('may leave, and hosts hear of it', async () => {
    const { server, roomId, host, waiting } = await makeScene(await startServer());
    await waiting.ask('meeting:leave', {});
    expect(await host.hears('lobby:left')).toEqual({ peerId: waiting.peerId });
    expect(await host.outcome('host:refuse', { peerId: waiting.peerId, block: false })).toBe('NOT_FOUND');
    expect((await waiting.join(roomId)).entry).toBe('lobby');
    await knock(server, roomId);
  });

  it('keeps its place for 30 s when its connection breaks, and can be let in meanwhile', async () => {
    const clock = new FakeClock();
    const all = await makeScene(await startServer({ clock }));
    const { server, roomId, host, waiting } = all;
    const other = await knock(server, roomId);
    await waiting.drop();
    await other.drop();
    clock.advance(RESUME_WINDOW_MS - 1);
    const again = await TestClient.start(server, waiting.started, waiting.device);
    expect(again.started.resumed).toBe(true);
    await letIn(all, again);
    expect(host.all('lobby:left').map(({ peerId }) => peerId)).toEqual([waiting.peerId]);
    await until('the place is given up', () => {
      clock.advance(RESUME_WINDOW_MS);
      return host.all('lobby:left').some(({ peerId }) => peerId === other.peerId);
    });
  });

  it('waits on when everybody has left the meeting, and is out when the room ends', async () => {
    const clock = new FakeClock();
    const { host, guest, waiting } = await makeScene(await startServer({ clock }));
    for (const member of [guest, host]) await member.ask('meeting:leave', {});
    expect((await waiting.hears('lobby:hosts')).hosts).toEqual([]);
    expect(waiting.all('meeting:ended')).toEqual([]);
    clock.advance(DAY_MS);
    expect(await waiting.hears('meeting:ended')).toEqual({ reason: 'expired' });
    expect(await waiting.outcome('meeting:leave', {})).toBe('NOT_ALLOWED');
  });

  it("can say that it is a host's own device, also before there is a host", async () => {
    const server = await startServer();
    const host = await TestClient.start(server);
    const roomId = await makeRoom(host, { lobby: true });
    const early = await knock(server, roomId);
    const mac = randomBytes(32);
    await early.ask('lobby:delegate', { mac });
    await host.found(roomId);
    const told = await host.hears('lobby:delegated');
    expect([told.peerId, Buffer.from(told.mac)]).toEqual([early.peerId, mac]);
    await host.settled();
    const order = host.heard.map(({ name }) => name);
    expect(order).toEqual(['lobby:knocked', 'lobby:delegated']);
  });

  it('can say so in the meeting, too: only hosts hear it, and its certificate makes it a host there', async () => {
    const { server, roomId, host, guest, waiting } = await makeScene(await startServer());
    const mac = randomBytes(32);
    await guest.ask('lobby:delegate', { mac });
    const told = await host.hears('lobby:delegated');
    expect([told.peerId, Buffer.from(told.mac)]).toEqual([guest.peerId, mac]);
    for (const other of [guest, waiting]) {
      await other.settled();
      expect(other.all('lobby:delegated')).toEqual([]);
    }
    const certificate = await host.device.certify({ roomId, subject: guest.device.key });
    await host.ask('host:promote', { certificate });
    expect(await guest.outcome('host:settings', { lobby: true, locked: false, verifiedOnly: false })).toBe(
      'ok',
    );
    await knock(server, roomId);
    await guest.hears('lobby:knocked');
  });
});

describe('a crowd at the door', () => {
  it('of 500 costs hosts 200 knocks; the others are told LOBBY_FULL, and the meeting goes on', {
    timeout: 60_000,
  }, async () => {
    const clock = new FakeClock();
    const { server, roomId, host, guest } = await makeScene(await startServer({ clock }));
    const outcomes: string[] = [];
    for (let i = 0; i < 500; i += 50) {
      const some = Array.from({ length: 50 }, async () => {
        const visitor = await TestClient.start(server);
        return visitor.outcome('meeting:join', await visitor.entry(roomId));
      });
      outcomes.push(...(await Promise.all(some)));
    }
    await host.settled();
    expect(host.all('lobby:knocked').length).toBeLessThanOrEqual(MAX_WAITING);
    expect(outcomes.filter((code) => code === 'ok').length).toBeGreaterThan(MAX_WAITING - 5);
    expect(new Set(outcomes)).toEqual(new Set(['ok', 'LOBBY_FULL']));
    expect(await guest.outcome('group:commit', emptyCommit(1))).toBe('ok');
  });

  it('is kept at its bound however slowly it comes, and there is room again when somebody leaves', async () => {
    const clock = new FakeClock();
    const { server, roomId, host } = await makeScene(await startServer({ clock }));
    const crowd: TestClient[] = [];
    while (crowd.length < MAX_WAITING - 1) {
      crowd.push(await knock(server, roomId));
      clock.advance(1_000);
    }
    const late = await TestClient.start(server);
    expect(await late.outcome('meeting:join', await late.entry(roomId))).toBe('LOBBY_FULL');
    await at(crowd, 0).ask('meeting:leave', {});
    expect((await late.join(roomId)).entry).toBe('lobby');
    await host.settled();
    expect(host.all('lobby:knocked')).toHaveLength(MAX_WAITING + 1);
  });

  it('that goes and comes back all the time tells hosts no more than the bound', async () => {
    const clock = new FakeClock();
    const { server, roomId, host } = await makeScene(await startServer({ clock }));
    let knocks = 0;
    for (let page = 0; page < 30; page++) {
      const visitor = await TestClient.start(server);
      const entry = await visitor.entry(roomId);
      for (let i = 0; i < defaultLimits.knocks.burst; i++) {
        if ((await visitor.outcome('meeting:join', entry)) === 'ok') knocks += 1;
        await visitor.outcome('meeting:leave', {});
      }
    }
    await host.settled();
    expect(knocks).toBeLessThanOrEqual(MAX_WAITING);
    expect(host.all('lobby:knocked').length).toBeLessThanOrEqual(MAX_WAITING);
    clock.advance(1_000);
    await knock(server, roomId);
  });

  /** This machine has many addresses of its own. */
  async function from(server: TestServer, localAddress: string): Promise<TestClient> {
    const client = await TestClient.connect(server, {}, undefined, { localAddress });
    client.session = await client.ask('session:start', { protocol: PROTOCOL_VERSION });
    return client;
  }

  it('from one network keeps nobody from another out: its newest knock gives way, and no other', async () => {
    const clock = new FakeClock();
    const { server, roomId, host, waiting } = await makeScene(await startServer({ clock }));
    const crowd: TestClient[] = [];
    while (crowd.length < MAX_WAITING - 1) {
      crowd.push(await knock(server, roomId));
      clock.advance(1_000);
    }
    const elsewhere = await from(server, '127.0.2.7');
    expect((await elsewhere.join(roomId)).entry).toBe('lobby');
    const newest = crowd.at(-1) ?? waiting;
    expect(await newest.hears('meeting:ended')).toEqual({ reason: 'lobby-full' });
    expect(await host.hears('lobby:left')).toEqual({ peerId: newest.peerId });
    await host.hears('lobby:knocked', ({ arrival }) => arrival.peerId === elsewhere.peerId);
    for (const other of [waiting, ...crowd.slice(0, -1)]) expect(other.all('meeting:ended')).toEqual([]);
    // Whoever comes from where most come from takes nobody’s place.
    expect(await newest.outcome('meeting:join', await newest.entry(roomId))).toBe('LOBBY_FULL');
    expect(elsewhere.all('meeting:ended')).toEqual([]);
  });

  it('that knocks all the time from one network leaves knocks to others, and to who comes from elsewhere for the first time at once', async () => {
    const clock = new FakeClock();
    const { server, roomId } = await makeScene(await startServer({ clock }));
    const flood = async () => {
      for (let page = 0; page < 25; page++) {
        const visitor = await TestClient.start(server);
        const entry = await visitor.entry(roomId);
        for (let i = 0; i < defaultLimits.knocks.burst; i++) {
          await visitor.outcome('meeting:join', entry);
          await visitor.outcome('meeting:leave', {});
        }
        visitor.socket.disconnect();
      }
    };
    await flood();
    const another = await from(server, '127.0.2.7');
    expect((await another.join(roomId)).entry).toBe('lobby');
    await another.ask('meeting:leave', {});
    clock.advance(2_000);
    await flood();
    expect((await another.join(roomId)).entry, 'again, of what the flood may not take').toBe('lobby');
  });

  it('of one page is RATE_LIMITED, whether it knocks or says whose device it is', async () => {
    const { server, roomId, host } = await makeScene(await startServer({ clock: new FakeClock() }));
    const visitor = await knock(server, roomId);
    const outcomes: string[] = [];
    for (let i = 0; i < 12; i++)
      outcomes.push(await visitor.outcome('lobby:delegate', { mac: randomBytes(32) }));
    const { burst } = defaultLimits.knocks;
    expect(outcomes.filter((code) => code === 'ok')).toHaveLength(burst - 1);
    expect(outcomes.at(-1)).toBe('RATE_LIMITED');
    await visitor.ask('meeting:leave', {});
    expect(await visitor.outcome('meeting:join', await visitor.entry(roomId))).toBe('RATE_LIMITED');
    await host.settled();
    expect(host.all('lobby:delegated')).toHaveLength(burst - 1);
  });

  it('of one device is one place: the newer knock stays, the older page is out and does not come back by itself', async () => {
    const { server, roomId, host, waiting } = await makeScene(await startServer());
    const newer = await knock(server, roomId, waiting.device);
    expect(await waiting.hears('meeting:ended')).toEqual({ reason: 'refused' });
    expect(await host.hears('lobby:left')).toEqual({ peerId: waiting.peerId });
    expect(await newer.outcome('meeting:leave', {})).toBe('ok');
  });
});
