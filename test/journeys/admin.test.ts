// The admin console against a real server: an admin's first minutes, and what people in meetings notice of them.
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { acceptLink, claimLink, invite } from '../harness/accounts.ts';
import { axeFindsNothing, fitsItsWidth } from '../harness/axe.ts';
import type { Person } from '../harness/person.ts';
import { expect, test } from '../harness/test.ts';

const PHONE = { width: 390, height: 844 };

const section = async (admin: Person, name: string) => {
  await admin.page.locator(`[data-testid="admin-to"][data-section="${name}"]`).click();
  await expect(admin.byId('admin')).toHaveAttribute('data-section', name);
  await expect(admin.page.getByRole('heading', { level: 1 })).toBeFocused();
};

/** Whether the page has loaded the console's own file. */
const hasConsole = ({ page }: Person): Promise<boolean> =>
  page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .some(({ name }) => new URL(name).pathname.includes('/assets/Admin')),
  );

test('the first admin, on a phone, makes an API key, invites a host and ends the running room from the table; the meeting says so, and the log has it', async ({
  fragile,
  person,
}) => {
  const admin = await person('Ada', { context: { viewport: PHONE, colorScheme: 'dark' } });
  const [host, guest] = [await person('Bo'), await person('Grace')];
  const check = async (screen: string) => {
    await axeFindsNothing(admin.page, screen);
    await fitsItsWidth(admin.page, screen);
    await admin.page.screenshot({ path: test.info().outputPath(`${screen}.png`), fullPage: true });
  };
  await acceptLink(admin, claimLink(fragile));
  await admin.byId('to-admin').click();
  await expect(admin.byId('health')).toHaveAttribute('data-healthy', 'true');
  await expect(admin.byId('node')).toHaveCount(1);
  await expect(admin.byId('live-accounts')).toHaveAttribute('data-count', '1');
  await check('overview');

  await section(admin, 'keys');
  await expect(admin.byId('keys-empty')).toBeVisible();
  await admin.byId('key-name').fill('Calendar');
  await admin.page.locator('[data-testid="key-scope"][value="rooms:read"]').check();
  await admin.byId('key-make').click();
  const key = await admin.byId('key-made').inputValue();
  await expect(admin.byId('key')).toHaveAttribute('data-scopes', 'rooms:read');
  await check('keys');
  const ask = (path: string) =>
    fetch(`${fragile.url}/api/v1/${path}`, { headers: { authorization: `Bearer ${key}` } });
  expect((await ask('rooms')).status).toBe(200);
  expect((await ask('audit')).status).toBe(403);

  await section(admin, 'policy');
  // Playwright's own waits for a page that does not come.
  const goBack = () => admin.page.evaluate(() => history.back());
  await admin.byId('policy-idle').click();
  await admin.byId('policy-idle').fill('30');
  await goBack();
  await admin.byId('unsaved-cancel').click();
  await expect(admin.byId('policy-idle')).toHaveValue('30');
  await goBack();
  await admin.byId('unsaved-confirm').click();
  await expect(admin.byId('admin')).toHaveAttribute('data-section', 'keys');

  await section(admin, 'people');
  await admin.byId('invite-role').selectOption('host');
  await admin.byId('invite').click();
  const link = await admin.byId('invite-link').inputValue();
  await expect(admin.byId('invitation')).toHaveAttribute('data-role', 'host');
  await check('people');
  await acceptLink(host, link);
  await guest.joinByLink(await host.createMeeting(fragile.url));
  await host.sees('Grace', 'live');
  expect([await hasConsole(admin), await hasConsole(host), await hasConsole(guest)]).toEqual([
    true,
    false,
    false,
  ]);

  await section(admin, 'rooms');
  const row = admin.byId('room-row');
  await expect(row).toHaveAttribute('data-people', '2', { timeout: 15_000 });
  await expect(row).toContainText('Bo');
  await check('rooms');
  await row.getByTestId('room-manage').click();
  await admin.byId('room-end').click();
  await expect(admin.byId('room-dialog')).toContainText('2 people are in its meeting');
  await check('ending');
  await admin.byId('room-confirm').click();
  for (const each of [host, guest])
    await expect(each.byId('ended-reason')).toHaveAttribute('data-reason', 'room-closed');
  await expect(admin.byId('rooms-empty')).toBeVisible();

  await section(admin, 'audit');
  const ended = admin.page.locator('[data-testid="audit-row"][data-type="room:ended-by-admin"]');
  await expect(ended).toContainText('Ada');
  await check('audit');
  await ended.getByTestId('audit-lead').click();
  const types = () =>
    admin.byId('audit-row').evaluateAll((rows) => rows.map((each) => each.getAttribute('data-type')));
  await expect.poll(types).not.toContain('key:made');
  expect(await types()).toEqual(
    expect.arrayContaining(['room:ended-by-admin', 'meeting:ended', 'meeting:started', 'room:created']),
  );
});

