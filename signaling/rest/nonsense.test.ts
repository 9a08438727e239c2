// What becomes of nonsense: at every route, in bodies, addresses and headers, on both databases.
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { problems } from '../problem.ts';
import { againstBoth, opened } from '../storage/testing/places.ts';
import { type Browser, claimed, type Installation } from '../testing/accountsKit.ts';
import { everything, generous, nameOf, table } from './testing/table.ts';

const BODIES = [
  '',
  '{',
  '[]',
  'null',
  '"text"',
  '\u0000',
  '{"__proto__":{"role":"admin"}}',
  '{"constructor":{"prototype":{"role":"admin"}}}',
  '{"role":"owner"}',
  '{"role":["admin"]}',
  `{"role":"admin","name":"x'; drop table users; --"}`,
  '{"token":"\\u0000","name":"\\ud800","email":"a@b","password":"123456789012"}',
  `{"token":"${'A'.repeat(43)}","name":"${'x'.repeat(65)}","email":"a@b.c","password":"123456789012"}`,
  `{"token":"${'A'.repeat(43)}","name":"x","email":"a@${'b.'.repeat(5000)}","password":"123456789012"}`,
  `{"token":${'['.repeat(5000)}`,
  '{"name":"\\u202egnp.exe","scopes":["*"],"days":1}',
  '{"name":"a\\u0000b","scopes":["rooms:read"],"days":1}',
  '{"name":"\\udfff","scopes":["rooms:read"],"days":1}',
  '{"name":"x","scopes":["rooms:read"],"days":1e999}',
  '{"name":"x","scopes":[],"days":1}',
  '{"lobby":"yes"}',
  '{"lifetimeMs":-1}',
  '{"schedule":{}}',
  '{"schedule":{"start":"2099-02-30T10:00","timeZone":"UTC","lastsMs":60000}}',
  '{"schedule":{"start":"2099-02-03T10:00","timeZone":"Europe/\\u0000","lastsMs":60000}}',
  '{"schedule":{"start":"2099-02-03T10:00","timeZone":"UTC;X=1:","lastsMs":60000}}',
  '{"schedule":{"start":"2099-02-03T10:00","timeZone":"UTC","lastsMs":1e999}}',
  '{"schedule":{"start":"9999-12-31T23:59","timeZone":"UTC","lastsMs":60000,"repeat":{"every":"day","until":"9999-12-31"}}}',
  '{"schedule":{"start":"0000-01-01T00:00","timeZone":"UTC","lastsMs":60000,"repeat":{"every":"week","days":["sat"],"until":"9999-12-31"}}}',
  '{"schedule":{"start":"2099-02-03T10:00","timeZone":"UTC","lastsMs":60000,"repeat":{"every":"day","interval":0,"count":2}}}',
  `{"schedule":{"start":"2099-02-03T10:00","timeZone":"UTC","lastsMs":60000,"repeat":{"every":"week","days":[${'"tue",'.repeat(2000)}"tue"],"count":2}}}`,
  '{"lifetimeMs":1.5}',
  '{"lifetimeMs":9007199254740993}',
  '{"expiresAt":9223372036854775808}',
  '{"expiresAt":"tomorrow"}',
  '{"expiresAt":-8640000000000001}',
  '{"action":{"do":"end"},"filter":{}}',
  '{"action":{"do":"drop"},"filter":{"state":"open"}}',
  `{"action":{"do":"end"},"filter":{"owner":"x' or '1'='1"}}`,
  '{"action":{"do":"end"},"filter":{"owner":"\\u0000"}}',
  '{"action":{"do":"shorten","expiresAt":1},"filter":{"state":"open"}}',
  '{"disabled":null}',
  '{"url":"javascript:alert(1)"}',
  '{"url":"https://a@b/"}',
  '{"url":"http://127.0.0.1/"}',
  '{"url":"https://hook.example/","types":["room:created","x\\u0000"]}',
  '{"version":-1,"rules":{}}',
  '{"version":0,"rules":{"maxLifetimeMs":1e999}}',
  '{"version":0,"rules":{"__proto__":{"guests":true}}}',
  '{"version":0,"rules":{"hours":{"timeZone":"\\u0000","days":{"mon":[{"from":"08:00","to":"18:00"}]}}}}',
  '{"version":0,"rules":{"hours":{"timeZone":"UTC","days":{"mon":[{"from":"08:00","to":"8:00; --"}]}}}}',
  '{"name":"a\\u0000b","rules":{}}',
  '{"name":"\\udfff","rules":{}}',
  `{"name":"${'x'.repeat(65)}","rules":{}}`,
];

