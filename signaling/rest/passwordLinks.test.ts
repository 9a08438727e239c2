// A lost password: an admin makes a one-time link, and its owner sets another.
import { describe, expect, it } from 'vitest';
import { Browser, claimed, PASSWORD } from '../testing/accountsKit.ts';
import { eventually, makeRoom } from '../testing/testkit.ts';
import { generous } from './testing/table.ts';

const ANOTHER = 'another horse battery';

async function scene() {
  const all = await claimed({ addressLimits: generous });
  const rows = (type: string) =>
    all.server.audited.filter((row) => row.type === type).map(({ data }) => data);
  const linkFor = (id: string, as: Browser = all.admin) =>
    as.ask('POST', `/api/v1/accounts/${id}/password-link`);
  const use = (token: string, password = ANOTHER) =>
    new Browser(all.server).ask('POST', '/api/v1/password', { token, password });
  return { ...all, rows, linkFor, use, by: await all.idOf('admin') };
}

const codeOf = async (asked: ReturnType<Browser['ask']>) => {
  const { status, body } = await asked;
  return status < 300 ? 'ok' : body.code;
};

describe('a link for another password', () => {
  it('sets it once, and whoever was signed in is out within seconds, of meetings, too', async () => {
    const { server, admin, person, idOf, rows, linkFor, use, by } = await scene();
    const member = await person('host');
    const socket = await member.socket();
    await socket.found(await makeRoom(socket));
    const id = await idOf('host');
    const made = await linkFor(id);
    expect(made).toMatchObject({ status: 201, body: { token: expect.stringMatching(/^[\w-]{43}$/) } });
    expect(Object.keys(made.body)).toEqual(['token', 'expiresAt']);
    const inADay = Date.now() + 24 * 60 * 60 * 1000;
    expect(Math.abs(made.body.expiresAt - inADay)).toBeLessThan(60_000);
    // Nothing changes before somebody uses it.
    expect((await member.ask('GET', '/api/v1/account')).body.account.id).toBe(id);
    expect(await use(made.body.token)).toMatchObject({ status: 200, body: { email: 'host@example.org' } });
    expect(await socket.hears('meeting:ended')).toEqual({ reason: 'signed-out' });
    await eventually(() => socket.socket.connected).toBe(false);
    expect((await member.ask('GET', '/api/v1/account')).body.account).toBeNull();
    expect(await codeOf(member.signIn('host@example.org', PASSWORD))).toBe('INVALID_EMAIL_OR_PASSWORD');
    expect(await codeOf(member.signIn('host@example.org', ANOTHER))).toBe('ok');
    expect(await codeOf(use(made.body.token, PASSWORD))).toBe('NO_INVITATION');
    expect((await admin.ask('GET', '/api/v1/account')).body.account.id).toBe(by);
    expect(rows('account:password-link-made')).toEqual([{ account: id, by }]);
    expect(rows('account:password-reset')).toEqual([{ account: id, by, sessions: 1 }]);
    expect(JSON.stringify([server.audited, server.logLines])).not.toContain(made.body.token);
  });

  it('leaves passkeys and API keys', async () => {
    const { server, person, idOf, db, linkFor, use } = await scene();
    const host = await person('host');
    const id = await idOf('host');
    const wish = { name: 'k', scopes: ['rooms:write'], days: 1 };
    const { body } = await host.ask('POST', '/api/v1/account/keys', wish);
    const passkey = { id: 'p', userId: id, name: null, publicKey: 'k', credentialID: 'c', counter: 0 };
    await db
      .insertInto('passkeys')
      .values({
        ...passkey,
        ...{ deviceType: 'x', backedUp: 0, transports: null, createdAt: null, aaguid: null },
      })
      .execute();
    await use((await linkFor(id)).body.token);
    expect(await db.selectFrom('passkeys').select('id').execute()).toEqual([{ id: 'p' }]);
    const script = new Browser(server, { authorization: `Bearer ${body.key}` });
    expect(await codeOf(script.ask('POST', '/api/v1/rooms', {}))).toBe('ok');
  });

  it('is void once its owner has changed the password after all', async () => {
    const { person, idOf, linkFor, use } = await scene();
    const member = await person('member');
    const { body } = await linkFor(await idOf('member'));
    const change = { currentPassword: PASSWORD, newPassword: `${PASSWORD} 2`, revokeOtherSessions: true };
    expect(await codeOf(member.ask('POST', '/api/auth/change-password', change))).toBe('ok');
    expect(await codeOf(use(body.token))).toBe('NO_INVITATION');
  });

  it('is refused for accounts of the company’s sign-in, for those shut out, and for nobody', async () => {
    const { admin, person, idOf, db, linkFor } = await scene();
    await person('member');
    const id = await idOf('member');
    await admin.ask('PATCH', `/api/v1/accounts/${id}`, { disabled: true });
    expect(await linkFor(id)).toMatchObject({ status: 403, body: { code: 'ACCOUNT_DISABLED' } });
    await admin.ask('PATCH', `/api/v1/accounts/${id}`, { disabled: false });
    const company = { password: null, providerId: 'sso', accountId: 's1' };
    await db.updateTable('credentials').set(company).where('userId', '=', id).execute();
    expect(await linkFor(id)).toMatchObject({ status: 409, body: { code: 'NO_PASSWORD' } });
    expect(await codeOf(linkFor('nobody'))).toBe('NOT_FOUND');
  });

  it('takes no password that is too short, and stays good then', async () => {
    const { person, idOf, linkFor, use } = await scene();
    await person('member');
    const { body } = await linkFor(await idOf('member'));
    expect(await codeOf(use(body.token, 'short'))).toBe('BAD_REQUEST');
    expect(await codeOf(use('A'.repeat(43)))).toBe('NO_INVITATION');
    expect(await codeOf(use(body.token))).toBe('ok');
  });

  it('makes no account where an invitation is asked for, nor the other way round', async () => {
    const { server, admin, person, idOf, linkFor, use } = await scene();
    await person('member');
    const { body } = await linkFor(await idOf('member'));
    const claim = { token: body.token, name: 'Eve', email: 'eve@example.org', password: PASSWORD };
    expect(await codeOf(new Browser(server).ask('POST', '/api/v1/claim', claim))).toBe('NO_INVITATION');
    const invited = await admin.ask('POST', '/api/v1/accounts/invitations', { role: 'admin' });
    expect(await codeOf(use(invited.body.token))).toBe('NO_INVITATION');
  });
});
