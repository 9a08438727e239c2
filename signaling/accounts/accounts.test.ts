// Accounts as people meet them: the first admin, invitations, who may make rooms, and signing out everywhere.
import { describe, expect, it } from 'vitest';
import { generous } from '../rest/testing/table.ts';
import { Browser, claimed, PASSWORD } from '../testing/accountsKit.ts';
import { FakeSfu, rtpCapabilities } from '../testing/FakeSfu.ts';
import { eventually, FakeClock, makeRoom, startServer, TestClient } from '../testing/testkit.ts';

const room = { hostKeyHash: new Uint8Array(16), lobby: false, suite: 'x25519', lifetimeMs: 60_000 };
const person = { name: 'Ada', email: 'ada@example.org', password: PASSWORD };

describe('an installation that nobody has claimed', () => {
  it('lets whoever is at the machine make rooms, and nobody who comes through a proxy', async () => {
    const server = await startServer();
    expect(await (await TestClient.start(server)).outcome('room:create', room)).toBe('ok');
    const proxied = { 'x-forwarded-for': '127.0.0.1' };
    const other = await TestClient.start(server, undefined, undefined, proxied);
    expect(await other.outcome('room:create', room)).toBe('SIGN_IN_REQUIRED');
  });

  it('lets nobody make rooms where it is reached by another name: a proxy on this machine is not its user', async () => {
    const server = await startServer({ publicUrl: 'https://meet.example' });
    expect(await (await TestClient.start(server)).outcome('room:create', room)).toBe('SIGN_IN_REQUIRED');
  });

  it('has one link, which makes its admin once, and then only accounts make rooms', async () => {
    const server = await startServer();
    const browser = new Browser(server);
    const token = await server.firstAdminToken();
    expect((await browser.ask('GET', '/api/v1/account')).body).toEqual({
      claimed: false,
      account: null,
      mayCreateRooms: true,
      guests: true,
      singleSignOn: null,
    });
    expect(await browser.ask('POST', '/api/v1/claim', { ...person, token })).toMatchObject({
      status: 200,
      body: { role: 'admin' },
    });
    const again = await browser.ask('POST', '/api/v1/claim', { ...person, email: 'eve@example.org', token });
    expect(again).toMatchObject({ status: 404, body: { code: 'NO_INVITATION' } });
    expect(await server.firstAdminToken()).toBeUndefined();
    expect(await (await TestClient.start(server)).outcome('room:create', room)).toBe('SIGN_IN_REQUIRED');
  });

  it('takes no address that nobody could sign in with', async () => {
    const server = await startServer();
    const token = await server.firstAdminToken();
    for (const email of ['admin@localhost', 'a%b@example.org', 'a..b@example.org', 'a@b.c']) {
      const answer = await new Browser(server).ask('POST', '/api/v1/claim', { ...person, email, token });
      expect(answer, email).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST' } });
    }
    const good = { ...person, email: "Ada.O'Neil+x@mail.example.org", token };
    const browser = new Browser(server);
    expect((await browser.ask('POST', '/api/v1/claim', good)).status).toBe(200);
    expect((await browser.signIn(good.email)).status).toBe(200);
  });

  it('has no other way to an account', async () => {
    const server = await startServer();
    const browser = new Browser(server);
    const token = 'A'.repeat(43);
    expect((await browser.ask('POST', '/api/v1/claim', { ...person, token })).status).toBe(404);
    for (const path of ['/api/auth/sign-up/email', '/api/auth/sign-up', '/api/auth/update-user']) {
      expect((await browser.ask('POST', path, person)).status).toBe(404);
    }
    expect((await browser.signIn(person.email)).status).toBe(401);
  });
});