const cursor = (place: unknown) => Buffer.from(JSON.stringify(place)).toString('base64url');
const TEXTS = [
  '',
  '%00',
  '%ff%fe',
  '%ed%a0%80',
  '%e2%80%ae',
  '%27%3b%20drop%20table%20users%3b--',
  '%25%25_%5c',
  '-1',
  '0',
  '1.5',
  'NaN',
  '99999999999999999999',
  '9007199254740993',
  '9223372036854775808',
  'a'.repeat(5000),
  '[]',
  cursor({ by: 'email', at: 'a\u0000', id: 'x' }),
  cursor({ by: '-created', at: 'x', id: 'x' }),
  cursor({ by: '-created', at: 1e300, id: 'x' }),
  cursor({ by: '-created', at: 1, id: '\u0000' }),
  cursor({ by: '-seq', at: '1', id: '1' }),
  cursor({ by: 'expires', at: -1, id: 'x' }),
  cursor([]),
  cursor(null),
];
const PARAMETERS = [
  ...TEXTS.filter((text) => text !== ''),
  '%',
  '%zz',
  '..%2f..%2faccounts',
  '%2e%2e',
  '👻',
  'bulk',
];

/** Every row of every table. */
async function everythingIn({ db }: Pick<Installation, 'db'>): Promise<string> {
  const tables = (await db.introspection.getTables()).map(({ name }) => name).sort();
  const rows = await Promise.all(
    tables.map(async (name) => (await sql`select * from ${sql.table(name)}`.execute(db)).rows),
  );
  return JSON.stringify(Object.fromEntries(tables.map((name, i) => [name, rows[i]])));
}

type Answer = Awaited<ReturnType<Browser['ask']>>;

/** What is wrong with the answer, or nothing. `refused`: any other outcome would be wrong, too. */
function wrongIn({ status, body, headers }: Answer, what: string, refused: boolean): string[] {
  if (status < 400) return refused ? [`${what} answers ${status}`] : [];
  const known: Readonly<Record<string, { status: number }>> = problems;
  const good =
    status < 500 &&
    known[body.code]?.status === status &&
    headers.get('content-type')?.startsWith('application/problem+json');
  return good ? [] : [`${what} answers ${status} ${JSON.stringify(body).slice(0, 100)}`];
}

const faults = ({ server }: Pick<Installation, 'server'>) =>
  server.logLines.filter(({ level }) => Number(level) >= 50);

/** All at once: there are thousands, and nobody's answer depends on another's. */
const each = (texts: readonly string[], ask: (text: string) => Promise<void>) => Promise.all(texts.map(ask));

const MINUTES = { timeout: 120_000 };

againstBoth('nonsense', (makePlace) => {
  const scene = async () => {
    const { db } = await opened(await makePlace());
    return claimed({ addressLimits: generous, db });
  };
  const writing = everything.filter(({ method }) => method !== 'GET');

  it('in the body is refused everywhere with a code, and nothing is stored', MINUTES, async () => {
    const all = await scene();
    // What signs in is looked at below: failures are in the audit log.
    const rows = writing.filter(({ path }) => path.startsWith('/api/v1'));
    const before = await everythingIn(all);
    const wrong: string[] = [];
    for (const { method, path } of rows) {
      await each(BODIES, async (body) => {
        const answer = await all.admin.ask(method, path, body);
        wrong.push(...wrongIn(answer, `${method} ${path} ${body.slice(0, 60)}`, true));
      });
    }
    expect(wrong).toEqual([]);
    expect(rows.length).toBeGreaterThan(15);
    expect(await everythingIn(all)).toBe(before);
    expect(faults(all)).toEqual([]);
  });

  it(
    'sent to what the sign-in library answers is refused with a code of ours, and makes nobody anybody',
    MINUTES,
    async () => {
      const all = await scene();
      const people = await all.accounts();
      const wrong: string[] = [];
      for (const { method, path } of writing.filter(({ path }) => path.startsWith('/api/auth'))) {
        await each(BODIES, async (body) => {
          // Signing out works with nearly anything: that of nobody changes nothing.
          const as = path.includes('sign-out') ? { cookie: '' } : {};
          const answer = await all.admin.ask(method, path, body, as);
          wrong.push(...wrongIn(answer, `${method} ${path} ${body.slice(0, 60)}`, false));
        });
      }
      expect(wrong).toEqual([]);
      expect(await all.accounts()).toEqual(people);
      expect(faults(all)).toEqual([]);
    },
  );

  it('in the query is refused or harmless, and nothing is stored', MINUTES, async () => {
    const all = await scene();
    const reading = table.filter(({ method }) => method === 'GET');
    const before = await everythingIn(all);
    const wrong: string[] = [];
    for (const row of reading) {
      const path = `/api/v1${row.path.replace(/:\w+/g, 'nobody')}`;
      const names = namesIn(row);
      for (const query of ['unknown=1', '__proto__=1', ...twice(names)]) {
        const answer = await all.admin.ask('GET', `${path}?${query}`);
        wrong.push(...wrongIn(answer, `${path}?${query}`, true));
      }
      for (const name of names) {
        await each(TEXTS, async (text) => {
          const answer = await all.admin.ask('GET', `${path}?${name}=${text}`);
          wrong.push(...wrongIn(answer, `${path}?${name}=${text.slice(0, 60)}`, !isGood(name, text)));
        });
      }
    }
    expect(wrong).toEqual([]);
    expect(await everythingIn(all)).toBe(before);
    expect(faults(all)).toEqual([]);
  });

  it('in the address leads to nothing', MINUTES, async () => {
    const all = await scene();
    const before = await everythingIn(all);
    const wrong: string[] = [];
    for (const row of table.filter(({ path }) => path.includes(':'))) {
      await each(PARAMETERS, async (text) => {
        const path = `/api/v1${row.path.replace(/:\w+/g, text)}`;
        const name = nameOf(row);
        const answer = await all.admin.ask(row.method, path + (QUERY_OF[name] ?? ''), BODY_OF[name]);
        wrong.push(...wrongIn(answer, `${row.method} ${path.slice(0, 80)}`, true));
      });
    }
    expect(wrong).toEqual([]);
    expect(await everythingIn(all)).toBe(before);
    expect(faults(all)).toEqual([]);
  });

  it('in headers is refused, and nothing is stored', async () => {
    const all = await scene();
    const before = await everythingIn(all);
    const ask = (headers: Record<string, string>) => all.admin.ask('POST', '/api/v1/rooms', {}, headers);
    for (const key of ['', 'a b', 'ä', 'x'.repeat(256)])
      expect(wrongIn(await ask({ 'idempotency-key': key }), key, true)).toEqual([]);
    for (const key of [
      '',
      'Bearer',
      'Bearer  ',
      'Basic YTpi',
      'Bearer ic_\u00ff',
      `Bearer ${'x'.repeat(9_000)}`,
    ])
      expect(await ask({ authorization: key }), key).toMatchObject({
        status: 401,
        body: { code: 'BAD_KEY' },
      });
    expect(await everythingIn(all)).toBe(before);
    expect(faults(all)).toEqual([]);
  });
});

