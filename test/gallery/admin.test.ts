// The admin console with a server in the page: what it asks for, what it says, and that nothing happens without a question.
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { expect, PHONE, test } from './test.ts';

/** What was asked of the server that changes anything. */
const deeds = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const asked: string[] = Reflect.get(window, 'asked');
    return asked.filter((each) => !each.startsWith('GET'));
  });
const lastAsked = (page: Page): Promise<string | undefined> =>
  page.evaluate(() => {
    const asked: string[] = Reflect.get(window, 'asked');
    return asked.at(-1);
  });

test('the sections are links with addresses of their own, in a row of touchable ones on a phone', async ({
  open,
}) => {
  const page = await open('admin-rooms');
  await page.setViewportSize(PHONE);
  const links = page.getByTestId('admin-to');
  const hrefs = await links.evaluateAll((all) => all.map((link) => link.getAttribute('href')));
  expect(hrefs).toEqual([
    '/admin',
    '/admin/rooms',
    '/admin/people',
    '/admin/sign-in',
    '/admin/policy',
    '/admin/keys',
    '/admin/webhooks',
    '/admin/audit',
    '/admin/erase',
  ]);
  await expect(page.locator('[data-testid="admin-to"][aria-current="page"]')).toHaveText('Rooms');
  for (const link of await links.all()) {
    const box = await link.boundingBox();
    expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(44);
  }
  await expect(page.getByRole('heading', { name: 'Rooms', exact: true })).toBeFocused();
});

test('the table of rooms is sorted by a click on a column, goes from page to page, and begins anew when something else is shown', async ({
  open,
}) => {
  const page = await open('admin-rooms');
  await expect(page.getByTestId('room-row')).toHaveCount(22);
  const made = page.getByRole('columnheader', { name: 'Made' });
  await expect(made).toHaveAttribute('aria-sort', 'descending');
  await page.getByTestId('sort-created').click();
  await expect(made).toHaveAttribute('aria-sort', 'ascending');
  await expect(page.getByTestId('room-row').first()).toHaveAttribute('data-room', /^Room0021/);
  await page.getByTestId('rooms-show').selectOption('all');
  await expect(page.getByTestId('room-row')).toHaveCount(25);
  await page.getByTestId('page-next').click();
  await expect(page.getByTestId('page')).toHaveAttribute('data-page', '2');
  await page.getByTestId('page-next').click();
  await expect(page.getByTestId('page-next')).toBeDisabled();
  await expect(page.getByTestId('room-row')).toHaveCount(10);
  await page.getByTestId('page-back').click();
  await expect(page.getByTestId('page')).toHaveAttribute('data-page', '2');
  await page.getByTestId('rooms-show').selectOption('live');
  await expect(page.getByTestId('room-row')).toHaveCount(2);
  await expect(page.getByTestId('page')).toHaveCount(0);
  await expect(page.getByTestId('rooms-all')).toBeDisabled();
  await expect(page.getByTestId('rooms-all')).toHaveAccessibleDescription(/changes by the second/);
});

test('a room is found by its link, of which the secret stays in the browser, and rooms by who made them', async ({
  open,
}) => {
  const page = await open('admin-rooms');
  const search = page.getByTestId('rooms-search');
  await search.fill(`https://meet.example/r/Room0004${'x'.repeat(14)}#${'s'.repeat(43)}`);
  await search.press('Enter');
  await expect(page.getByTestId('room-dialog')).toContainText('Room0004');
  expect(await lastAsked(page)).toBe(`GET /api/v1/rooms/Room0004${'x'.repeat(14)}`);
  await page.keyboard.press('Escape');
  await search.fill('a-rather-long');
  await search.press('Enter');
  await page.getByTestId('rooms-owner').filter({ hasText: 'Yuki Tanaka' }).click();
  await expect(page.getByTestId('room-row')).toHaveCount(2);
  await expect(page.getByTestId('rooms-owner-clear')).toContainText('Yuki Tanaka');
  await page.getByTestId('rooms-owner-clear').click();
  await expect(page.getByTestId('room-row')).toHaveCount(22);
  await search.fill('nobody of that name');
  await search.press('Enter');
  await expect(page.getByTestId('rooms-search-done')).toContainText('Nobody with an account');
});

