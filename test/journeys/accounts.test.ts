// Accounts in real browsers: the first admin, who may make meetings, passkeys, and being signed out from elsewhere.
import {
  acceptLink,
  auditTypes,
  claimLink,
  invite,
  recorded,
  signIn,
  signOutByAdmin,
} from '../harness/accounts.ts';
import { axeFindsNothing, fitsItsWidth } from '../harness/axe.ts';
import { expect, test } from '../harness/test.ts';

const PHONE = { width: 390, height: 844 };

test('the printed link makes the first admin, on a phone, by keyboard; from then on meetings take an account, and joining takes none', async ({
  fragile,
  person,
}) => {
  const admin = await person('Ada', { context: { viewport: PHONE, colorScheme: 'dark' } });
  const guest = await person('Grace');
  const check = async (screen: string) => {
    await axeFindsNothing(admin.page, screen);
    await fitsItsWidth(admin.page, screen);
    await admin.page.screenshot({ path: test.info().outputPath(`${screen}.png`), fullPage: true });
  };
  await admin.page.goto(claimLink(fragile));
  await expect(admin.page.getByRole('heading', { name: 'Become the admin' })).toBeFocused();
  await check('claim');
  await admin.page.keyboard.press('Tab');
  await admin.page.keyboard.type('Ada');
  await admin.page.keyboard.press('Tab');
  await admin.page.keyboard.type('ada@example.org');
  await admin.page.keyboard.press('Tab');
  await admin.page.keyboard.type('too short');
  await admin.page.keyboard.press('Enter');
  await expect(admin.byId('password')).toHaveAttribute('aria-invalid', 'true');
  await admin.byId('password').fill('correct horse battery');
  await admin.page.keyboard.press('Enter');
  await expect(admin.byId('account-role')).toHaveAttribute('data-role', 'admin');
  await expect(admin.byId('session')).toHaveCount(1);
  await check('account');

  await admin.byId('sign-out').click();
  await expect(admin.byId('may-not-create')).toBeVisible();
  await check('home, signed out');
  await admin.byId('to-sign-in').click();
  await check('sign-in');
  await signIn(admin, fragile.url);
  await check('home, signed in');
  const link = await admin.createMeeting(fragile.url);
  await guest.joinByLink(link);
  await admin.sees('Grace', 'live');
  await recorded(admin, [
    'account:created',
    'sign-in:succeeded',
    'sign-in:ended',
    'sign-in:succeeded',
    'room:created',
    'meeting:started',
  ]);
});

test('a member knocks under the account that the server names, and is out within seconds when an admin signs it out', async ({
  fragile,
  person,
}) => {
  const admin = await person('Ada');
  const member = await person('Grace');
  await acceptLink(admin, claimLink(fragile));
  const invitation = await invite(admin, 'member');
  await acceptLink(member, invitation);
  await member.page.goto(fragile.url);
  await expect(member.byId('may-not-create')).toBeVisible();
  const link = await admin.createMeeting(fragile.url, { lobby: true });
  await member.knock(link);
  const card = admin.knockOf('Grace');
  await expect(card.getByTestId('knock-account')).toHaveText(
    'The server says: signed in as Grace (grace@example.org)',
  );
  await axeFindsNothing(admin.page, 'door');
  await card.getByTestId('admit').click();
  await admin.sees('Grace', 'live');
  await signOutByAdmin(admin, member);
  await expect(member.byId('ended-reason')).toHaveAttribute('data-reason', 'signed-out', { timeout: 5_000 });
  await expect(admin.tile('Grace')).toHaveCount(0);
  await recorded(admin, [
    'account:invited',
    'account:created',
    'room:created',
    'host:admitted',
    'sign-in:revoked',
  ]);
});

