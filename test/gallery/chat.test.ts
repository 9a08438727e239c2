// The chat panel: by keyboard, on a phone, as plain text, and when nobody may write.
import { fitsItsWidth } from '../harness/axe.ts';
import { expect, LAPTOP, PHONE, test } from './test.ts';

test('C opens the chat and takes the focus into the field, where letters are letters; Enter sends, Shift and Enter do not', async ({
  open,
}) => {
  const page = await open('chat-empty');
  await page.setViewportSize(LAPTOP);
  await expect(page.getByTestId('open-chat')).toHaveAttribute('aria-keyshortcuts', 'C');
  await page.keyboard.press('c');
  const input = page.getByTestId('chat-input');
  await expect(input).toBeFocused();
  await page.keyboard.type('mvl');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('<img src=x onerror=alert(1)> https://example.org');
  await expect(page.getByTestId('chat-message')).toHaveCount(0);
  await page.keyboard.press('Enter');
  const message = page.getByTestId('chat-message');
  await expect(message).toHaveAttribute('data-self', 'true');
  await expect(message.getByTestId('chat-text')).toHaveText(
    'mvl\n<img src=x onerror=alert(1)> https://example.org',
    { useInnerText: true },
  );
  await expect(message.locator('img, a')).toHaveCount(0);
  await expect(input).toHaveValue('');
  await expect(page.getByTestId('toggle-mic')).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('chat-panel')).toHaveCount(0);
  await expect(page.getByTestId('open-chat')).toBeFocused();
});

test('blanks are not sent, nor more than 2,000 characters, and that is said', async ({ open }) => {
  const page = await open('chat-empty');
  await page.getByTestId('open-chat').click();
  const send = page.getByTestId('chat-send');
  await page.getByTestId('chat-input').fill('  \n ');
  await expect(send).toBeDisabled();
  await page.getByTestId('chat-input').fill('👩'.repeat(1_990));
  await expect(page.getByTestId('chat-note')).toHaveText('10 characters left.');
  await page.getByTestId('chat-input').fill('👩'.repeat(2_001));
  await expect(page.getByTestId('chat-note')).toHaveText('1 character too many: at most 2,000.');
  await expect(send).toBeDisabled();
});

test('the button counts what is unread, and what is read is not unread any more', async ({ open }) => {
  const page = await open('chat-some');
  const opener = page.getByTestId('open-chat');
  await expect(opener).toHaveAttribute('data-unread', '3');
  await expect(opener).toHaveAccessibleName('Chat: 3 unread');
  await opener.click();
  await expect(page.getByTestId('chat-message')).toHaveCount(5);
  await expect(page.getByTestId('chat-lost')).toHaveAttribute('data-count', '2');
  await page.keyboard.press('Escape');
  await expect(opener).toHaveAccessibleName('Chat');
});

test('nobody reads in a window that is hidden: what comes then is unread until it is looked at', async ({
  open,
}) => {
  const page = await open('chat-some');
  const unread = page.getByTestId('open-chat');
  const show = (state: string) =>
    page.evaluate((visibilityState) => {
      Object.defineProperty(document, 'visibilityState', { value: visibilityState, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);
  await show('hidden');
  await unread.click();
  await expect(unread).toHaveAttribute('data-unread', '3');
  await show('visible');
  await expect(unread).toHaveAttribute('data-unread', '0');
});

test('a line has the mark of its writer, and one’s own say so: a guest called You is somebody else', async ({
  open,
}) => {
  const page = await open('chat-named-you');
  await page.getByTestId('open-chat').click();
  const line = (self: boolean) => page.locator(`[data-testid="chat-message"][data-self="${self}"]`);
  await expect(line(true)).toContainText('(you)');
  await expect(line(false)).not.toContainText('(you)');
  await expect(line(false).getByTestId('member-mark')).toHaveAttribute('data-mark', 'impostor');
});

test('a message that was not delivered can be sent again', async ({ open }) => {
  const page = await open('chat-some');
  await page.getByTestId('open-chat').click();
  const own = page.locator('[data-testid="chat-message"][data-state="failed"]');
  await expect(own).toContainText('Not delivered.');
  await own.getByTestId('chat-again').click();
  await expect(own).toHaveCount(0);
});

test('the latest is in sight on opening, on a phone, too', async ({ open }) => {
  for (const viewport of [LAPTOP, PHONE]) {
    const page = await open('chat-long');
    await page.setViewportSize(viewport);
    await page.getByTestId('open-chat').click();
    await expect(page.getByTestId('chat-message').last()).toBeInViewport();
    await expect(page.getByTestId('chat-input')).toBeInViewport();
    await page.getByTestId('chat-input').fill('The last word');
    await page.getByTestId('chat-send').click();
    await expect(page.getByTestId('chat-message').last()).toBeInViewport();
    await expect(page.getByTestId('chat-message').last()).toContainText('The last word');
  }
});

for (const [scene, reason, words] of [
  ['chat-off', 'host', /A host has switched the chat off/],
  ['chat-refused', 'organisation', /rules of this server/],
] as const)
  test(`who may not write sees why: ${scene}`, async ({ open }) => {
    const page = await open(scene);
    await page.getByTestId('open-chat').click();
    await expect(page.getByTestId('chat-input')).not.toBeEditable();
    await expect(page.getByTestId('chat-send')).toBeDisabled();
    await expect(page.getByTestId('chat-note')).toHaveAttribute('data-hindrance', reason);
    await expect(page.getByTestId('chat-note')).toHaveText(words);
  });

test('all buttons of a host fit a narrow phone, side by side and large enough to hit', async ({ open }) => {
  const page = await open('chat-some');
  for (const width of [360, 320]) {
    await page.setViewportSize({ width, height: 640 });
    await fitsItsWidth(page, `the call at a width of ${width}`);
    const boxes = await page
      .locator('footer button:visible')
      .evaluateAll((buttons) =>
        buttons
          .map((b) => b.getBoundingClientRect())
          .map(({ left, right, height }) => ({ left, right, height })),
      );
    expect(boxes.length).toBeGreaterThanOrEqual(8);
    for (const [i, { left, right, height }] of boxes.entries()) {
      expect(right - left).toBeGreaterThanOrEqual(24);
      expect(height).toBeGreaterThanOrEqual(44);
      expect(left).toBeGreaterThanOrEqual(boxes[i - 1]?.right ?? 0);
      expect(right).toBeLessThanOrEqual(width);
    }
  }
});
