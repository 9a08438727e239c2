// Who may ask what: every route, and everybody who could ask.
import fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { Scope } from '#protocol';
import { handed } from '../accounts/authRoutes.ts';
import { Browser, claimed, type Installation } from '../testing/accountsKit.ts';
import { TestClient } from '../testing/testkit.ts';
import { type Route, scopesOf } from './route.ts';
import { serveApi } from './serveApi.ts';
import { everything, generous, nameOf, pathOf, table } from './testing/table.ts';

/** Said once more by hand: a new route is refused here until somebody has thought of who may ask it. */
const RULES: Readonly<Record<string, string>> = {
  'GET /account': 'nobody',
  'POST /claim': 'nobody',
  'POST /password': 'nobody',
  'GET /account/sessions': 'account',
  'DELETE /account/sessions': 'account',
  'DELETE /account/sessions/:id': 'account',
  'GET /account/keys': 'account',
  'POST /account/keys': 'account',
  'DELETE /account/keys/:id': 'account',
  'GET /me/data': 'account',
  'DELETE /me': 'account',
  'GET /accounts': 'admin, accounts:read',
  'GET /accounts/:id': 'admin, accounts:read',
  'PATCH /accounts/:id': 'admin, accounts:write',
  'DELETE /accounts/:id': 'admin, accounts:write',
  'GET /accounts/:id/sessions': 'admin, accounts:read',
  'DELETE /accounts/:id/sessions': 'admin, accounts:write',
  'DELETE /accounts/:id/sessions/:session': 'admin, accounts:write',
  'GET /accounts/:id/keys': 'admin, accounts:read',
  'DELETE /accounts/:id/keys/:key': 'admin, accounts:write',
  'POST /accounts/:id/password-link': 'admin, accounts:write',
  'GET /accounts/invitations': 'admin, accounts:read',
  'POST /accounts/invitations': 'admin, accounts:write',
  'DELETE /accounts/invitations/:id': 'admin, accounts:write',
  'GET /rooms': 'admin, rooms:read',
  'GET /rooms/:id': 'admin, rooms:read',
  'POST /rooms': 'host, rooms:write',
  'GET /rooms/:id/calendar': 'host, rooms:read',
  'PATCH /rooms/:id': 'admin, rooms:write',
  'POST /rooms/:id/end': 'admin, rooms:write',
  'POST /rooms/:id/archive': 'admin, rooms:write',
  'DELETE /rooms/:id': 'admin, rooms:write',
  'POST /rooms/bulk': 'admin, rooms:write',
  'GET /policy': 'admin, policy:read',
  'PUT /policy': 'admin, policy:write',
  'GET /policy/groups': 'admin, policy:read',
  'POST /policy/groups': 'admin, policy:write',
  'GET /policy/groups/:id': 'admin, policy:read',
  'PUT /policy/groups/:id': 'admin, policy:write',
  'DELETE /policy/groups/:id': 'admin, policy:write',
  'GET /policy/groups/:id/members': 'admin, policy:read',
  'PUT /policy/groups/:id/members/:account': 'admin, policy:write',
  'DELETE /policy/groups/:id/members/:account': 'admin, policy:write',
  'GET /audit': 'admin, audit:read',
  'GET /audit/export': 'admin, audit:read',
  'GET /audit/key': 'admin, audit:read',
  'GET /webhooks': 'admin, webhooks:read',
  'GET /sign-in': 'admin, signin:read',
  'POST /sign-in/test': 'admin, signin:read',
  'POST /webhooks': 'admin, webhooks:write, audit:read',
  'DELETE /webhooks/:id': 'admin, webhooks:write',
  'POST /webhooks/:id/test': 'admin, webhooks:write',
  'GET /webhooks/:id/deliveries': 'admin, webhooks:read',
  'GET /live': 'admin, live:read',
  'POST /erase': 'admin',
};

/** The same for what the library of accounts answers, below /api/auth. An API key is no account there. */
const AUTH_RULES: Readonly<Record<string, string>> = {
  'POST /sign-in/email': 'nobody',
  'POST /sign-out': 'nobody',
  'POST /change-password': 'account',
  'GET /passkey/generate-register-options': 'account',
  'POST /passkey/verify-registration': 'account',
  'GET /passkey/generate-authenticate-options': 'nobody',
  'POST /passkey/verify-authentication': 'nobody',
  'GET /passkey/list-user-passkeys': 'account',
  'POST /passkey/delete-passkey': 'account',
  'POST /sign-in/social': 'nobody',
  'GET /callback/sso': 'nobody',
};

