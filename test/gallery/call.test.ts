// What the screens of a call say and take: the keyboard, names, announcements, the state of the line.
import { expect, LAPTOP, PHONE, test } from './test.ts';

test('the focus goes into a panel and back to its button, and Escape closes it', async ({ open }) => {
  for (const viewport of [LAPTOP, PHONE]) {
    const page = await open('call-3');
    await page.setViewportSize(viewport);
    for (const [opener, panel] of [
      ['open-security', 'security'],
      ['open-roster', 'roster'],
      ['open-chat', 'chat-panel'],
    ] as const) {
      await page.getByTestId(opener).focus();
      await page.keyboard.press('Enter');
      await expect(page.getByTestId(panel).locator(':focus')).toHaveCount(1);
      await page.keyboard.press('Escape');
      await expect(page.getByTestId(panel)).toHaveCount(0);
      await expect(page.getByTestId(opener)).toBeFocused();
    }
  }
});

test('the leave dialog keeps the Tab key inside and lets nothing through to the call', async ({ open }) => {
  const page = await open('call-3');
  await page.getByTestId('leave').focus();
  await page.keyboard.press('l');
  const dialog = page.getByTestId('leave-dialog');
  // Opening takes a frame or two; a Tab before that still belongs to the call.
  await expect.poll(() => dialog.evaluate((d) => d.contains(document.activeElement))).toBe(true);
  for (let i = 0; i < 5; i += 1) {
    await page.keyboard.press('Tab');
    await expect(dialog.locator(':focus')).toHaveCount(1);
  }
  await page.keyboard.press('m');
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect(page.getByTestId('toggle-mic')).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByTestId('leave')).toBeFocused();
});

test('the keyboard alone reaches everything before the call, in the order in which it is read', async ({
  open,
}) => {
  const page = await open('pre-join');
  const order = ['toggle-mic', 'toggle-camera', 'display-name', 'private-session', 'join', 'copy-invite'];
  for (const id of order) {
    await page.keyboard.press('Tab');
    await expect(page.getByTestId(id)).toBeFocused();
  }
});

test('letters are no shortcuts once they are switched off by keyboard, before the call and in it, and the device remembers', async ({
  open,
}) => {
  const before = await open('pre-join');
  await expect(before.getByTestId('toggle-mic')).toHaveAttribute('aria-keyshortcuts', 'M');
  await before.getByTestId('choose-camera').focus();
  await before.keyboard.press('Tab');
  await expect(before.getByTestId('letter-keys')).toBeFocused();
  await before.keyboard.press('Space');
  await expect(before.getByTestId('letter-keys')).not.toBeChecked();

  const page = await open('call-3');
  for (const id of ['toggle-mic', 'toggle-camera', 'leave']) {
    const button = page.getByTestId(id);
    expect(await button.getAttribute('aria-keyshortcuts'), id).toBe(null);
    await expect(button).toHaveAttribute('title', /^[^()]+$/);
    await button.focus();
    for (const key of ['m', 'v', 'l']) await page.keyboard.press(key);
  }
  // What the letters would have changed is there when Escape, which still works, has been answered.
  await page.getByTestId('open-roster').click();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('roster')).toHaveCount(0);
  for (const id of ['toggle-mic', 'toggle-camera'])
    await expect(page.getByTestId(id)).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByTestId('leave-dialog')).toHaveCount(0);

  await page.getByTestId('open-roster').click();
  await page.getByTestId('letter-keys').check();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('leave')).toHaveAttribute('title', 'Leave (L)');
  await page.keyboard.press('m');
  await expect(page.getByTestId('toggle-mic')).toHaveAttribute('aria-pressed', 'false');
});

test('a name is asked for, and an empty one stays out', async ({ open }) => {
  const page = await open('pre-join');
  await page.getByTestId('display-name').fill('   ');
  await page.getByTestId('join').click();
  await expect(page.getByTestId('display-name')).toBeFocused();
  await expect(page.getByTestId('display-name')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByText('Type a name')).toBeVisible();
  await page.getByTestId('display-name').fill('Ada');
  await page.getByTestId('join').click();
  await expect(page.getByTestId('join')).toBeDisabled();
});

test('who joins is read out, and so is the state of the microphone', async ({ open }) => {
  const page = await open('call-2');
  const log = page.getByTestId('announcements');
  await expect(log).toHaveText('');
  await page.evaluate(() => {
    const room: { arrive(name: string): void } = Reflect.get(window, 'galleryRoom');
    room.arrive('Ben');
  });
  await expect(log).toContainText('Ben joined');
  await page.keyboard.press('m');
  await expect(log).toContainText('Microphone off');
});

test('where the clipboard is closed to pages, the link is shown for copying by hand', async ({ open }) => {
  const page = await open('call-2');
  await page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
  });
  const link = await page.getByTestId('copy-invite').getAttribute('data-link');
  await page.getByTestId('copy-invite').click();
  await expect(page.getByTestId('invite-dialog').getByRole('textbox')).toHaveValue(link ?? '');
});

test('the security panel lists who came, went and was removed since the code was checked, latest first, with the time', async ({
  open,
}) => {
  const page = await open('call-changes');
  await page.getByTestId('open-security').click();
  await expect(page.getByTestId('checked-state')).toHaveAttribute('data-changes', '3');
  await expect(page.getByTestId('change')).toHaveText([
    /^\s*\d{2}:\d{2}.* Ola Nordmann left/,
    /^\s*\d{2}:\d{2}.* Priya was removed by a host/,
    /^\s*\d{2}:\d{2}.* Grace came in/,
  ]);
});

test('a host whose removal the server does not carry is told so, and that nothing is sent, over everything else', async ({
  open,
}) => {
  const page = await open('call-withheld');
  await expect(
    page.getByRole('alert').filter({ hasText: 'keeps Grace Hopper in the meeting' }),
  ).toContainText('You are not seen or heard by anybody');
});

test('a call that has lost the server or the media says so in words', async ({ open }) => {
  for (const [scene, state, words] of [
    ['call-3', 'connected', 'Connected'],
    ['call-reconnecting', 'reconnecting', 'Reconnecting'],
    ['call-lost', 'lost', 'No connection to the server'],
    ['call-media-lost', 'connected', 'media server is gone'],
  ] as const) {
    const page = await open(scene);
    const banner = page.getByTestId('connection-state');
    await expect(banner).toHaveAttribute('data-state', state);
    await expect(banner).toContainText(words);
  }
});

test('the security panel says which suite is used, and what was thrown away and why', async ({ open }) => {
  const page = await open('call-troubled');
  await page.getByTestId('open-security').click();
  await expect(page.getByTestId('suite')).toHaveText(/X25519.*AES128GCM.*SHA256.*Ed25519/);
  await expect(page.getByTestId('frames-dropped')).toHaveAttribute('data-count', '2325');
  for (const [reason, count] of [
    ['no-key', '14'],
    ['wrong-sender', '2310'],
    ['replay', '1'],
  ] as const) {
    const row = page.locator(`[data-testid="dropped-reason"][data-reason="${reason}"]`);
    await expect(row).toHaveAttribute('data-count', count);
  }
});
