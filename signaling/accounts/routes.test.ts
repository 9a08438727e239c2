// Every HTTP route: who may ask it, and what becomes of nonsense.
import { describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { problems } from '../problem.ts';
import { Browser, claimed } from '../testing/accountsKit.ts';
import { AccountDesk } from './AccountDesk.ts';
import { handed } from './authRoutes.ts';
import { accountRoutes } from './routes.ts';

// Only its table is read.
const desk = new AccountDesk({
  clock: systemClock,
  store: undefined as never,
  auth: () => Promise.reject(),
  rulebook: undefined as never,
  behindProxy: false,
});
const routes = accountRoutes(desk, systemClock).map(({ method, path, needs }) => ({
  method,
  path: `/api/v1${path.replace(/:\w+/g, 'nobody')}`,
  needs,
}));
const codes = new Set(Object.keys(problems));

describe('the table of who may ask what', () => {
  it('has every route', () => {
    expect(routes.length).toBeGreaterThan(8);
  });

  it.each(routes)('$method $path is for $needs', async ({ method, path, needs }) => {
    const { server, person } = await claimed();
    const refusedTo = async (browser: Browser) => {
      const { status } = await browser.ask(
        method,
        path,
        method === 'POST' || method === 'PATCH' ? {} : undefined,
      );
      return status === 401 || status === 403 ? status : undefined;
    };
    const all = [
      new Browser(server),
      await person('member'),
      await person('host'),
      await person('admin', 'b@example.org'),
    ];
    const expected = {
      nobody: [undefined, undefined, undefined, undefined],
      account: [401, undefined, undefined, undefined],
      admin: [401, 403, 403, undefined],
    };
    const refused = [];
    for (const browser of all) refused.push(await refusedTo(browser));
    expect(refused).toEqual(expected[needs]);
  });

  it.each(routes)('$method $path is not for pages of other sites', async ({ method, path }) => {
    const { server, admin } = await claimed();
    const evil = { origin: 'https://evil.example', cookie: admin.cookie };
    const { status, body, headers } = await new Browser(server).ask(method, path, undefined, evil);
    expect(headers.get('access-control-allow-origin')).toBeNull();
    if (method !== 'GET') expect({ status, code: body.code }).toEqual({ status: 403, code: 'WRONG_ORIGIN' });
  });
});

describe('nonsense', () => {
  const NONSENSE = [
    '',
    '{',
    '[]',
    'null',
    '"text"',
    '{"__proto__":{"role":"admin"}}',
    '{"role":"owner"}',
    `{"role":"admin","name":"x'; drop table users; --"}`,
    '{"token":"\\u0000","name":"\\ud800","email":"a@b","password":"123456789012"}',
    `{"token":"${'A'.repeat(43)}","name":"${'x'.repeat(65)}","email":"a@b.c","password":"123456789012"}`,
    `{"token":"${'A'.repeat(43)}","name":"x","email":"a@${'b.'.repeat(5000)}","password":"123456789012"}`,
    `{"token":${'['.repeat(5000)}`,
  ];
  const asked = [
    ...routes,
    ...handed.map(({ method, path }) => ({ method, path: `/api/auth${path}` })),
  ].filter(({ method }) => method === 'POST' || method === 'PATCH');

  it.each(asked)(
    'at $method $path is refused with a code, and nothing is stored',
    async ({ method, path }) => {
      const { admin, store, server } = await claimed({ addressLimits: generous });
      const before = await store.accounts();
      for (const body of NONSENSE) {
        const answer = await admin.ask(method, path, body, path.includes('sign-out') ? { cookie: '' } : {});
        expect(answer.status, body.slice(0, 80)).toBeLessThan(500);
        if (answer.status >= 400) expect(answer.body, body.slice(0, 80)).toHaveProperty('code');
      }
      expect(await store.accounts()).toEqual(before);
      expect(server.logLines.filter(({ level }) => Number(level) >= 50)).toEqual([]);
    },
  );

  it.each(asked)('at $method $path that is too long is not read', async ({ method, path }) => {
    const { admin } = await claimed();
    const answer = await admin.ask(method, path, JSON.stringify({ name: 'x'.repeat(20_000) }));
    expect(answer).toMatchObject({ status: 413, body: { code: 'TOO_LARGE' } });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  it.each(asked)('at $method $path that is no JSON is refused', async ({ method, path }) => {
    const { admin } = await claimed();
    const type = { 'content-type': 'text/plain' };
    const answer = await admin.ask(method, path, 'hello', type);
    expect(answer).toMatchObject({ status: 415, body: { code: 'UNSUPPORTED_MEDIA_TYPE' } });
  });

  it.each([
    '/api/v1',
    '/api/v1/nothing',
    '/api/auth/list-sessions',
    '/api/auth/get-session',
    '/api/auth/../v1/x',
  ])('at %s is a problem, not a page', async (path) => {
    const { admin } = await claimed();
    const { status, body } = await admin.ask('GET', path);
    expect({ status, code: body.code }).toEqual({ status: 404, code: 'NOT_FOUND' });
    expect(codes).toContain(body.code);
  });
});

const plenty = { burst: 10_000, perSecond: 10_000 };
const generous = { requests: plenty, signIns: plenty, guesses: plenty, keys: plenty };
