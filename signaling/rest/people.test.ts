// Accounts in the hands of admins, and what the audit log has of signing in.
import { describe, expect, it } from 'vitest';
import { Browser, claimed, PASSWORD } from '../testing/accountsKit.ts';
import { eventually, makeRoom, until } from '../testing/testkit.ts';
import { generous } from './testing/table.ts';

async function scene() {
  const all = await claimed({ addressLimits: generous });
  const rows = (type: string) =>
    all.server.audited.filter((row) => row.type === type).map(({ data }) => data);
  const has = (type: string) => until(`an audit row ${type}`, () => rows(type).at(-1));
  return { ...all, rows, has, by: await all.idOf('admin') };
}

const codeOf = async (asked: ReturnType<Browser['ask']>) => {
  const { status, body } = await asked;
  return status < 300 ? 'ok' : body.code;
};

describe('the list of accounts', () => {
  it('is searched, filtered and sorted, in pages', async () => {
    const { admin, person, idOf } = await scene();
    for (const name of ['zoe', 'yan', 'a+b', 'x_y']) await person('member', `${name}@example.org`);
    await person('host', 'host@example.org');
    const emails = async (query: string) =>
      (await admin.ask('GET', `/api/v1/accounts?${query}`)).body.items.map(
        ({ email }: { email: string }) => email.split('@')[0],
      );
    expect(await emails('')).toEqual(['a+b', 'admin', 'host', 'x_y', 'yan', 'zoe']);
    expect(await emails('sort=-email&limit=2')).toEqual(['zoe', 'yan']);
    expect(await emails('search=ZO')).toEqual(['zoe']);
    // What people type is no pattern.
    expect(await emails('search=%25')).toEqual([]);
    expect(await emails('search=_')).toEqual(['x_y']);
    expect(await emails('role=host')).toEqual(['host']);
    await admin.ask('PATCH', `/api/v1/accounts/${await idOf('host')}`, { disabled: true });
    expect(await emails('disabled=true')).toEqual(['host']);
    expect(await emails('disabled=false&role=host')).toEqual([]);
    expect(await emails(`ids=${await idOf('host')},${await idOf('admin')}`)).toEqual(['admin', 'host']);
    for (const sort of ['email', '-email', 'created', '-created']) {
      const seen: string[] = [];
      let cursor = '';
      do {
        const { body } = await admin.ask('GET', `/api/v1/accounts?limit=2&sort=${sort}${cursor}`);
        seen.push(...body.items.map(({ email }: { email: string }) => email));
        cursor = body.next === null ? '' : `&cursor=${body.next}`;
      } while (cursor !== '');
      expect(new Set(seen).size, sort).toBe(6);
      expect(seen, sort).toHaveLength(6);
    }
  });

  it('shows of one account where it is signed in, in words, and each place can be ended by itself', async () => {
    const { server, admin, person, idOf, has, by } = await scene();
    const member = await person('member');
    const phone = new Browser(server, { 'user-agent': 'Mozilla/5.0 (iPhone) Version/18 Safari/605' });
    await phone.signIn('member@example.org');
    const [id, own] = [await idOf('member'), await idOf('admin')];
    const sessions = async (of: string) =>
      (await admin.ask('GET', `/api/v1/accounts/${of}/sessions`)).body.items;
    const [latest, ...others] = await sessions(id);
    expect(others).toHaveLength(1);
    expect(latest).toEqual({
      ...{ id: expect.any(String), browser: 'Safari on an iPhone', current: false },
      ...{ createdAt: expect.any(Number), seenAt: expect.any(Number), expiresAt: expect.any(Number) },
    });
    expect(await sessions(own)).toMatchObject([{ current: true }]);
    // Not under the name of somebody else.
    expect(await codeOf(admin.ask('DELETE', `/api/v1/accounts/${own}/sessions/${latest.id}`))).toBe(
      'NOT_FOUND',
    );
    expect(await codeOf(admin.ask('DELETE', `/api/v1/accounts/${id}/sessions/${latest.id}`))).toBe('ok');
    expect(await has('sign-in:revoked')).toEqual({ account: id, by, sessions: 1 });
    expect((await phone.ask('GET', '/api/v1/account')).body.account).toBeNull();
    expect((await member.ask('GET', '/api/v1/account')).body.account.id).toBe(id);
    expect(await sessions(id)).toEqual(others);
    expect(await codeOf(admin.ask('GET', '/api/v1/accounts/nobody/sessions'))).toBe('NOT_FOUND');
  });

  it('shows of one account its API keys, without what they are used with, and each can be deleted by itself', async () => {
    const { server, admin, person, idOf, rows, by } = await scene();
    const host = await person('host');
    const [id, own] = [await idOf('host'), await idOf('admin')];
    const make = async (of: Browser, name: string, scope: string) =>
      (await of.ask('POST', '/api/v1/account/keys', { name, scopes: [scope], days: 1 })).body;
    const [first, second] = [await make(host, 'one', 'rooms:write'), await make(host, 'two', 'rooms:write')];
    const list = async () => (await admin.ask('GET', `/api/v1/accounts/${id}/keys`)).body;
    const { key: _, ...shown } = first;
    expect(await list()).toEqual({ items: [shown, expect.objectContaining({ name: 'two' })], next: null });
    const remove = (of: string, key: string, as = admin) =>
      codeOf(as.ask('DELETE', `/api/v1/accounts/${of}/keys/${key}`));
    // Not under the name of somebody else.
    expect(await remove(own, first.id)).toBe('NOT_FOUND');
    expect(await remove(id, first.id)).toBe('ok');
    expect(await remove(id, first.id)).toBe('NOT_FOUND');
    const uses = (key: string) =>
      codeOf(new Browser(server, { authorization: `Bearer ${key}` }).ask('POST', '/api/v1/rooms', {}));
    expect(await uses(first.key)).toBe('BAD_KEY');
    expect(await uses(second.key)).toBe('ok');
    expect((await list()).items).toMatchObject([{ name: 'two' }]);
    const tool = await make(admin, 'a tool', 'accounts:write');
    const withTool = new Browser(server, { authorization: `Bearer ${tool.key}` });
    expect(await remove(id, second.id, withTool)).toBe('ok');
    expect(rows('key:revoked')).toEqual([
      { account: id, key: first.id, by },
      { account: id, key: second.id, by, byKey: tool.id },
    ]);
    const about = await admin.ask('GET', `/api/v1/audit?about=${tool.id}`);
    expect(about.body.items.map(({ type }: { type: string }) => type)).toEqual(['key:revoked', 'key:made']);
    expect(await codeOf(admin.ask('GET', '/api/v1/accounts/nobody/keys'))).toBe('NOT_FOUND');
  });

  it('shows where somebody is signed in as a number, and nothing to sign in with', async () => {
    const { admin, person } = await scene();
    await person('member');
    const { body } = await admin.ask('GET', '/api/v1/accounts?role=member');
    expect(body.items).toEqual([
      {
        id: expect.any(String),
        name: 'member',
        email: 'member@example.org',
        role: 'member',
        createdAt: expect.any(Number),
        disabled: false,
        sessions: 1,
        signedInAt: expect.any(Number),
      },
    ]);
  });
});