test('somebody changes the password, sees what the server holds, and deletes the account, which then signs in nowhere', async ({
  fragile,
  person,
}) => {
  const [admin, member] = [await person('Ada'), await person('Grace')];
  await acceptLink(admin, claimLink(fragile));
  await acceptLink(member, await invite(admin, 'host'));
  await member.byId('password-old').fill('correct horse battery');
  await member.byId('password-new').fill('another horse battery');
  await member.byId('password-change').click();
  await expect(member.byId('password-done')).toContainText('Changed.');
  await member.byId('known-show').click();
  const rowsOf = (kind: string) => member.page.locator(`[data-testid="known"][data-kind="${kind}"]`);
  await expect(rowsOf('sessions')).toHaveAttribute('data-count', '1');
  await rowsOf('account').locator('summary').click();
  await expect(rowsOf('account')).toContainText('grace@example.org');
  const download = member.page.waitForEvent('download');
  await member.byId('known-download').click();
  expect((await download).suggestedFilename()).toBe('in-camera-my-data.json');
  await axeFindsNothing(member.page, 'account of a host');
  await member.byId('account-delete').click();
  await member.byId('account-delete-confirm').click();
  await expect(member.byId('to-sign-in')).toBeVisible();
  await member.page.goto(`${fragile.url}/sign-in`);
  await member.byId('email').fill('grace@example.org');
  await member.byId('password').fill('another horse battery');
  await member.byId('sign-in').click();
  await expect(member.byId('account-failed')).toContainText('do not go together');
  member.forgive(/status of 401/);
});

test('somebody who has lost the password sets another one by the link that an admin makes, and is signed in', async ({
  fragile,
  person,
}) => {
  const [admin, member] = [await person('Ada'), await person('Grace')];
  await acceptLink(admin, claimLink(fragile));
  await acceptLink(member, await invite(admin, 'member'));
  await admin.page.goto(`${fragile.url}/admin/people`);
  await admin.page.locator('[data-email="grace@example.org"]').getByTestId('person-manage').click();
  await admin.byId('person-password').click();
  await admin.byId('person-confirm').click();
  await member.page.goto(await admin.byId('password-link').inputValue());
  await expect(member.page.getByRole('heading', { name: 'Set a new password' })).toBeFocused();
  await axeFindsNothing(member.page, 'new password');
  await member.byId('password').fill('too short');
  await member.byId('password-set').click();
  await expect(member.byId('password')).toHaveAttribute('aria-invalid', 'true');
  await member.byId('password').fill('another horse battery');
  await member.byId('password-set').click();
  await expect(member.byId('account-email')).toHaveText('grace@example.org');
  await expect(member.byId('session')).toHaveCount(1);
  await recorded(admin, ['account:password-link-made', 'account:password-reset', 'sign-in:succeeded']);
});

test('a passkey that was added signs in, and not any more once it was deleted', async ({
  fragile,
  person,
}) => {
  const ada = await person('Ada');
  // The name of the loopback address is no domain: browsers bind passkeys to those.
  const local = { ...fragile, url: fragile.url.replace('127.0.0.1', 'localhost') };
  const cdp = await ada.page.context().newCDPSession(ada.page);
  await cdp.send('WebAuthn.enable');
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await acceptLink(ada, claimLink(local));
  await ada.byId('passkey-add').click();
  await expect(ada.byId('passkey')).toHaveCount(1);
  await ada.byId('sign-out').click();
  await expect(ada.byId('to-sign-in')).toBeVisible();
  await ada.page.goto(`${local.url}/sign-in`);
  await ada.byId('passkey-sign-in').click();
  await expect(ada.byId('to-account')).toHaveText(/Ada/);

  await ada.page.goto(`${local.url}/account`);
  await ada.byId('passkey-delete').click();
  await expect(ada.byId('passkey')).toHaveCount(0);
  expect((await auditTypes(ada)).slice(0, 4)).toEqual([
    'account:passkey-removed',
    'sign-in:succeeded',
    'sign-in:ended',
    'account:passkey-added',
  ]);
  await ada.byId('sign-out-everywhere').click();
  await expect(ada.byId('to-sign-in')).toBeVisible();
  await ada.page.goto(`${local.url}/sign-in`);
  await ada.byId('passkey-sign-in').click();
  await expect(ada.byId('account-failed')).not.toBeEmpty();
  ada.forgive(/status of 401/);
});