describe('roles', () => {
  it('admins and hosts make rooms, members and strangers do not', async () => {
    const { server, admin, person } = await claimed();
    const outcome = async (browser: Browser) => (await browser.socket()).outcome('room:create', room);
    expect(await outcome(admin)).toBe('ok');
    expect(await outcome(await person('host'))).toBe('ok');
    expect(await outcome(await person('member'))).toBe('ROLE_REQUIRED');
    expect(await outcome(new Browser(server))).toBe('SIGN_IN_REQUIRED');
  });

  it('of an account that is changed holds on its open sockets within seconds', async () => {
    const { admin, person, idOf } = await claimed();
    const member = await person('member');
    const socket = await member.socket();
    const change = await admin.ask('PATCH', `/api/v1/accounts/${await idOf('member')}`, { role: 'host' });
    expect(change).toMatchObject({ status: 200, body: { role: 'host' } });
    await eventually(() => socket.outcome('room:create', room)).toBe('ok');
  });

  it('are not taken from the last admin', async () => {
    const { admin, idOf } = await claimed();
    const change = await admin.ask('PATCH', `/api/v1/accounts/${await idOf('admin')}`, { role: 'member' });
    expect(change).toMatchObject({ status: 409, body: { code: 'LAST_ADMIN' } });
  });

  it('of a person who signs in cannot be chosen by that person', async () => {
    const { server, admin } = await claimed();
    const { body } = await admin.ask('POST', '/api/v1/accounts/invitations', { role: 'member' });
    const browser = new Browser(server);
    const claim = { ...person, token: body.token };
    expect((await browser.ask('POST', '/api/v1/claim', { ...claim, role: 'admin' })).status).toBe(400);
    expect((await browser.ask('POST', '/api/v1/claim', claim)).body).toEqual({ role: 'member' });
  });
});

describe('guests', () => {
  it('join by a link where they are allowed, and where they are not they learn at the link that it takes an account', async () => {
    for (const [guests, outcome] of [
      ['allowed', 'MEDIA_UNAVAILABLE'],
      ['refused', 'SIGN_IN_REQUIRED'],
    ] as const) {
      const { server, admin, person } = await claimed({ guests });
      const roomId = await makeRoom(await admin.socket());
      const guest = await TestClient.start(server);
      expect(await guest.outcome('room:look', { roomId })).toBe(outcome);
      const joined = await guest.outcome('meeting:join', await guest.entry(roomId));
      expect(joined).toBe(guests === 'allowed' ? 'ok' : 'SIGN_IN_REQUIRED');
      const member = await (await person('member')).socket();
      expect(await member.outcome('meeting:join', await member.entry(roomId))).toBe('ok');
    }
  });
});

describe('signing in', () => {
  it('sets a cookie that scripts cannot read and other sites do not send', async () => {
    const { server } = await claimed();
    const { headers } = await new Browser(server).signIn('ADMIN@example.org');
    expect(headers.getSetCookie()).toEqual([
      expect.stringMatching(/^in-camera\.session_token=.*; Max-Age=86400; Path=\/; HttpOnly; SameSite=Lax$/),
    ]);
  });

  it('over https sets one that no plain connection carries', async () => {
    const publicUrl = 'https://meet.example';
    const secure = await startServer({ publicUrl });
    const browser = new Browser(secure, { origin: publicUrl });
    const token = await secure.firstAdminToken();
    expect((await browser.ask('POST', '/api/v1/claim', { ...person, token })).status).toBe(200);
    const { headers, status } = await browser.signIn(person.email);
    expect(status).toBe(200);
    expect(headers.getSetCookie().join()).toMatch(/^__Secure-in-camera\.session_token=.*; Secure/);
    expect((await browser.ask('GET', '/api/v1/account')).body.account).toMatchObject({ role: 'admin' });
  });

  it('is refused with a wrong password in the same words as with an unknown address', async () => {
    const { server } = await claimed();
    const wrong = await new Browser(server).signIn('admin@example.org', 'not the password');
    const unknown = await new Browser(server).signIn('nobody@example.org');
    expect(wrong.status).toBe(401);
    expect(unknown.status).toBe(401);
    expect(unknown.body).toEqual(wrong.body);
  });

  it('is taken from our own pages only', async () => {
    const { server } = await claimed();
    const evil = new Browser(server, { origin: 'https://evil.example' });
    expect(await evil.signIn('admin@example.org')).toMatchObject({
      status: 403,
      body: { code: 'WRONG_ORIGIN' },
    });
  });

  it('is limited for each address, and a forged X-Forwarded-For is no other address', async () => {
    // It stands still: nothing is earned while the machine is slow.
    const { server } = await claimed({ clock: new FakeClock(Date.now()) });
    const statuses = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        new Browser(server, { 'x-forwarded-for': `203.0.113.${i}` }).signIn(
          `x${i}@example.org`,
          'guess guess guess',
        ),
      ),
    );
    expect(statuses.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(10);
    expect(statuses.every(({ status }) => status === 401 || status === 429)).toBe(true);
  });

  it('behind a proxy of the configuration is limited for each address that the proxy names', async () => {
    const { server } = await claimed({ trustedProxies: ['127.0.0.1'] });
    const from = (address: string, i: number) =>
      new Browser(server, { 'x-forwarded-for': `198.51.100.${i}, ${address}` }).signIn(
        `x${i}@example.org`,
        'guess',
      );
    const many = await Promise.all(Array.from({ length: 40 }, (_, i) => from('203.0.113.1', i)));
    expect(many.some(({ status }) => status === 429)).toBe(true);
    expect((await from('203.0.113.2', 99)).status).toBe(401);
  });

  it('that succeeds costs an address nothing; those that fail cost what they did, whatever successes lie between', async () => {
    // Five, for ever: what is given back is all that can come.
    const signIns = { burst: 5, perSecond: 0 };
    const { server } = await claimed({ addressLimits: { ...generous, signIns } });
    const good = () => new Browser(server).signIn('admin@example.org');
    const bad = (i: number) => new Browser(server).signIn(`x${i}@example.org`, 'guess guess guess');
    for (let i = 0; i < 8; i++) expect((await good()).status).toBe(200);
    const statuses: number[] = [];
    for (let i = 0; i < 8; i++) {
      statuses.push((await bad(i)).status);
      await good();
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
  });

  it('is limited for each account, wherever the guesses come from', async () => {
    const { server } = await claimed({ trustedProxies: ['127.0.0.1'] });
    const guesses = await Promise.all(
      Array.from({ length: 25 }, (_, i) =>
        new Browser(server, { 'x-forwarded-for': `203.0.113.${i}` }).signIn('admin@example.org', 'guess'),
      ),
    );
    expect(guesses.some(({ status }) => status === 429)).toBe(true);
  });
});

