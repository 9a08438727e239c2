// Who is put out when their session is over, when it takes more than one try, and within which time.
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { PeerId } from '#protocol';
import { Connection } from '../Connection.ts';
import { Allowance, defaultLimits } from '../limits.ts';
import { newId } from '../newId.ts';
import { Peer } from '../peer.ts';
import { claimed } from '../testing/accountsKit.ts';
import { withAccounts } from '../testing/enforcementKit.ts';
import { FakeSfu, rtpCapabilities } from '../testing/FakeSfu.ts';
import { eventually, FakeClock, makeRoom, TestClient } from '../testing/testkit.ts';
import { SessionWatch } from './SessionWatch.ts';

const network = '192.0.2.7';
const account = { id: 'ada', name: 'Ada', email: 'ada@example.org', role: 'member' as const };
const allowance = () => new Allowance(defaultLimits, new FakeClock());

function connectionOf(sessionId: string): Connection {
  const socket = { conn: { on: () => undefined } };
  const caller = { signedIn: { account, sessionId, since: 0 }, fromHere: false };
  return new Connection(socket as never, { caller, network, allowance: allowance() });
}

/** Nobody's session lives. Putting somebody out fails as often as `failures` says of their session. */
function watching(failures: Record<string, number>, away: Peer[] = []) {
  const tried: string[] = [];
  const attempt = async (sessionId = '') => {
    tried.push(sessionId);
    const left = failures[sessionId] ?? 0;
    failures[sessionId] = left - 1;
    if (left > 0) throw new Error(`${sessionId} stays`);
  };
  const lines: string[] = [];
  const watch = new SessionWatch({
    clock: new FakeClock(),
    log: pino({ level: 'error' }, { write: (line: string) => void lines.push(line) }),
    store: { liveAmong: async () => new Map() },
    away: () => away,
    ended: ({ caller }) => attempt(caller.signedIn?.sessionId),
    gone: ({ sessionId }) => attempt(sessionId),
  });
  return { watch, tried, lines };
}

describe('the watch over sessions', () => {
  it('tries again in the next second whom it could not put out, says so, and holds up nobody else', async () => {
    const { watch, tried, lines } = watching({ one: 1 });
    for (const id of ['one', 'two']) watch.watch(connectionOf(id));
    await watch.run();
    expect(tried).toEqual(['one', 'two']);
    expect(lines).toHaveLength(1);
    await watch.run();
    expect(tried).toEqual(['one', 'two', 'one']);
    await watch.run();
    expect(tried).toHaveLength(3);
  });

  it('tries again for somebody who is away', async () => {
    const from = { account, sessionId: 'one', network, allowance: allowance() };
    const { watch, tried } = watching({ one: 1 }, [new Peer({ id: newId(PeerId), ...from })]);
    await watch.run();
    await watch.run();
    expect(tried).toEqual(['one', 'one']);
  });
});

/** A member in a meeting with media, and a founder who hears of it. */
async function meeting() {
  const all = await withAccounts();
  const sfu = await FakeSfu.start(all.server);
  const founder = await all.admin.socket();
  const roomId = await makeRoom(founder);
  await founder.found(roomId);
  const member = await all.person('member');
  const socket = await member.socket();
  await socket.wait(roomId);
  await socket.ask('media:open', { rtpCapabilities });
  const down = async (client: TestClient) => {
    const before = founder.all('peer:away').length;
    await client.drop();
    await eventually(() => founder.all('peer:away').length).toBe(before + 1);
  };
  /** Seconds of the server's clock until the others have heard it. */
  const secondsUntilLeft = async (most: number) => {
    for (let second = 1; second <= most; second++) {
      all.clock.advance(1_000);
      // The database answers in its own time, not in that of the clock.
      await all.admin.ask('GET', '/api/v1/account');
      await founder.settled();
      if (founder.all('peer:left').length > 0) return second;
    }
    return undefined;
  };
  return { ...all, sfu, founder, member, socket, down, secondsUntilLeft };
}

describe('a member who is signed out while the line is down', () => {
  it('is gone for the others and the sfu within 5 seconds', async () => {
    const { admin, idOf, sfu, founder, socket, down, secondsUntilLeft } = await meeting();
    await down(socket);
    await admin.ask('DELETE', `/api/v1/accounts/${await idOf('member@example.org')}/sessions`);
    expect(await secondsUntilLeft(5)).toBeLessThanOrEqual(5);
    expect(founder.all('peer:left')).toEqual([{ peerId: socket.peerId, reason: 'signed-out' }]);
    expect(sfu.named('peer:close')).toMatchObject([{ peerId: socket.peerId }]);
  });

  it('goes by the sign-in that it came back with, not by the first', async () => {
    const { server, member, founder, socket, down, secondsUntilLeft } = await meeting();
    const first = member.cookie;
    await down(socket);
    await member.signIn('member@example.org');
    const second = member.cookie;
    const back = await TestClient.start(server, socket.started, undefined, { cookie: second });
    expect(back.started.resumed).toBe(true);
    await down(back);
    await member.ask('POST', '/api/auth/sign-out', {}, { cookie: first });
    expect(await secondsUntilLeft(3)).toBeUndefined();
    await member.ask('POST', '/api/auth/sign-out', {}, { cookie: second });
    expect(await secondsUntilLeft(5)).toBeLessThanOrEqual(5);
    expect(founder.all('peer:left')).toEqual([{ peerId: socket.peerId, reason: 'signed-out' }]);
  });
});

/** Cannot be waited by while it fails: whoever closes media at the sfu throws. */
class FailingClock extends FakeClock {
  failing = false;

  override after(ms: number, run: () => void) {
    if (this.failing) throw new Error('no timer');
    return super.after(ms, run);
  }
}

describe('a socket whose session is over', () => {
  it('is closed in the same second, also when its peer could not be put out', async () => {
    const clock = new FailingClock(Date.now());
    const { server, admin, person, idOf } = await claimed({ clock });
    await FakeSfu.start(server);
    const founder = await admin.socket();
    const roomId = await makeRoom(founder);
    await founder.found(roomId);
    const socket = await (await person('member')).socket();
    await socket.wait(roomId);
    await socket.ask('media:open', { rtpCapabilities });
    await admin.ask('DELETE', `/api/v1/accounts/${await idOf('member')}/sessions`);
    clock.failing = true;
    clock.advance(1_000);
    await eventually(() =>
      server.logLines.some(({ msg }) => /could not be signed out/.test(String(msg))),
    ).toBe(true);
    clock.failing = false;
    await eventually(() => socket.socket.connected).toBe(false);
  });
});