const NO_KEYS = ['SCOPE_REQUIRED', 'SCOPE_REQUIRED', 'SCOPE_REQUIRED'];
const KEYS = ['-', 'SCOPE_REQUIRED', 'ROLE_REQUIRED'];
/** What the rule means for each of askersOf, in that order. `-`: it may. */
const MEANING: Readonly<Record<string, readonly string[]>> = {
  nobody: ['-', 'BAD_KEY', '-', '-', '-', ...NO_KEYS],
  account: ['SIGN_IN_REQUIRED', 'BAD_KEY', '-', '-', '-', ...NO_KEYS],
  host: ['SIGN_IN_REQUIRED', 'BAD_KEY', 'ROLE_REQUIRED', '-', '-', ...KEYS],
  admin: ['SIGN_IN_REQUIRED', 'BAD_KEY', 'ROLE_REQUIRED', 'ROLE_REQUIRED', '-', ...KEYS],
  'admin, no key': ['SIGN_IN_REQUIRED', 'BAD_KEY', 'ROLE_REQUIRED', 'ROLE_REQUIRED', '-', ...NO_KEYS],
};
const meaningOf = (row: Route) =>
  MEANING[row.needs === 'admin' && scopesOf(row).length === 0 ? 'admin, no key' : row.needs];
const REFUSALS = ['SIGN_IN_REQUIRED', 'ROLE_REQUIRED', 'SCOPE_REQUIRED', 'BAD_KEY', 'WRONG_ORIGIN'];

/** Behind it nobody is signed in. */
const LAST = 'DELETE /account/sessions';

async function askersOf({ server, admin, person }: Installation) {
  const [member, host] = [await person('member'), await person('host')];
  const keyOf = async (owner: Browser, scopes: readonly string[]) => {
    const { body } = await owner.ask('POST', '/api/v1/account/keys', { name: 'a script', scopes, days: 1 });
    return new Browser(server, { authorization: `Bearer ${body.key}` });
  };
  // An account has twenty keys at most.
  const second = await person('admin', 'second@example.org');
  const withScope = new Map<string, Browser>();
  const withOther = new Map<string, Browser>();
  const ofMember = await keyOf(member, Scope.options);
  for (const scope of Scope.options) {
    withScope.set(scope, await keyOf(admin, [scope]));
    withOther.set(
      scope,
      await keyOf(
        second,
        Scope.options.filter((other) => other !== scope),
      ),
    );
  }
  // What the server gives people without an account is the token of their peer: good for sockets only.
  const { resumeToken } = (await TestClient.start(server)).started;
  const guest = new Browser(server, { authorization: `Bearer ${resumeToken}` });
  const any = withScope.get('rooms:read') ?? admin;
  const both = await keyOf(admin, ['webhooks:write', 'audit:read']);
  /** Without the last of them. */
  return (scopes: readonly string[]) => ({
    nobody: new Browser(server),
    guest,
    member,
    host,
    admin,
    'key with the scope': scopes.length > 1 ? both : (withScope.get(scopes[0] ?? '') ?? any),
    'key without it': withOther.get(scopes.at(-1) ?? '') ?? any,
    'key of a member': ofMember,
  });
}