describe('sessions', () => {
  it('are listed without what they could be used with, and ended one by one', async () => {
    const { server, admin } = await claimed();
    const phone = new Browser(server, { 'user-agent': 'A phone' });
    await phone.signIn('admin@example.org');
    const { body } = await admin.ask('GET', '/api/v1/account/sessions');
    expect(body.items).toHaveLength(2);
    expect(Object.keys(body.items[0]).sort()).toEqual([
      'createdAt',
      'current',
      'expiresAt',
      'id',
      'userAgent',
    ]);
    const [other] = body.items.filter(({ current }: { current: boolean }) => !current);
    expect(other.userAgent).toBe('A phone');
    expect((await admin.ask('DELETE', `/api/v1/account/sessions/${other.id}`)).status).toBe(204);
    expect((await admin.ask('DELETE', `/api/v1/account/sessions/${other.id}`)).status).toBe(404);
    expect((await phone.ask('GET', '/api/v1/account')).body.account).toBeNull();
    expect((await admin.ask('GET', '/api/v1/account')).body.account).not.toBeNull();
  });

  it('of somebody else cannot be ended', async () => {
    const { admin, person } = await claimed();
    const { body } = await admin.ask('GET', '/api/v1/account/sessions');
    const member = await person('member');
    expect((await member.ask('DELETE', `/api/v1/account/sessions/${body.items[0].id}`)).status).toBe(404);
    expect((await admin.ask('GET', '/api/v1/account')).body.account).not.toBeNull();
  });

  it('that an admin ends close their sockets within seconds: out of the meeting, with the reason', async () => {
    const { server, admin, person, idOf } = await claimed();
    const founder = await admin.socket();
    const roomId = await makeRoom(founder);
    await founder.found(roomId);
    const member = await person('member');
    const socket = await member.socket();
    await socket.wait(roomId);
    const { body } = await admin.ask('DELETE', `/api/v1/accounts/${await idOf('member')}/sessions`);
    expect(body).toEqual({ ended: 1 });
    expect(await socket.hears('meeting:ended')).toEqual({ reason: 'signed-out' });
    expect(await founder.hears('peer:left')).toEqual({ peerId: socket.peerId, reason: 'signed-out' });
    await eventually(() => socket.socket.connected).toBe(false);
    const back = await TestClient.start(server, socket.started);
    expect(back.started.resumed).toBe(false);
  });

  it('that an admin ends while the line is down: within seconds the others and the sfu know, whose place is held for 30', async () => {
    const { server, admin, person, idOf } = await claimed();
    const sfu = await FakeSfu.start(server);
    const founder = await admin.socket();
    const roomId = await makeRoom(founder);
    await founder.found(roomId);
    const socket = await (await person('member')).socket();
    await socket.wait(roomId);
    await socket.ask('media:open', { rtpCapabilities });
    await socket.drop();
    await founder.hears('peer:away');
    await admin.ask('DELETE', `/api/v1/accounts/${await idOf('member')}/sessions`);
    expect(await founder.hears('peer:left')).toEqual({ peerId: socket.peerId, reason: 'signed-out' });
    expect(sfu.named('peer:close')).toMatchObject([{ peerId: socket.peerId }]);
  });

  it('that an admin ends close all sockets at once, also where the sfu does not answer', async () => {
    const { server, admin, person, idOf } = await claimed();
    const sfu = await FakeSfu.start(server);
    const founder = await admin.socket();
    const roomId = await makeRoom(founder);
    await founder.found(roomId);
    const member = await person('member');
    const sockets = await Promise.all(Array.from({ length: 12 }, () => member.socket()));
    for (const socket of sockets) {
      await socket.wait(roomId);
      await socket.ask('media:open', { rtpCapabilities });
    }
    sfu.hold('peer:close');
    await admin.ask('DELETE', `/api/v1/accounts/${await idOf('member')}/sessions`);
    const since = Date.now();
    for (const socket of sockets) await eventually(() => socket.socket.connected).toBe(false);
    // One after the other would be half a second each.
    expect(Date.now() - since).toBeLessThan(5_000);
  });

  it('are over 7 days after the sign-in, however much they are used', async () => {
    const { admin, db } = await claimed();
    const socket = await admin.socket();
    const long = new Date(Date.now() - 7 * 24 * 60 * 60 * 1000 - 1).toISOString();
    await db.updateTable('sessions').set({ createdAt: long }).execute();
    await eventually(() => socket.socket.connected).toBe(false);
    expect((await admin.ask('GET', '/api/v1/account')).body.account).toBeNull();
  });

  it('that end while the line is down are not taken up again by the place that is held', async () => {
    const { server, admin } = await claimed();
    const socket = await admin.socket();
    await socket.drop();
    expect((await admin.ask('DELETE', '/api/v1/account/sessions')).body).toEqual({ ended: 1 });
    const back = await TestClient.start(server, socket.started, undefined, { cookie: admin.cookie });
    expect(back.started.resumed).toBe(false);
  });

  it('end with signing out, sockets and all', async () => {
    const { admin } = await claimed();
    const socket = await admin.socket();
    const cookie = admin.cookie;
    expect((await admin.ask('POST', '/api/auth/sign-out', {})).status).toBe(200);
    await eventually(() => socket.socket.connected).toBe(false);
    expect((await admin.ask('GET', '/api/v1/account', undefined, { cookie })).body.account).toBeNull();
  });

  it('are no way to guess the password of their account: so many tries, wherever they come from', async () => {
    const proxy = { trustedProxies: ['127.0.0.1'] };
    const { admin } = await claimed(proxy);
    const guess = (n: number) =>
      admin.ask(
        'POST',
        '/api/auth/change-password',
        {
          currentPassword: `wrong password ${n}`,
          newPassword: 'another good one',
          revokeOtherSessions: false,
        },
        { 'x-forwarded-for': `203.0.113.${n}` },
      );
    const codes: number[] = [];
    for (let n = 1; n <= 30; n++) codes.push((await guess(n)).status);
    expect(codes.slice(-5)).toEqual(Array(5).fill(429));
    expect(codes.filter((code) => code === 400).length).toBeLessThanOrEqual(20);
  });

  it('are not had with a cookie that somebody has made up or changed', async () => {
    const { server, admin } = await claimed();
    const forged = admin.cookie.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    for (const cookie of [forged, 'in-camera.session_token=nonsense', 'in-camera.session_token=']) {
      const { body } = await new Browser(server).ask('GET', '/api/v1/account', undefined, { cookie });
      expect(body.account).toBeNull();
    }
  });
});