test('ending a room is asked for by keyboard alone, says who is put out, and happens once it is confirmed', async ({
  open,
}) => {
  const page = await open('admin-rooms');
  const row = page.locator(`[data-room="Room0000${'x'.repeat(14)}"]`);
  await row.getByTestId('room-manage').focus();
  await page.keyboard.press('Enter');
  await page.getByTestId('room-end').focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByTestId('room-dialog');
  await expect(dialog).toContainText('12 people are in its meeting and out at once');
  await page.getByTestId('room-cancel').focus();
  await page.keyboard.press('Enter');
  expect(await deeds(page)).toEqual([]);
  await page.getByTestId('room-end').click();
  await page.getByTestId('room-confirm').focus();
  await page.keyboard.press('Enter');
  await expect(dialog).toHaveCount(0);
  await expect(page.getByTestId('rooms-done')).toHaveText('Room Room0000 is ended.');
  await expect(row).toHaveCount(0);
  expect(await deeds(page)).toEqual([`POST /api/v1/rooms/Room0000${'x'.repeat(14)}/end`]);
  await page.getByTestId('rooms-show').selectOption('ended');
  await expect(row).toHaveAttribute('data-state', 'ended');
  await row.getByTestId('room-manage').click();
  await expect(page.getByTestId('room-end')).toHaveCount(0);
  await expect(page.getByTestId('room-archive')).toBeVisible();
});

test('all rooms that are shown are changed at once by the same filter, after a question that names them', async ({
  open,
}) => {
  const page = await open('admin-rooms');
  await page.getByTestId('rooms-show').selectOption('ended');
  await page.getByTestId('rooms-age').selectOption('At any time');
  await page.getByTestId('rooms-all').click();
  await expect(page.getByRole('heading', { name: 'Change all ended rooms?' })).toBeVisible();
  await expect(page.getByTestId('rooms-all-action')).toHaveValue('archive');
  await page.getByTestId('rooms-all-action').selectOption('delete');
  await expect(page.getByTestId('rooms-all-dialog')).toContainText('deleted with all traces');
  expect(await deeds(page)).toEqual([]);
  await page.getByTestId('rooms-all-confirm').click();
  await expect(page.getByTestId('rooms-done')).toHaveText('17 rooms are deleted.');
  expect(await deeds(page)).toEqual([
    'POST /api/v1/rooms/bulk {"action":{"do":"delete"},"filter":{"state":"ended"}}',
  ]);
});

test('what the server refuses is said where it was asked for, and nothing pretends to have worked', async ({
  open,
}) => {
  const page = await open('admin-people');
  await page.getByTestId('person-manage').first().click();
  await page.getByTestId('person-disable').click();
  await expect(page.getByTestId('person-dialog')).toContainText('This is your own account.');
  await page.getByTestId('person-confirm').click();
  await expect(page.getByTestId('person-failed')).toContainText('This is the last admin.');
  await expect(page.getByTestId('people-done')).toHaveText('');
  await page.getByTestId('person-cancel').click();
  await page.getByTestId('person-sign-out').click();
  await page.getByTestId('person-confirm').click();
  await expect(page.getByTestId('people-done')).toHaveText(
    'Ada Lovelace is signed out: 2 sessions have ended.',
  );

  const broken = await open('admin-rooms-broken');
  await expect(broken.getByTestId('rooms-failed')).toContainText('That did not work');
  await expect(broken.getByTestId('rooms-empty')).toHaveCount(0);
});

