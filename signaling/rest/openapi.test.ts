// The document of the API says what the server does, and the page for people says what the document says.
import { describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod/mini';
import { handed } from '../accounts/authRoutes.ts';
import { Browser, claimed } from '../testing/accountsKit.ts';
import { startIdentityProvider } from '../testing/identityProvider.ts';
import { startServer } from '../testing/testkit.ts';
import { docsPage } from './docsPage.ts';
import { type OpenApi, type Operation, openApi } from './openapi.ts';
import { route } from './route.ts';
import { mismatches, resolve } from './testing/jsonSchema.ts';
import { generous, nameOf, table } from './testing/table.ts';

const document = openApi(table, '1.2.3');
const known = document.components.schemas;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);

describe('the document', () => {
  it('is what the server serves, to anybody', async () => {
    const server = await startServer();
    const { status, body, headers } = await new Browser(server).ask('GET', '/api/openapi.json');
    expect({ status, type: headers.get('content-type') }).toMatchObject({
      status: 200,
      type: expect.stringContaining('application/json'),
    });
    expect({ ...body, info: { ...body.info, version: '1.2.3' } }).toEqual(
      JSON.parse(JSON.stringify(document)),
    );
    expect(body.info.version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('has every route, and no other', () => {
    const inTable = [
      ...table.map((row) => `${row.method} /api/v1${row.path}`),
      ...handed.map(({ method, path }) => `${method} /api/auth${path}`),
    ].map((name) => name.replace(/:(\w+)/g, '{$1}'));
    expect(operations.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(inTable.toSorted());
  });

  it('has the shape of OpenAPI 3.1', () => {
    expect(document.openapi).toBe('3.1.0');
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z]+$/);
    const tags = document.tags.map(({ name }) => name);
    const schemes = Object.keys(document.components.securitySchemes);
    for (const { path, operation } of operations) {
      expect(operation.summary.length, path).toBeGreaterThan(5);
      for (const tag of operation.tags) expect(tags).toContain(tag);
      for (const way of operation.security)
        for (const name of Object.keys(way)) expect(schemes).toContain(name);
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = operation.parameters.filter((each) => each.in === 'path').map(({ name }) => name);
      expect(declared, path).toEqual(inPath);
      const names = operation.parameters.map((each) => `${each.in} ${each.name}`);
      expect(new Set(names).size, path).toBe(names.length);
      for (const [status, { description }] of Object.entries(operation.responses)) {
        expect(status).toMatch(/^[245]\d\d$/);
        expect(description.length).toBeGreaterThan(0);
      }
      expect(
        Object.keys(operation.responses).filter((status) => status.startsWith('2')),
        path,
      ).toHaveLength(1);
    }
    for (const name of Object.keys(known)) expect(name).toMatch(/^[A-Za-z0-9._-]+$/);
  });

  it('has no reference that leads nowhere, and no schema that nothing leads to', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref = '']) => ref);
    for (const ref of refs) expect(() => resolve(ref, known), ref).not.toThrow();
    const used = new Set(refs.map((ref) => ref.replace('#/components/schemas/', '')));
    expect(Object.keys(known).filter((name) => !used.has(name))).toEqual([]);
    expect(JSON.stringify(document)).not.toMatch(/\$defs|"\$id"|"\$schema"/);
  });

  it('says of bodies what the routes check', () => {
    const { requestBody } = document.paths['/api/v1/accounts/invitations']?.post ?? {};
    const schema = requestBody?.content['application/json']?.schema ?? {};
    expect(mismatches({ role: 'host' }, schema, known)).toEqual([]);
    expect(mismatches({ role: 'owner' }, schema, known)).not.toEqual([]);
    expect(mismatches({ role: 'host', more: 1 }, schema, known)).not.toEqual([]);
    expect(mismatches({}, schema, known)).not.toEqual([]);
  });
});

