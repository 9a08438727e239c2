// API keys: what they open, and what they do not.
import { expect, it } from 'vitest';
import { againstBoth, opened } from '../storage/testing/places.ts';
import { Browser, claimed, type Installation } from '../testing/accountsKit.ts';

async function keyOf(browser: Browser, scopes: string[], days = 1): Promise<{ id: string; key: string }> {
  const made = await browser.ask('POST', '/api/v1/account/keys', { name: 'a script', scopes, days });
  expect(made.status).toBe(201);
  return made.body;
}

const withKey = ({ server }: Pick<Installation, 'server'>, key: string, more = {}) =>
  new Browser(server, { authorization: `Bearer ${key}`, ...more });
const outcome = async (browser: Browser, method: string, path: string, body?: unknown) => {
  const answer = await browser.ask(method, path, body);
  return answer.status < 300 ? 'ok' : answer.body.code;
};

againstBoth('an API key', (makePlace) => {
  const installed = async () => claimed({ db: (await opened(await makePlace())).db });

  it('may what its account may, within its scopes, and nothing without one', async () => {
    const all = await installed();
    const reader = withKey(all, (await keyOf(all.admin, ['accounts:read'])).key);
    expect(await outcome(reader, 'GET', '/api/v1/accounts')).toBe('ok');
    expect(await outcome(reader, 'POST', '/api/v1/accounts/invitations', { role: 'admin' })).toBe(
      'SCOPE_REQUIRED',
    );
    expect(await outcome(reader, 'POST', '/api/v1/account/keys', {})).toBe('SCOPE_REQUIRED');
    expect(await outcome(reader, 'DELETE', '/api/v1/account/sessions')).toBe('SCOPE_REQUIRED');
    const writer = withKey(all, (await keyOf(all.admin, ['accounts:write'])).key);
    expect(await outcome(writer, 'POST', '/api/v1/accounts/invitations', { role: 'host' })).toBe('ok');
  });

  it('of somebody who is no admin opens nothing that is for admins, and that of one who was does not either', async () => {
    const all = await installed();
    const host = await all.person('host');
    const key = withKey(all, (await keyOf(host, ['accounts:read'])).key);
    expect(await outcome(key, 'GET', '/api/v1/accounts')).toBe('ROLE_REQUIRED');
    const path = `/api/v1/accounts/${await all.idOf('host')}`;
    expect(await outcome(all.admin, 'PATCH', path, { role: 'admin' })).toBe('ok');
    expect(await outcome(key, 'GET', '/api/v1/accounts')).toBe('ok');
    expect(await outcome(all.admin, 'PATCH', path, { role: 'host' })).toBe('ok');
    expect(await outcome(key, 'GET', '/api/v1/accounts')).toBe('ROLE_REQUIRED');
  });

  it('that was deleted or made up opens nothing, also beside a good cookie', async () => {
    const all = await installed();
    const { id, key } = await keyOf(all.admin, ['accounts:read']);
    expect(await outcome(all.admin, 'DELETE', `/api/v1/account/keys/${id}`)).toBe('ok');
    for (const each of [key, 'ic_made-up', '']) {
      const browser = withKey(all, each, { cookie: all.admin.cookie });
      expect(await outcome(browser, 'GET', '/api/v1/accounts')).toBe('BAD_KEY');
    }
  });

  it('is listed without what it is used with, and shown to its own account only', async () => {
    const all = await installed();
    const { id } = await keyOf(all.admin, ['accounts:read', 'accounts:write']);
    const { body } = await all.admin.ask('GET', '/api/v1/account/keys');
    expect(body.items).toEqual([
      {
        id,
        name: 'a script',
        scopes: ['accounts:read', 'accounts:write'],
        perMinute: null,
        createdAt: expect.any(Number),
        expiresAt: expect.any(Number),
      },
    ]);
    const host = await all.person('host');
    expect((await host.ask('GET', '/api/v1/account/keys')).body.items).toEqual([]);
    expect(await outcome(host, 'DELETE', `/api/v1/account/keys/${id}`)).toBe('NOT_FOUND');
  });

  it('that asks too often is told to wait, and another one is not', async () => {
    const all = await installed();
    const [busy, calm] = [
      await keyOf(all.admin, ['accounts:read']),
      await keyOf(all.admin, ['accounts:read']),
    ];
    const asked = await Promise.all(
      Array.from({ length: 70 }, () => outcome(withKey(all, busy.key), 'GET', '/api/v1/accounts')),
    );
    expect(asked).toContain('RATE_LIMITED');
    expect(await outcome(withKey(all, calm.key), 'GET', '/api/v1/accounts')).toBe('ok');
  });
});