test('a link for a new password is made after a question, and is shown once', async ({ open }) => {
  const page = await open('admin-people');
  await page.getByTestId('person-manage').nth(1).click();
  await page.getByTestId('person-password').click();
  await expect(page.getByTestId('person-dialog')).toContainText('send it to the owner of the account alone');
  expect(await deeds(page)).toEqual([]);
  await page.getByTestId('person-confirm').click();
  await expect(page.getByTestId('password-link')).toHaveValue(/\/password#T{43}$/);
  expect(await deeds(page)).toEqual([
    expect.stringMatching(/^POST \/api\/v1\/accounts\/[^/]+\/password-link$/),
  ]);
  await page.getByTestId('person-close').click();
  await page.getByTestId('person-manage').nth(1).click();
  await expect(page.getByTestId('person-password')).toBeVisible();
  await expect(page.getByTestId('password-link')).toHaveCount(0);
});

test('the places where somebody is signed in are named in words, and one is ended without the others', async ({
  open,
}) => {
  const page = await open('admin-people');
  await page.getByTestId('person-manage').first().click();
  await page.getByTestId('person-sessions-show').click();
  const places = page.getByTestId('person-session');
  await expect(places).toHaveText([/Firefox on Windows, here/, /Safari on an iPhone.*last seen/]);
  await places.nth(1).getByTestId('person-session-end').click();
  await expect(page.getByTestId('person-sessions-done')).toHaveText(
    'Ada Lovelace is signed out of Safari on an iPhone.',
  );
  await expect(places).toHaveCount(1);
  expect(await deeds(page)).toEqual([
    expect.stringMatching(/^DELETE \/api\/v1\/accounts\/[^/]+\/sessions\/s1$/),
  ]);
});

test('the API keys of somebody are listed with what they are for, and one is deleted after a question', async ({
  open,
}) => {
  const page = await open('admin-people');
  await page.getByTestId('person-manage').nth(1).click();
  await page.getByTestId('person-keys-show').click();
  const keys = page.getByTestId('person-key');
  await expect(keys).toHaveText([
    /Calendar of the board.*rooms:read, rooms:write.*until .*good for 2[12] days/,
  ]);
  await keys.getByTestId('person-key-delete').click();
  await expect(page.getByTestId('person-key-delete-dialog')).toContainText('Calendar of the board');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('person-key-delete-dialog')).toHaveCount(0);
  await expect(page.getByTestId('person-dialog')).toBeVisible();
  expect(await deeds(page)).toEqual([]);
  await keys.getByTestId('person-key-delete').click();
  await page.getByTestId('person-key-delete-confirm').click();
  await expect(page.getByTestId('person-keys-done')).toHaveText(
    'The key “Calendar of the board” opens nothing any more.',
  );
  await expect(keys).toHaveCount(0);
  expect(await deeds(page)).toEqual([expect.stringMatching(/^DELETE \/api\/v1\/accounts\/[^/]+\/keys\/k1$/)]);
  await page.getByTestId('person-sign-out').click();
  await expect(page.getByTestId('person-dialog')).toContainText('its API keys go on working unless');
});

test('a new key takes a name and a scope, is shown once, and is gone from the page when it is put away', async ({
  open,
}) => {
  const page = await open('admin-keys');
  await page.getByTestId('key-make').click();
  await expect(page.getByTestId('key-name')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByTestId('key-no-scope')).toContainText('Choose at least one');
  expect(await deeds(page)).toEqual([]);
  await page.getByTestId('key-name').fill('Calendar');
  await page.getByTestId('key-scope').and(page.locator('[value="rooms:read"]')).check();
  await page.getByTestId('key-make').click();
  await expect(page.getByTestId('key-made')).toHaveValue(/^ic_k{43}$/);
  expect(await deeds(page)).toEqual([
    'POST /api/v1/account/keys {"name":"Calendar","scopes":["rooms:read"],"days":30}',
  ]);
  await page.getByTestId('key-made-close').click();
  expect(await page.content()).not.toContain('ic_kkk');
});

test('the sign-in is shown with the variable that changes each part of it, and tested by a button', async ({
  open,
}) => {
  const page = await open('admin-sign-in');
  await expect(
    page.locator('[data-testid="sign-in-setting"][data-variable="OIDC_HOST_GROUPS"]'),
  ).toContainText('staff, teachers');
  await expect(page.getByTestId('admin').locator('input, select')).toHaveCount(0);
  await page.getByTestId('sign-in-test').click();
  await expect(page.getByTestId('sign-in-done')).toContainText('people can be sent there');
  await expect(page.getByTestId('sign-in-found')).toContainText('example.org/token');
  expect(await deeds(page)).toEqual(['POST /api/v1/sign-in/test']);
});

test('a webhook is made for some kinds of events, its secret shown once; a test says what the receiver did', async ({
  open,
}) => {
  const page = await open('admin-webhooks');
  await page.getByTestId('webhook-url').fill('ftp://example.org');
  await page.getByTestId('webhook-which').selectOption('some');
  await page.getByTestId('webhook-make').click();
  await expect(page.getByTestId('webhook-url')).toHaveAccessibleDescription(/begins with https/);
  await expect(page.getByTestId('webhook-no-type')).toContainText('Choose at least one');
  expect(await deeds(page)).toEqual([]);
  await page.getByTestId('webhook-url').fill('https://example.org/hook');
  await page.locator('[data-testid="webhook-type"][value="room:created"]').check();
  await page.getByTestId('webhook-make').click();
  await expect(page.getByTestId('webhook-secret')).toHaveValue(/^whsec_/);
  expect(await deeds(page)).toEqual([
    'POST /api/v1/webhooks {"url":"https://example.org/hook","types":["room:created"]}',
  ]);
  const hookAt = (host: string) => page.locator(`[data-testid="webhook"][data-url*="${host}"]`);
  const [configured, own] = [hookAt('siem.example.org'), hookAt('chat.example.org')];
  await configured.getByTestId('webhook-test').click();
  await expect(page.getByTestId('webhooks-done')).toContainText('siem.example.org has taken the test');
  await expect(configured.getByTestId('webhook-delete')).toHaveCount(0);
  await own.getByTestId('webhook-test').click();
  await expect(page.getByTestId('webhooks-failed')).toContainText('it took too long');
  await own.getByTestId('webhook-deliveries').click();
  await expect(own.getByTestId('delivery')).toHaveCount(2);
  await own.getByTestId('webhook-delete').click();
  await page.getByTestId('webhook-delete-confirm').click();
  await expect(own).toHaveCount(0);
});