describe('an account that an admin shuts out', () => {
  it('is out of its meeting within seconds, cannot sign in and its keys open nothing, until it is let in again', async () => {
    const { server, admin, person, idOf, rows, by } = await scene();
    const host = await person('host');
    const socket = await host.socket();
    await socket.found(await makeRoom(socket));
    const wish = { name: 'k', scopes: ['rooms:write'], days: 1 };
    const { body } = await host.ask('POST', '/api/v1/account/keys', wish);
    const script = new Browser(server, { authorization: `Bearer ${body.key}` });
    const id = await idOf('host');
    const change = (disabled: boolean) => admin.ask('PATCH', `/api/v1/accounts/${id}`, { disabled });
    expect((await change(true)).body).toMatchObject({ disabled: true, sessions: 0 });
    expect(await socket.hears('meeting:ended')).toEqual({ reason: 'signed-out' });
    expect((await host.ask('GET', '/api/v1/account')).body.account).toBeNull();
    expect(await host.signIn('host@example.org')).toMatchObject({
      status: 403,
      body: { code: 'ACCOUNT_DISABLED' },
    });
    expect(await codeOf(script.ask('POST', '/api/v1/rooms', {}))).toBe('BAD_KEY');
    expect((await change(false)).body).toMatchObject({ disabled: false });
    expect(await codeOf(host.signIn('host@example.org'))).toBe('ok');
    expect(await codeOf(script.ask('POST', '/api/v1/rooms', {}))).toBe('ok');
    expect(rows('account:disabled')).toEqual([{ account: id, by }]);
    expect(rows('account:enabled')).toEqual([{ account: id, by }]);
  });

  it('has no session either that was just being made', async () => {
    const { person, db } = await scene();
    const member = await person('member');
    await db.updateTable('users').set({ disabledAt: 1 }).where('role', '=', 'member').execute();
    expect((await member.ask('GET', '/api/v1/account')).body.account).toBeNull();
    expect(await codeOf(member.ask('GET', '/api/v1/account/sessions'))).toBe('SIGN_IN_REQUIRED');
  });
});

