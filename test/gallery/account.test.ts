// One's own account, with a server in the page: what it knows, another password, and the way out.
import { expect, test } from './test.ts';

test('somebody sees every kind of row that the server holds about them, and has the same as a file', async ({
  open,
}) => {
  const page = await open('account');
  await page.getByTestId('known-show').click();
  const kinds = page.getByTestId('known');
  await expect(kinds).toHaveCount(12);
  const sessions = page.locator('[data-testid="known"][data-kind="sessions"]');
  await expect(sessions).toHaveAttribute('data-count', '1');
  await sessions.locator('summary').focus();
  await page.keyboard.press('Enter');
  await expect(sessions).toContainText('192.0.2.7');
  await expect(page.getByTestId('known-download')).toHaveAttribute('href', '/api/v1/me/data');
});

test('a password is changed with the one that was there, and the fields are empty afterwards', async ({
  open,
}) => {
  const page = await open('account');
  await page.getByTestId('password-old').fill('wrong');
  await page.getByTestId('password-new').fill('too short');
  await page.getByTestId('password-change').click();
  await expect(page.getByTestId('password-new')).toHaveAttribute('aria-invalid', 'true');
  await page.getByTestId('password-new').fill('correct horse battery');
  await page.getByTestId('password-change').click();
  await expect(page.getByTestId('password-failed')).toHaveText('That is not your password.');
  await page.getByTestId('password-old').fill('right');
  await page.getByTestId('password-change').click();
  await expect(page.getByTestId('password-done')).toContainText('Changed.');
  for (const field of ['password-old', 'password-new']) await expect(page.getByTestId(field)).toHaveValue('');
});

test('an account is deleted after a question, with the password where the sign-in is long ago', async ({
  open,
}) => {
  const page = await open('account');
  await page.getByTestId('account-delete').click();
  await expect(page.getByTestId('account-delete-dialog')).toContainText('This cannot be undone.');
  await page.getByTestId('account-delete-confirm').click();
  await expect(page.getByTestId('account-delete-failed')).toContainText('type your password');
  await page.getByTestId('account-delete-password').fill('correct horse battery');
  await page.getByTestId('account-delete-confirm').click();
  await expect(page.getByTestId('account-delete-dialog')).toHaveCount(0);
});

test('hosts make keys for making rooms here, and admins are led to the console', async ({ open }) => {
  const host = await open('account');
  await host.getByTestId('key-name').fill('Calendar');
  await host.getByTestId('key-make').click();
  await expect(host.getByTestId('key-made')).toBeVisible();
  const asked = await host.evaluate((): string[] => Reflect.get(window, 'asked'));
  expect(asked).toContain('POST /api/v1/account/keys {"name":"Calendar","scopes":["rooms:write"],"days":30}');
  await expect(host.getByTestId('to-admin')).toHaveCount(0);
  const admin = await open('account-admin');
  await expect(admin.getByTestId('to-admin')).toHaveAttribute('href', '/admin');
  await expect(admin.getByTestId('key-make')).toHaveCount(0);
});