test('a webhook that the server cannot read any more says so, and can only be deleted', async ({ open }) => {
  const page = await open('admin-webhooks');
  const damaged = page.locator('[data-testid="webhook"][data-damaged="true"]');
  await expect(damaged).toContainText('nothing is sent to it');
  await expect(damaged.getByTestId('webhook-test')).toHaveCount(0);
  await damaged.getByTestId('webhook-delete').click();
  await page.getByTestId('webhook-delete-confirm').click();
  await expect(damaged).toHaveCount(0);
  expect(await deeds(page)).toEqual(['DELETE /api/v1/webhooks/w3']);
});

test('a policy with something typed is left after a question only: by a link, by going back and by closing the page', async ({
  open,
}) => {
  const page = await open('admin-policy');
  await expect(page.getByTestId('policy-max-lifetime')).toHaveAccessibleDescription(/allows 30 days at most/);
  const closing = () =>
    page.evaluate(() => window.dispatchEvent(new Event('beforeunload', { cancelable: true })));
  const toRooms = page.locator('[data-testid="admin-to"][data-section="rooms"]');
  expect(await closing()).toBe(true);
  await page.getByTestId('policy-idle').fill('20');
  expect(await closing()).toBe(false);
  await toRooms.click();
  await page.getByTestId('unsaved-cancel').click();
  await expect(page.getByTestId('policy-idle')).toHaveValue('20');
  await page.getByTestId('policy-undo').click();
  expect(await closing()).toBe(true);
  await page.getByTestId('policy-idle').fill('20');
  await page.getByTestId('policy-save').click();
  await expect(page.getByTestId('policy-done')).toContainText('Saved');
  expect(await closing()).toBe(true);
  await page.getByTestId('policy-idle').fill('30');
  await toRooms.click();
  await expect(page.getByTestId('unsaved-dialog')).toContainText('is lost when you leave');
  await page.getByTestId('unsaved-confirm').click();
  await expect(page.getByTestId('unsaved-dialog')).toHaveCount(0);
});

test('two admins at one policy: the second is told what the first has changed, and loses nothing', async ({
  open,
}) => {
  const page = await open('admin-policy-busy');
  await page.getByTestId('policy-participants').fill('20');
  await page.getByTestId('policy-idle').fill('30');
  await page.getByTestId('policy-save').click();
  await page.getByTestId('policy-effects-confirm').click();
  await expect(page.getByTestId('policy-conflict')).toContainText('nothing you typed is lost');
  await expect(page.getByTestId('policy-conflict')).toBeFocused();
  const theirs = page.getByTestId('policy-theirs');
  await expect(theirs).toHaveText([
    /People in a meeting: not ruled → 10.*yours is below/,
    /Guests: yes → no, taken over/,
  ]);
  await expect(page.getByTestId('policy-participants')).toHaveValue('20');
  await expect(page.getByTestId('policy-idle')).toHaveValue('30');
  await expect(page.getByTestId('policy-guests')).toHaveValue('no');
  await page.getByTestId('policy-save').click();
  await expect(page.getByTestId('policy-done')).toContainText('Saved');
  await expect(page.getByTestId('policy-conflict')).toHaveCount(0);
  const last = (await deeds(page)).at(-1) ?? '';
  expect(JSON.parse(last.slice('PUT /api/v1/policy '.length))).toMatchObject({
    version: 4,
    rules: { maxParticipants: 20, idleEndMinutes: 30, guests: false, maxLifetimeMs: 604_800_000 },
  });
});

