// The company's sign-in in real browsers, at a real OpenID Connect provider and its pages.
import { startIdentityProvider } from '../../signaling/testing/identityProvider.ts';
import { acceptLink, auditTypes, claimLink } from '../harness/accounts.ts';
import { axeFindsNothing } from '../harness/axe.ts';
import type { Person } from '../harness/person.ts';
import { startInstallation } from '../harness/server.ts';
import { test as base, expect } from '../harness/test.ts';

const test = base.extend<{ company: Awaited<ReturnType<typeof startCompany>> }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from this pattern.
  company: async ({}, use) => {
    const company = await startCompany();
    await use(company);
    await company.stop();
  },
});

async function startCompany() {
  let url = '';
  const provider = await startIdentityProvider(() => `${url}/api/auth/callback/sso`);
  const { issuer, clientId, clientSecret, name, scopes } = provider.config;
  const installation = await startInstallation({
    env: {
      OIDC_ISSUER: issuer,
      OIDC_CLIENT_ID: clientId,
      OIDC_CLIENT_SECRET: clientSecret.reveal(),
      OIDC_NAME: name,
      OIDC_SCOPES: scopes.join(' '),
      OIDC_ROLE_CLAIM: 'groups',
      OIDC_HOST_GROUPS: 'teachers',
      OIDC_MEMBER_GROUPS: 'pupils',
    },
  });
  url = installation.url;
  const hire = (name: string, ...groups: string[]) =>
    provider.people.set(name, { name, email: `${name.toLowerCase()}@corp.example`, groups });
  const stop = async () => {
    await installation.stop();
    provider.close();
  };
  return { ...installation, issuer, hire, stop };
}

/** From our sign-in page through the provider's two pages; ends where the provider sends the browser. */
async function signInAtCompany(person: Person, { url, issuer }: { url: string; issuer: string }) {
  const { page } = person;
  // Its pages ask for a font of another machine's.
  await page.route(/^https:\/\/fonts\./, (route) => route.fulfill({ contentType: 'text/css', body: '' }));
  await page.goto(`${url}/sign-in`);
  await person.byId('company-sign-in').click();
  await expect(page).toHaveURL((at) => at.origin === issuer);
  await page.locator('input[name=login]').fill(person.name);
  await page.locator('input[name=password]').fill('what the company asks for');
  await page.locator('button[type=submit]').click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page).toHaveURL((at) => at.origin === url);
}

const hasRole = async (person: Person, url: string, role: string) => {
  await person.page.goto(`${url}/account`);
  await expect(person.byId('account-role')).toHaveAttribute('data-role', role);
};

test('the button leads to the company’s page and back: groups make a host who makes meetings, or a member, and whoever is in none of them reads why not; signing out everywhere ends the meeting of another browser, too', async ({
  company,
  person,
}) => {
  const [ada, bo, cai, eve] = await Promise.all(['Ada', 'Bo', 'Cai', 'Eve'].map((name) => person(name)));
  if (!ada || !bo || !cai || !eve) throw new Error('nobody is there');
  await acceptLink(ada, claimLink(company));
  company.hire('Bo', 'teachers');
  company.hire('Cai', 'pupils', 'chess');
  company.hire('Eve', 'alumni');

  await bo.page.goto(`${company.url}/sign-in`);
  await expect(bo.byId('company-sign-in')).toHaveText('Continue with Example Corp');
  await axeFindsNothing(bo.page, 'sign-in with a company');
  await signInAtCompany(bo, company);
  await expect(bo.byId('to-account')).toHaveText(/Bo/);
  await hasRole(bo, company.url, 'host');

  await signInAtCompany(cai, company);
  await expect(cai.byId('may-not-create')).toBeVisible();
  await hasRole(cai, company.url, 'member');

  await signInAtCompany(eve, company);
  await expect(eve.byId('account-failed')).toContainText('none of your groups may use this server');
  await axeFindsNothing(eve.page, 'refused by the company');
  await eve.page.goto(company.url);
  await expect(eve.byId('to-sign-in')).toBeVisible();

  const elsewhere = await person('Bo');
  await signInAtCompany(elsewhere, company);
  const link = await elsewhere.createMeeting(company.url);
  await cai.joinByLink(link);
  await elsewhere.sees('Cai', 'live');
  await bo.page.goto(`${company.url}/account`);
  await expect(bo.byId('session')).toHaveCount(2);
  await bo.byId('sign-out-everywhere').click();
  await expect(elsewhere.byId('ended-reason')).toHaveAttribute('data-reason', 'signed-out', {
    timeout: 5_000,
  });
  await expect(bo.byId('to-sign-in')).toBeVisible();
  await elsewhere.page.goto(company.url);
  await expect(elsewhere.byId('to-sign-in')).toBeVisible();

  await ada.page.goto(`${company.url}/admin/sign-in`);
  await expect(
    ada.page.locator('[data-testid="sign-in-setting"][data-variable="OIDC_ISSUER"]'),
  ).toContainText(company.issuer);
  await ada.byId('sign-in-test').click();
  await expect(ada.byId('sign-in-found')).toContainText(`${company.issuer}/token`);

  const recorded = await auditTypes(ada);
  const count = (type: string) => recorded.filter((each) => each === type).length;
  // Ada has signed in by her password.
  expect([count('account:created'), count('sign-in:succeeded'), count('sign-in:failed')]).toEqual([3, 4, 1]);
  expect(recorded).toContain('account:role-changed');
});