describe('answers', () => {
  it('of every route are what the document says', async () => {
    const company = await startIdentityProvider(() => 'http://localhost/api/auth/callback/sso');
    onTestFinished(() => company.close());
    const { server, admin, person, idOf } = await claimed({
      ...{ addressLimits: generous, singleSignOn: company.config },
    });
    await person('member');
    const member = await idOf('member');
    const seen = new Map<string, string[]>();
    const ask = async (id: string, path: string, body?: unknown) => {
      const found = operations.find(({ operation }) => operation.operationId === id);
      if (!found) throw new Error(`no ${id}`);
      const answer = await admin.ask(found.method, path, body);
      seen.set(id, wrongIn(found.operation, answer));
      return answer.body;
    };
    await ask('whoAmI', '/api/v1/account');
    await ask('listSessions', '/api/v1/account/sessions');
    await ask('endSession', `/api/v1/account/sessions/${await otherSession(admin, server)}`);
    const key = await ask('createKey', '/api/v1/account/keys', { name: 'k', scopes: ['live:read'], days: 1 });
    await ask('listKeys', '/api/v1/account/keys');
    await ask('deleteKey', `/api/v1/account/keys/${key.id}`);
    const invitation = await ask('createInvitation', '/api/v1/accounts/invitations', { role: 'host' });
    await ask('listInvitations', '/api/v1/accounts/invitations');
    await ask('acceptInvitation', '/api/v1/claim', {
      token: invitation.token,
      name: 'Bo',
      email: 'bo@example.org',
      password: 'correct horse battery',
    });
    const unused = await ask('createInvitation', '/api/v1/accounts/invitations', { role: 'host' });
    await ask('revokeInvitation', `/api/v1/accounts/invitations/${unused.id}`);
    await ask('listAccounts', '/api/v1/accounts?limit=1');
    await ask('getAccount', `/api/v1/accounts/${member}`);
    const { items } = await ask('listAccountSessions', `/api/v1/accounts/${member}/sessions`);
    await ask('endAccountSession', `/api/v1/accounts/${member}/sessions/${items[0].id}`);
    const owner = await idOf('admin');
    const theirs = await ask('createKey', '/api/v1/account/keys', {
      name: 'l',
      scopes: ['live:read'],
      days: 1,
    });
    await ask('listAccountKeys', `/api/v1/accounts/${owner}/keys`);
    await ask('deleteAccountKey', `/api/v1/accounts/${owner}/keys/${theirs.id}`);
    const link = await ask('createPasswordLink', `/api/v1/accounts/${member}/password-link`);
    await ask('resetPassword', '/api/v1/password', { token: link.token, password: 'another horse battery' });
    await ask('changeAccount', `/api/v1/accounts/${member}`, { disabled: true });
    await ask('signOutAccount', `/api/v1/accounts/${member}/sessions`);
    await ask('deleteAccount', `/api/v1/accounts/${member}`);
    const { room } = await ask('createRoom', '/api/v1/rooms', {});
    await ask('listRooms', '/api/v1/rooms?sort=expires');
    await ask('getRoom', `/api/v1/rooms/${room.id}`);
    await ask('shortenRoom', `/api/v1/rooms/${room.id}`, { expiresAt: room.expiresAt - 1 });
    await ask('endRoom', `/api/v1/rooms/${room.id}/end`);
    await ask('archiveRoom', `/api/v1/rooms/${room.id}/archive`);
    await ask('deleteRoom', `/api/v1/rooms/${room.id}`);
    const start = new Date(Date.now() + 60 * 60_000).toISOString().slice(0, 16);
    const schedule = { start, timeZone: 'UTC', lastsMs: 60_000, repeat: { every: 'week', count: 3 } };
    const { room: weekly } = await ask('createRoom', '/api/v1/rooms', { schedule });
    await ask('getCalendar', `/api/v1/rooms/${weekly.id}/calendar`);
    await ask('changeRooms', '/api/v1/rooms/bulk', { action: { do: 'end' }, filter: { state: 'open' } });
    await ask('getPolicy', '/api/v1/policy');
    const hours = { timeZone: 'Europe/Berlin', days: { mon: [{ from: '08:00', to: '18:00' }] } };
    await ask('setPolicy', '/api/v1/policy', { version: 0, rules: { maxParticipants: 10, hours } });
    const group = await ask('createPolicyGroup', '/api/v1/policy/groups', { name: 'legal', rules: {} });
    const place = `/api/v1/policy/groups/${group.id}`;
    await ask('listPolicyGroups', '/api/v1/policy/groups');
    await ask('getPolicyGroup', place);
    await ask('setPolicyGroup', place, { name: 'law', version: 1, rules: {} });
    const insider = `${place}/members/${await idOf('host')}`;
    await ask('addPolicyMember', insider);
    await ask('listPolicyMembers', `${place}/members`);
    await ask('removePolicyMember', insider);
    await ask('deletePolicyGroup', `${place}?version=2`);
    const hook = await ask('createWebhook', '/api/v1/webhooks', { url: 'https://localhost/' });
    await ask('listWebhooks', '/api/v1/webhooks');
    await ask('testWebhook', `/api/v1/webhooks/${hook.id}/test`);
    await ask('listDeliveries', `/api/v1/webhooks/${hook.id}/deliveries`);
    await ask('deleteWebhook', `/api/v1/webhooks/${hook.id}`);
    await ask('listAudit', '/api/v1/audit');
    await ask('exportAudit', '/api/v1/audit/export?format=csv');
    await ask('getAuditKey', '/api/v1/audit/key');
    await ask('getSignInSettings', '/api/v1/sign-in');
    await ask('testSingleSignOn', '/api/v1/sign-in/test');
    await ask('getOverview', '/api/v1/live');
    await ask('exportOwnData', '/api/v1/me/data');
    await ask('signOutEverywhere', '/api/v1/account/sessions');
    await admin.signIn('bo@example.org');
    await ask('deleteOwnAccount', '/api/v1/me');
    await admin.signIn('admin@example.org');
    await ask('eraseInstallation', '/api/v1/erase', { confirm: 'erase everything' });
    expect(Object.fromEntries([...seen].filter(([, wrong]) => wrong.length > 0))).toEqual({});
    expect([...seen.keys()].toSorted()).toEqual(table.map(({ name }) => name).toSorted());
  });

  it('of what went wrong are what the document says', async () => {
    const { server, admin } = await claimed();
    const problem = resolve('#/components/schemas/Problem', known);
    for (const [browser, method, path] of [
      [new Browser(server), 'GET', '/api/v1/accounts'],
      [admin, 'GET', '/api/v1/rooms?limit=x'],
      [admin, 'GET', '/api/v1/rooms/nothing'],
      [new Browser(server), 'POST', '/api/auth/sign-in/email'],
    ] as const) {
      const { body, status } = await browser.ask(method, path, method === 'POST' ? {} : undefined);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(mismatches(body, problem, known), path).toEqual([]);
    }
  });

  it('with a field that no schema names do not leave the server', async () => {
    const row = route({
      name: 'leak',
      method: 'GET',
      path: '/leak',
      tag: 'Live',
      doc: 'Leaks.',
      needs: 'nobody',
      answer: z.strictObject({ id: z.string() }),
      run: async () => ({ id: 'x', passwordHash: 'secret' }),
    });
    const nobody = () => {
      throw new Error('nobody');
    };
    const call = { caller: { signedIn: undefined, fromHere: false }, params: {} };
    const asked = row.handle(
      { ...call, account: nobody, asker: nobody, actor: nobody, answered: nobody },
      { body: undefined, query: {} },
    );
    await expect(asked).rejects.toThrow('the answer of leak has the wrong shape');
  });

  const otherSession = async (admin: Browser, server: { url: string }) => {
    await new Browser(server).signIn('admin@example.org');
    const { body } = await admin.ask('GET', '/api/v1/account/sessions');
    return body.items.find(({ current }: { current: boolean }) => !current).id;
  };

  function wrongIn(operation: Operation, answer: Awaited<ReturnType<Browser['ask']>>): string[] {
    const response = operation.responses[answer.status];
    if (!response || answer.status >= 300) return [`status ${answer.status} ${JSON.stringify(answer.body)}`];
    const type = answer.headers.get('content-type')?.replace(/; charset=utf-8$/, '') ?? '';
    if (!response.content) return answer.body === '' ? [] : ['a body'];
    const content = response.content[type] ?? response.content[`${type}; charset=utf-8`];
    return content ? mismatches(answer.body, content.schema, known) : [`the type ${type}`];
  }
});