describe('an account that is deleted', () => {
  it('is gone with all that let it in; what it has done stays under an id that says nothing', async () => {
    const { server, admin, person, idOf, rows, by, db } = await scene();
    const second = await person('admin', 'second@example.org');
    const id = (await admin.ask('GET', '/api/v1/accounts?search=second')).body.items[0].id;
    const wish = { name: 'k', scopes: ['rooms:write'], days: 1 };
    const { body } = await second.ask('POST', '/api/v1/account/keys', wish);
    const { body: invitation } = await second.ask('POST', '/api/v1/accounts/invitations', { role: 'admin' });
    const room = await second.ask('POST', '/api/v1/rooms', {}, { 'idempotency-key': 'x' });
    expect((await admin.ask('DELETE', `/api/v1/accounts/${id}`)).status).toBe(204);
    expect((await second.ask('GET', '/api/v1/account')).body.account).toBeNull();
    expect(await codeOf(second.signIn('second@example.org'))).toBe('INVALID_EMAIL_OR_PASSWORD');
    const script = new Browser(server, { authorization: `Bearer ${body.key}` });
    expect(await codeOf(script.ask('POST', '/api/v1/rooms', {}))).toBe('BAD_KEY');
    const claim = { token: invitation.token, name: 'Eve', email: 'eve@example.org', password: PASSWORD };
    expect(await codeOf(new Browser(server).ask('POST', '/api/v1/claim', claim))).toBe('NO_INVITATION');
    const tables = (await db.introspection.getTables()).map(({ name }) => name);
    for (const table of tables) {
      const all = JSON.stringify(
        await db.withTables<Record<string, object>>().selectFrom(table).selectAll().execute(),
      );
      expect(all, table).not.toContain('second@example.org');
      if (!table.startsWith('audit_') && table !== 'rooms') expect(all, table).not.toContain(id);
    }
    expect((await admin.ask('GET', `/api/v1/rooms/${room.body.room.id}`)).body.owner).toEqual({
      id,
      name: null,
      email: null,
    });
    expect(rows('account:deleted')).toEqual([{ account: id, by }]);
    expect(await codeOf(admin.ask('DELETE', `/api/v1/accounts/${id}`))).toBe('NOT_FOUND');
    expect(await codeOf(admin.ask('DELETE', `/api/v1/accounts/${await idOf('admin')}`))).toBe('LAST_ADMIN');
  });
});

describe('invitations', () => {
  it('are listed without their tokens, and revoked', async () => {
    const { server, admin, rows, by } = await scene();
    const { body } = await admin.ask('POST', '/api/v1/accounts/invitations', { role: 'admin' });
    const list = await admin.ask('GET', '/api/v1/accounts/invitations');
    expect(list.body.items).toEqual([
      { id: body.id, role: 'admin', by, createdAt: expect.any(Number), expiresAt: body.expiresAt },
    ]);
    expect(JSON.stringify(list.body)).not.toContain(body.token);
    expect(await codeOf(admin.ask('DELETE', `/api/v1/accounts/invitations/${body.id}`))).toBe('ok');
    const claim = { token: body.token, name: 'Bo', email: 'bo@example.org', password: PASSWORD };
    expect(await codeOf(new Browser(server).ask('POST', '/api/v1/claim', claim))).toBe('NO_INVITATION');
    expect(await codeOf(admin.ask('DELETE', `/api/v1/accounts/invitations/${body.id}`))).toBe('NOT_FOUND');
    expect(rows('account:invited')).toEqual([{ role: 'admin', by }]);
    expect(rows('account:invitation-revoked')).toEqual([{ role: 'admin', by }]);
  });

  it('of an admin who is one no more are void', async () => {
    const { server, admin, person } = await scene();
    const second = await person('admin', 'second@example.org');
    const { body } = await second.ask('POST', '/api/v1/accounts/invitations', { role: 'admin' });
    const { items } = (await admin.ask('GET', '/api/v1/accounts?search=second')).body;
    await admin.ask('PATCH', `/api/v1/accounts/${items[0].id}`, { role: 'host' });
    const claim = { token: body.token, name: 'Bo', email: 'bo@example.org', password: PASSWORD };
    expect(await codeOf(new Browser(server).ask('POST', '/api/v1/claim', claim))).toBe('NO_INVITATION');
  });
});