test('a policy that running meetings notice is asked about first, and one with a mistake leads to its field', async ({
  open,
}) => {
  const page = await open('admin-policy');
  await page.getByTestId('policy-max-lifetime').fill('0');
  await page.getByTestId('policy-save').click();
  await expect(page.getByTestId('policy-max-lifetime')).toBeFocused();
  await expect(page.getByTestId('policy-max-lifetime')).toHaveAccessibleDescription(/From 1 minute/);
  await page.getByTestId('policy-max-lifetime').fill('1');
  await page.getByTestId('policy-guests').selectOption('no');
  await page.getByTestId('policy-save').click();
  const dialog = page.getByTestId('policy-effects-dialog');
  await expect(dialog.getByRole('listitem')).toHaveText([
    /Open rooms end 1 day after they were made/,
    /Guests who are in meetings are out/,
  ]);
  expect(await deeds(page)).toEqual([]);
  await page.getByTestId('policy-effects-confirm').click();
  await expect(page.getByTestId('policy-done')).toContainText('Saved');
  await expect(page.getByTestId('policy-form')).toHaveAttribute('data-version', '4');
});

test('the log leads from a row to those about the same, and to a file of it', async ({ open }) => {
  const page = await open('admin-audit');
  await expect(page.getByTestId('audit-row')).toHaveCount(25);
  await expect(page.getByTestId('audit-row').first()).toContainText('Room ended by an admin · Ada Lovelace');
  await page.getByTestId('audit-lead').first().click();
  await expect(page.getByTestId('audit-about')).toHaveAttribute('data-about', 'a'.repeat(32));
  await expect.poll(() => lastAsked(page)).toContain(`about=${'a'.repeat(32)}`);
  await page.getByTestId('audit-about').click();
  await page.getByTestId('audit-type').selectOption('sign-in:failed');
  await expect(page.getByTestId('audit-row')).toHaveCount(10);
  await page.getByTestId('audit-from').fill('2026-03-01');
  await page.getByTestId('audit-until').fill('2026-03-01');
  await expect
    .poll(async () => {
      const query = new URLSearchParams((await lastAsked(page))?.split('?')[1]);
      return Number(query.get('to')) - Number(query.get('from'));
    })
    .toBe(86_400_000);
  await expect(page.getByTestId('audit-export-csv')).toHaveAttribute(
    'href',
    '/api/v1/audit/export?format=csv',
  );
  await expect(page.getByLabel('The command that verifies an export')).toContainText('P'.repeat(43));
});

test('who is no admin is told so, with the way to sign in', async ({ open }) => {
  const nobody = await open('admins-only');
  await expect(nobody.getByTestId('admins-only')).toContainText('Sign in with an admin’s account');
  await nobody.getByTestId('admin-sign-in').click();
  await expect(nobody.getByTestId('password')).toBeVisible();
  const member = await open('admins-only-member');
  await expect(member.getByTestId('admins-only')).toContainText('You are signed in as Grace');
  const offline = await open('admins-only-offline');
  await expect(offline.getByTestId('admins-only')).toContainText('cannot be reached');
});

test('the installation is erased once the words are typed and the password is right; what is left is the statement, as a file too', async ({
  open,
}) => {
  const page = await open('admin-erase');
  await expect(page.getByTestId('admin')).toContainText('Backups, exports');
  await page.getByTestId('erase').click();
  const confirm = page.getByTestId('erase-confirm');
  await expect(page.getByTestId('erase-dialog')).toContainText(new URL(page.url()).host);
  await expect(confirm).toBeDisabled();
  await page.getByTestId('erase-words').fill('erase every');
  await expect(confirm).toBeDisabled();
  await page.getByTestId('erase-words').fill(' Erase everything ');
  await confirm.click();
  await expect(page.getByTestId('erase-failed')).toContainText('type your password');
  await page.getByTestId('erase-password').fill('correct horse battery');
  await confirm.click();

  await expect(page.getByRole('heading', { level: 1 })).toHaveText('This installation is erased');
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  expect((await deeds(page)).at(-1)).toBe(
    'POST /api/v1/erase {"confirm":"erase everything","password":"correct horse battery"}',
  );
  await expect(page.getByTestId('admin-to')).toHaveCount(0);
  await expect(page.getByTestId('erased')).toContainText('photos');
  const closing = () =>
    page.evaluate(() => window.dispatchEvent(new Event('beforeunload', { cancelable: true })));
  expect(await closing()).toBe(false);
  const saving = page.waitForEvent('download');
  await page.getByTestId('erased-download').click();
  const file = await saving;
  expect(file.suggestedFilename()).toBe('in-camera-erased.json');
  const text = await readFile(await file.path(), 'utf8');
  expect(JSON.parse(text)).toMatchObject({ statement: { kind: 'erased' }, signature: expect.any(String) });
  await expect(page.getByTestId('erased-statement')).toHaveText(text.trim());
  expect(await closing()).toBe(true);
});