describe('the page for people', () => {
  it('has every route and every schema, and every link on it leads somewhere', () => {
    const page = docsPage(document);
    const ids = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id = '']) => id));
    for (const { name } of table) expect(ids).toContain(name);
    for (const name of Object.keys(known)) expect(ids).toContain(`schema-${name}`);
    const links = [...page.matchAll(/ href="#([^"]+)"/g)].map(([, id = '']) => id);
    expect(links.length).toBeGreaterThan(table.length);
    expect(links.filter((id) => !ids.has(id))).toEqual([]);
    for (const row of table)
      expect(page).toContain(`${row.method} /api/v1${row.path.replace(/:(\w+)/g, '{$1}')}`);
  });

  it('is served under the policy of all pages, with a style sheet and no script', async () => {
    const server = await startServer();
    const page = await fetch(`${server.url}/api/docs`);
    const text = await page.text();
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(text).not.toMatch(/<script|<style| style=| on\w+=|https?:\/\//i);
    const [, style = ''] = / rel="stylesheet" href="([^"]+)"/.exec(text) ?? [];
    const sheet = await fetch(server.url + style);
    expect(sheet.headers.get('content-type')).toBe('text/css; charset=utf-8');
    expect(await sheet.text()).not.toMatch(/@import|url\(/);
  });

  it('shows text as text', () => {
    const evil = '<img src=x onerror=alert(1)>';
    const bent: OpenApi = { ...document, info: { ...document.info, description: `${evil} & "quotes"` } };
    expect(docsPage(bent)).not.toContain('<img');
    expect(docsPage(bent)).toContain('&#60;img src=x onerror=alert(1)&#62; &#38; &#34;quotes&#34;');
  });
});

it('names routes in one way', () => {
  expect(table.map(nameOf)).toHaveLength(new Set(table.map(nameOf)).size);
});