describe('the table of who may ask what', () => {
  it('has a rule for every route, and no rule for what is no route', () => {
    const rules = Object.fromEntries(
      table.map((row) => [nameOf(row), [row.needs, ...scopesOf(row)].join(', ')]),
    );
    expect(rules).toEqual(RULES);
    expect(Object.keys(rules).length).toBe(table.length);
  });

  it('is all that is served below /api, but for the documents', async () => {
    const served: string[] = [];
    const app = fastify();
    app.addHook('onRoute', ({ method, url }) => {
      for (const each of [method].flat()) served.push(`${each} ${url}`);
    });
    await app.register((below) => serveApi(below, { stores: {} } as never), { prefix: '/api' });
    await app.ready();
    const expected = [
      ...table.map(({ method, path }) => `${method} /api/v1${path}`),
      ...handed.map(({ method, path }) => `${method} /api/auth${path}`),
      ...['GET /api/openapi.json', 'GET /api/docs', 'GET /api/docs.css'],
    ];
    const others = served.filter((each) => !each.endsWith(' /api/*'));
    expect(others.toSorted()).toEqual(expected.toSorted());
  });

  it('is kept by the server for nobody, guests, members, hosts, admins, and keys with and without the scope', async () => {
    const installation = await claimed({ addressLimits: generous });
    const askers = await askersOf(installation);
    const found: Record<string, string[]> = {};
    // So old that nobody deletes the own account with it.
    const signedInAt = new Date(Date.now() - 60 * 60 * 1000).toISOString();
    await installation.db.updateTable('sessions').set({ createdAt: signedInAt }).execute();
    const rows = table.toSorted((a, b) => Number(nameOf(a) === LAST) - Number(nameOf(b) === LAST));
    for (const row of rows) {
      const outcomes: string[] = [];
      for (const asker of Object.values(askers(scopesOf(row)))) {
        const answer = await asker.ask(row.method, pathOf(row), row.body ? {} : undefined);
        expect(answer.status, nameOf(row)).toBeLessThan(500);
        outcomes.push(REFUSALS.includes(answer.body?.code) ? answer.body.code : '-');
      }
      found[nameOf(row)] = outcomes;
    }
    const expected = Object.fromEntries(rows.map((row) => [nameOf(row), meaningOf(row)]));
    expect(found).toEqual(expected);
    expect(rows.length).toBeGreaterThan(35);
  });
});

describe('the table of what the library of accounts may be asked', () => {
  it('has a rule for every route, which the server keeps for nobody, guests, keys, members, hosts and admins', async () => {
    expect(Object.fromEntries(handed.map((row) => [nameOf(row), row.needs]))).toEqual(AUTH_RULES);
    const askers = (await askersOf(await claimed({ addressLimits: generous })))(['rooms:read']);
    const { nobody, guest, member, host, admin } = askers;
    const key = askers['key with the scope'];
    // Behind it nobody is signed in.
    const rows = handed.toSorted((a, b) => Number(a.path === '/sign-out') - Number(b.path === '/sign-out'));
    for (const row of rows) {
      const outcomes: string[] = [];
      for (const asker of [nobody, guest, key, member, host, admin]) {
        const answer = await asker.ask(
          row.method,
          `/api/auth${row.path}`,
          row.method === 'POST' ? {} : undefined,
        );
        expect(answer.status, nameOf(row)).toBeLessThan(500);
        outcomes.push(answer.body?.code === 'SIGN_IN_REQUIRED' ? 'SIGN_IN_REQUIRED' : '-');
      }
      const refused = row.needs === 'account' ? 'SIGN_IN_REQUIRED' : '-';
      expect(outcomes, nameOf(row)).toEqual([refused, refused, refused, '-', '-', '-']);
    }
  });
});

describe('a request from a page of another site', () => {
  it('changes nothing and shows nothing, at whatever route', async () => {
    const { server, admin } = await claimed({ addressLimits: generous });
    const evil = { origin: 'https://evil.example', cookie: admin.cookie };
    for (const { method, path } of everything) {
      const { status, body, headers } = await new Browser(server).ask(method, path, undefined, evil);
      expect(headers.get('access-control-allow-origin'), path).toBeNull();
      if (method === 'GET') continue;
      expect({ status, code: body.code }, `${method} ${path}`).toEqual({ status: 403, code: 'WRONG_ORIGIN' });
    }
    expect((await admin.ask('GET', '/api/v1/account')).body.account.role).toBe('admin');
  });

  it('that people follow as a link is refused, though their cookies come with it', async () => {
    const { server, admin, audited } = await withAudit();
    for (const site of ['cross-site', 'same-site']) {
      const followed = { cookie: admin.cookie, 'sec-fetch-site': site };
      for (const path of ['/api/v1/audit/export', '/api/v1/me/data', '/api/v1/accounts']) {
        const answer = await new Browser(server).ask('GET', path, undefined, followed);
        expect(answer).toMatchObject({ status: 403, body: { code: 'WRONG_ORIGIN' } });
      }
    }
    expect(audited().filter((type) => type.includes('export'))).toEqual([]);
  });

  async function withAudit() {
    const all = await claimed();
    return { ...all, audited: () => all.server.audited.map(({ type }) => type) };
  }
});
