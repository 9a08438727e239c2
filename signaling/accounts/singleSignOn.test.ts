// The company's sign-in, against a real OpenID Connect provider.
import { expect, it, onTestFinished } from 'vitest';
import type { StorageConfig } from '../config.ts';
import { againstBoth, opened } from '../storage/testing/places.ts';
import { Browser, claimed } from '../testing/accountsKit.ts';
import { startIdentityProvider } from '../testing/identityProvider.ts';

async function companyIn(place: StorageConfig, { memberGroups = [] }: { memberGroups?: string[] } = {}) {
  const { db } = await opened(place);
  let url = 'http://localhost';
  const provider = await startIdentityProvider(() => `${url}/api/auth/callback/sso`);
  onTestFinished(() => provider.close());
  const all = await claimed({ db, singleSignOn: { ...provider.config, memberGroups } });
  url = all.server.url;
  provider.people.set('ada-1', { name: 'Ada', email: 'ada@corp.example', groups: ['staff'] });
  const start = (browser: Browser) =>
    browser.ask('POST', '/api/auth/sign-in/social', {
      provider: 'sso',
      callbackURL: '/',
      errorCallbackURL: '/sign-in',
    });
  /** Answers where the browser ends up. */
  const signIn = async (browser: Browser, subject: string): Promise<string> => {
    const { body } = await start(browser);
    const back = await provider.visit(body.url, subject);
    const { headers } = await browser.ask('GET', back.slice(url.length));
    return headers.get('location') ?? '';
  };
  return { ...all, provider, start, signIn };
}

const roleOf = async (browser: Browser) => (await browser.ask('GET', '/api/v1/account')).body.account?.role;