/** A valid one, so that it is the address that is wrong. */
const BODY_OF: Readonly<Record<string, unknown>> = {
  'PATCH /accounts/:id': { role: 'member' },
  'PATCH /rooms/:id': { expiresAt: 4_000_000_000_000 },
  'PUT /policy/groups/:id': { name: 'x', version: 1, rules: {} },
};
const QUERY_OF: Readonly<Record<string, string>> = { 'DELETE /policy/groups/:id': '?version=1' };

const namesIn = ({ query }: (typeof table)[number]): string[] =>
  query && 'shape' in query._zod.def ? Object.keys(query._zod.def.shape as object) : [];
const twice = (names: readonly string[]) => names.map((name) => `${name}=a&${name}=b`);
/** What is nonsense elsewhere: any text may be looked for, and 0 is a time. */
const isGood = (name: string, text: string): boolean =>
  ['search', 'about', 'owner'].includes(name) || (text === '0' && /(From|Before)$|^(from|to)$/.test(name));

describe('a request', () => {
  it(
    'that is too long is not read, and one that is no JSON is refused, at whatever route',
    MINUTES,
    async () => {
      const { admin } = await claimed({ addressLimits: generous });
      const long = JSON.stringify({ name: 'x'.repeat(20_000) });
      const types = [
        'text/plain',
        'application/x-www-form-urlencoded',
        'application/json5',
        'multipart/form-data; boundary=x',
      ];
      for (const { method, path } of everything.filter((row) => row.method !== 'GET')) {
        const answer = await admin.ask(method, path, long);
        expect(answer, path).toMatchObject({ status: 413, body: { code: 'TOO_LARGE' } });
        expect(answer.headers.get('content-type')).toContain('application/problem+json');
        for (const type of types) {
          const refused = await admin.ask(method, path, 'hello', { 'content-type': type });
          expect(refused, `${path} ${type}`).toMatchObject({
            status: 415,
            body: { code: 'UNSUPPORTED_MEDIA_TYPE' },
          });
        }
      }
    },
  );

  it.each([
    '/api/v1',
    '/api/v1/',
    '/api/v1/nothing',
    '/api/v1/rooms/a/b/c',
    '/api/auth/list-sessions',
    '/api/auth/get-session',
    '/api/auth/../v1/x',
    '/api/v1/%',
  ])('to %s is answered with a problem, not with a page', async (path) => {
    const { admin } = await claimed();
    const { status, body, headers } = await admin.ask('GET', path);
    expect(headers.get('content-type')).toContain('application/problem+json');
    const expected = path.endsWith('%')
      ? { status: 400, code: 'BAD_REQUEST' }
      : { status: 404, code: 'NOT_FOUND' };
    expect({ status, code: body.code }).toEqual(expected);
  });

  it.each(['PUT', 'HEAD', 'OPTIONS'])('by %s is none of ours', async (method) => {
    const { admin } = await claimed();
    expect((await admin.ask(method, '/api/v1/audit/export')).status).toBe(404);
  });
});