test('a policy that is saved in the console reaches the start page of others and the log, and a page that was open before loses nothing; a group rules for its members', async ({
  fragile,
  person,
}) => {
  const [admin, other] = [await person('Ada'), await person('Bo')];
  await acceptLink(admin, claimLink(fragile));
  const twin = await person('Ada', { sameDeviceAs: admin });
  for (const { page } of [admin, twin]) await page.goto(`${fragile.url}/admin/policy`);
  await twin.byId('policy-participants').fill('20');
  await admin.byId('policy-create-rooms').selectOption('admin');
  await admin.byId('policy-hours').check();
  for (const day of await admin.byId('policy-day-open').all()) await day.check();
  for (const from of await admin.byId('policy-from').all()) await from.fill('00:00');
  for (const to of await admin.byId('policy-to').all()) await to.fill('00:00');
  await admin.byId('policy-save').click();
  await admin.byId('policy-effects-confirm').click();
  await expect(admin.byId('policy-done')).toContainText('Saved');
  await axeFindsNothing(admin.page, 'policy');

  await twin.byId('policy-save').click();
  await twin.byId('policy-effects-confirm').click();
  await expect(twin.byId('policy-conflict')).toBeFocused();
  twin.forgive(/status of 412/);
  await expect(twin.byId('policy-theirs')).toHaveCount(2);
  await axeFindsNothing(twin.page, 'policy, changed by another');
  await twin.byId('policy-save').click();
  await twin.byId('policy-effects-confirm').click();
  await expect(twin.byId('policy-done')).toContainText('Saved');

  await section(admin, 'people');
  await admin.byId('invite').click();
  await acceptLink(other, await admin.byId('invite-link').inputValue());
  await expect(async () => {
    await other.page.goto(fragile.url);
    await expect(other.byId('may-not-create')).toBeVisible({ timeout: 1_000 });
  }).toPass();

  await section(admin, 'policy');
  await expect(admin.byId('policy-create-rooms')).toHaveValue('admin');
  await expect(admin.byId('policy-hours')).toBeChecked();
  await expect(admin.byId('policy-participants')).toHaveValue('20');
  await admin.byId('group-name').fill('Interns');
  await admin.byId('group-make').click();
  await expect(admin.page).toHaveURL(/\/admin\/policy\/[0-9a-f-]{36}$/);
  await admin.byId('policy-participants').fill('5');
  await admin.byId('policy-save').click();
  await admin.byId('policy-effects-confirm').click();
  await expect(admin.byId('policy-done')).toContainText('Saved');
  await admin.byId('group-search').fill('bo@');
  await admin.byId('group-look').click();
  await admin.byId('group-add').click();
  await expect(admin.byId('group-member')).toHaveAttribute('data-email', 'bo@example.org');
  await axeFindsNothing(admin.page, 'group');
  await admin.page.goBack();
  await expect(admin.byId('group-row')).toContainText('People in a meeting: 5');

  await section(admin, 'audit');
  await admin.byId('audit-type').selectOption('policy:changed');
  await expect(admin.byId('audit-row')).toHaveCount(4);
  await expect(admin.byId('audit-row').last()).toContainText('from nothing to admin');

  await section(admin, 'webhooks');
  await admin.byId('webhook-url').fill('https://127.0.0.1/hook');
  await admin.byId('webhook-make').click();
  await expect(admin.byId('webhook-failed')).toContainText('Nothing is sent there');
  await expect(admin.byId('webhooks-empty')).toBeVisible();
  await axeFindsNothing(admin.page, 'webhooks');
  admin.forgive(/status of 400/);
});

test('who is no admin is let into no section of the console, and an admin comes to the one that was asked for', async ({
  fragile,
  person,
}) => {
  const [admin, other] = [await person('Ada'), await person('Bo')];
  await other.page.goto(`${fragile.url}/admin`);
  await expect(other.byId('admins-only')).toContainText('has no admin yet');
  await acceptLink(admin, claimLink(fragile));
  await admin.byId('sign-out').click();
  await expect(admin.byId('to-sign-in')).toBeVisible();
  await admin.page.goto(`${fragile.url}/admin/audit`);
  await axeFindsNothing(admin.page, 'for admins');
  expect(await hasConsole(admin)).toBe(false);
  await admin.byId('admin-sign-in').click();
  await admin.byId('email').fill('ada@example.org');
  await admin.byId('password').fill('wrong horse battery');
  await admin.byId('sign-in').click();
  await expect(admin.byId('account-failed')).not.toBeEmpty();
  admin.forgive(/status of 401/);
  await admin.byId('password').fill('correct horse battery');
  await admin.byId('sign-in').click();
  await expect(admin.byId('audit-row').first()).toBeVisible();
});

test('an admin erases the installation: the meeting ends, the server leaves nothing behind, and the page keeps its signed last word', async ({
  fragile,
  person,
}) => {
  const [admin, host] = [await person('Ada'), await person('Bo')];
  await acceptLink(admin, claimLink(fragile));
  await acceptLink(host, await invite(admin, 'host'));
  await host.createMeeting(fragile.url);
  await admin.page.goto(`${fragile.url}/admin`);
  await section(admin, 'erase');
  await admin.byId('erase').click();
  await expect(admin.byId('erase-confirm')).toBeDisabled();
  await admin.byId('erase-words').fill('erase everything');
  await admin.byId('erase-confirm').click();

  await expect(admin.byId('erased')).toHaveAttribute('data-signed', 'true', { timeout: 30_000 });
  await expect(host.byId('ended-reason')).toHaveAttribute('data-reason', 'room-closed');
  expect(await fragile.signaling.child.left()).toBe(0);
  expect(readdirSync(fragile.dataDir)).toEqual([]);
  // Chromium wants the page's icon anew for the address before.
  admin.forgive(/ERR_CONNECTION_REFUSED/);
  await admin.page.evaluate(() => history.back());
  const saving = admin.page.waitForEvent('download');
  await admin.byId('erased-download').click();
  const text = await readFile(await (await saving).path(), 'utf8');
  expect(JSON.parse(text)).toMatchObject({
    statement: { kind: 'erased', left: [], rows: { users: 2, rooms: 1 } },
  });
  await admin.page.screenshot({ path: test.info().outputPath('erased.png'), fullPage: true });
});