againstBoth('the company’s sign-in', (makePlace) => {
  const company = async (options?: { memberGroups?: string[] }) => companyIn(await makePlace(), options);

  it('makes an account of whoever comes from it, with the role of their groups, and keeps no token', async () => {
    const { server, accounts, signIn } = await company();
    const ada = new Browser(server);
    expect((await ada.ask('GET', '/api/v1/account')).body.singleSignOn).toBe('Example Corp');
    expect(await signIn(ada, 'ada-1')).toBe('/');
    expect((await ada.ask('GET', '/api/v1/account')).body.account).toMatchObject({
      name: 'Ada',
      email: 'ada@corp.example',
      role: 'host',
    });
    expect(await accounts()).toHaveLength(2);
  });

  it('decides anew over the role at each sign-in, and is one account all the time', async () => {
    const { server, provider, accounts, signIn } = await company();
    const person = provider.people.get('ada-1');
    for (const [groups, role] of [
      [['it', 'staff'], 'admin'],
      [['teachers'], 'host'],
      [['guests'], 'member'],
    ] as const) {
      if (person) person.groups = [...groups];
      const ada = new Browser(server);
      await signIn(ada, 'ada-1');
      expect(await roleOf(ada)).toBe(role);
    }
    expect(await accounts()).toHaveLength(2);
  });

  it('refuses whoever is in none of the groups, where there are such for members: no account is made, and one that is there is nothing but a member', async () => {
    const { server, provider, admin, accounts, signIn } = await company({ memberGroups: ['guests'] });
    const person = provider.people.get('ada-1');
    const come = async (...groups: string[]) => {
      if (person) person.groups = groups;
      const browser = new Browser(server);
      return { browser, to: await signIn(browser, 'ada-1') };
    };
    const stranger = await come('alumni');
    expect(stranger.to).toMatch(/^\/sign-in\?error=NO_ROLE/);
    expect(await roleOf(stranger.browser)).toBeUndefined();
    expect(await accounts()).toHaveLength(1);
    expect(await roleOf((await come('guests')).browser)).toBe('member');
    const before = await come('it');
    expect(await roleOf(before.browser)).toBe('admin');
    const after = await come();
    expect(after.to).toMatch(/^\/sign-in\?error=NO_ROLE/);
    expect(await roleOf(after.browser)).toBeUndefined();
    expect(await roleOf(before.browser)).toBe('member');
    expect(await roleOf(admin)).toBe('admin');
    expect(server.audited.slice(-2).map(({ type }) => type)).toEqual([
      'account:role-changed',
      'sign-in:failed',
    ]);
  });

  it('does not take over the account of somebody who has the same e-mail address', async () => {
    const { server, provider, admin, signIn } = await company();
    provider.people.set('eve-1', { name: 'Eve', email: 'admin@example.org', groups: ['it'] });
    const eve = new Browser(server);
    expect(await signIn(eve, 'eve-1')).toMatch(/^\/sign-in\?error=account_not_linked/);
    expect(await roleOf(eve)).toBeUndefined();
    expect(await roleOf(admin)).toBe('admin');
  });

  it('ends in another browser than it began in: nobody is signed in by a link that somebody sends', async () => {
    const { server, provider, start } = await company();
    const mallory = new Browser(server);
    const { body } = await start(mallory);
    const back = await provider.visit(body.url, 'ada-1');
    const victim = new Browser(server);
    const { headers } = await victim.ask('GET', back.slice(server.url.length));
    expect(headers.get('location')).toMatch(/error=/);
    expect(await roleOf(victim)).toBeUndefined();
  });

  it('is in the audit log: accounts that come by it, who signs in, roles that change, and what failed', async () => {
    const { server, admin, provider, signIn } = await company();
    await signIn(new Browser(server), 'ada-1');
    const account = (await admin.ask('GET', '/api/v1/accounts?search=corp.example')).body.items[0].id;
    const rows = () => server.audited.filter(({ data }) => JSON.stringify(data).includes(account));
    const by = 'single-sign-on';
    expect(rows().map(({ type, data }) => [type, data])).toEqual([
      ['account:created', { account, by }],
      ['account:role-changed', { account, by, from: 'member', to: 'host' }],
      ['sign-in:succeeded', { account, how: by }],
    ]);
    const person = provider.people.get('ada-1');
    if (person) person.groups = ['it'];
    await signIn(new Browser(server), 'ada-1');
    expect(rows().at(-2)).toMatchObject({ data: { account, by, from: 'host', to: 'admin' } });
    provider.people.set('eve-1', { name: 'Eve', email: 'admin@example.org', groups: ['it'] });
    await signIn(new Browser(server), 'eve-1');
    await expect
      .poll(() => server.audited.at(-1))
      .toMatchObject({
        type: 'sign-in:failed',
        data: { account: null, how: by, why: 'SIGN_IN_FAILED' },
      });
    expect(JSON.stringify(server.audited)).not.toMatch(/corp\.example|ada-1|eve-1/);
  });

  it('lets nobody in whom an admin has shut out', async () => {
    const { server, admin, signIn } = await company();
    await signIn(new Browser(server), 'ada-1');
    const { id } = (await admin.ask('GET', '/api/v1/accounts?search=corp.example')).body.items[0];
    await admin.ask('PATCH', `/api/v1/accounts/${id}`, { disabled: true });
    const ada = new Browser(server);
    expect(await signIn(ada, 'ada-1')).toMatch(/^\/sign-in\?error=ACCOUNT_DISABLED/);
    expect(await roleOf(ada)).toBeUndefined();
  });

  it('leads nowhere but back to our own pages', async () => {
    const { server } = await company();
    const answer = await new Browser(server).ask('POST', '/api/auth/sign-in/social', {
      provider: 'sso',
      callbackURL: 'https://evil.example/',
    });
    expect(answer).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST' } });
  });

  it('takes no token from the page itself', async () => {
    const { server } = await company();
    const answer = await new Browser(server).ask('POST', '/api/auth/sign-in/social', {
      provider: 'sso',
      idToken: { token: 'x' },
    });
    expect(answer).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST' } });
  });
});