describe('the audit log', () => {
  it('has who came to have an account, signed in and out, and how, by opaque ids alone', async () => {
    const { server, person, idOf, rows, has, by } = await scene();
    expect(rows('account:created')).toEqual([{ account: by, by: 'command line' }]);
    expect(rows('sign-in:succeeded')).toEqual([{ account: by, how: 'password' }]);
    const member = await person('member');
    const account = await idOf('member');
    expect(rows('account:created').at(-1)).toEqual({ account, by });
    expect(rows('sign-in:succeeded').at(-1)).toEqual({ account, how: 'password' });
    await member.ask('POST', '/api/auth/sign-out', {});
    expect(await has('sign-in:ended')).toEqual({ account });
    const all = JSON.stringify(server.audited);
    for (const text of ['example.org', 'member@', '127.0.0.1', PASSWORD]) expect(all).not.toContain(text);
  });

  it('has each try that failed, of an account when it was one, and not what was typed', async () => {
    const { server, by, rows } = await scene();
    const eve = new Browser(server);
    const why = 'INVALID_EMAIL_OR_PASSWORD';
    await eve.signIn('ADMIN@example.org', 'guess guess guess');
    await eve.signIn('nobody@example.org', 'hunter2 hunter2');
    await eve.ask('POST', '/api/auth/passkey/verify-authentication', { response: {} });
    await eventually(() => rows('sign-in:failed')).toEqual([
      { account: by, how: 'password', why },
      { account: null, how: 'password', why },
      { account: null, how: 'passkey', why: expect.stringMatching(/^[A-Z_]+$/) },
    ]);
    expect(JSON.stringify(server.audited)).not.toMatch(/hunter2|nobody@|guess/);
  });

  it('is not filled by tries that the limits refuse', async () => {
    const all = await claimed();
    const eve = new Browser(all.server);
    await Promise.all(
      Array.from({ length: 60 }, () => eve.signIn('nobody@example.org', 'guess guess guess')),
    );
    const failures = () => all.server.audited.filter(({ type }) => type === 'sign-in:failed').length;
    await eventually(failures).toBeGreaterThan(10);
    // A row behind all of them.
    await eve.ask('POST', '/api/auth/sign-in/email', {});
    await all.admin.ask('POST', '/api/v1/rooms', {});
    expect(failures()).toBeLessThan(35);
  });

  it('has changed passwords, roles, sessions that were ended, and API keys', async () => {
    const { admin, person, idOf, rows, has, by } = await scene();
    const member = await person('member');
    const account = await idOf('member');
    const change = { currentPassword: PASSWORD, newPassword: `${PASSWORD} 2`, revokeOtherSessions: true };
    expect(await codeOf(member.ask('POST', '/api/auth/change-password', change))).toBe('ok');
    expect(rows('sign-in:succeeded').at(-1)).toEqual({ account, how: 'password-change' });
    expect(rows('account:password-changed')).toEqual([{ account }]);
    const wrong = { ...change, currentPassword: 'guess guess guess' };
    expect(await codeOf(member.ask('POST', '/api/auth/change-password', wrong))).toBe('INVALID_PASSWORD');
    expect(await has('sign-in:failed')).toEqual({
      account,
      how: 'password-change',
      why: 'INVALID_PASSWORD',
    });
    expect(rows('account:password-changed')).toHaveLength(1);
    await admin.ask('PATCH', `/api/v1/accounts/${account}`, { role: 'host' });
    expect(rows('account:role-changed')).toEqual([{ account, by, from: 'member', to: 'host' }]);
    await admin.ask('DELETE', `/api/v1/accounts/${account}/sessions`);
    expect(rows('sign-in:revoked')).toEqual([{ account, by, sessions: 1 }]);
    const wish = { name: 'secret name', scopes: ['rooms:read'], days: 1 };
    const { body } = await admin.ask('POST', '/api/v1/account/keys', wish);
    await admin.ask('DELETE', `/api/v1/account/keys/${body.id}`);
    expect(rows('key:made')).toEqual([
      { account: by, key: body.id, scopes: ['rooms:read'], expiresAt: body.expiresAt },
    ]);
    expect(rows('key:revoked')).toEqual([{ account: by, key: body.id }]);
  });
});
