// People write to each other in a meeting, on a laptop and on a phone, by keyboard: who reads it, who may, and what is left of it.
import { axeFindsNothing, fitsItsWidth } from '../harness/axe.ts';
import type { Person } from '../harness/person.ts';
import { expect, test } from '../harness/test.ts';

const PHONE = { width: 360, height: 740 };

const openChat = async (one: Person) => {
  if ((await one.byId('chat-panel').count()) === 0) await one.byId('open-chat').click();
};

async function write(one: Person, text: string): Promise<void> {
  await openChat(one);
  await one.byId('chat-input').fill(text);
  await one.page.keyboard.press('Enter');
}

const message = (one: Person, name: string) =>
  one.page.locator(`[data-testid="chat-message"][data-name="${name}"]`);

test('two write to each other; a host switches the chat off and on again; a third sees nothing of before, and nothing stays when somebody leaves', async ({
  installation,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace', { context: { viewport: PHONE } })];
  const link = await ada.createMeeting(installation.url);
  await grace.joinByLink(link);
  await expect(ada.tile('Grace')).toBeVisible();

  // By keyboard alone.
  await ada.page.keyboard.press('c');
  await expect(ada.byId('chat-input')).toBeFocused();
  await ada.page.keyboard.type('Good morning');
  await ada.page.keyboard.press('Shift+Enter');
  await ada.page.keyboard.type('<b>Grace</b>');
  await ada.page.keyboard.press('Enter');
  await expect(message(ada, 'Ada')).toHaveAttribute('data-state', 'sent');
  await expect(message(ada, 'Ada')).toContainText('(you)');

  await expect(grace.byId('open-chat')).toHaveAttribute('data-unread', '1');
  await expect(grace.byId('announcements')).toContainText('Message from Ada');
  await fitsItsWidth(grace.page, 'the call with something unread');
  await openChat(grace);
  await expect(message(grace, 'Ada').getByTestId('chat-text')).toHaveText('Good morning\n<b>Grace</b>', {
    useInnerText: true,
  });
  await axeFindsNothing(grace.page, 'the chat on a phone');
  await fitsItsWidth(grace.page, 'the chat on a phone');
  await write(grace, 'Good morning, Ada');
  await expect(message(ada, 'Grace')).toHaveAttribute('data-self', 'false');
  await axeFindsNothing(ada.page, 'the chat on a laptop');

  // Switched off in the middle of a word, which goes nowhere else either: M and V are keys of the call.
  const devices = () =>
    Promise.all(['toggle-mic', 'toggle-camera'].map((id) => grace.byId(id).getAttribute('aria-pressed')));
  const before = await devices();
  await grace.byId('chat-input').focus();
  await ada.rule('chat-switch', false);
  await expect(grace.byId('chat-note')).toHaveAttribute('data-hindrance', 'host');
  await grace.page.keyboard.type('move');
  await expect(grace.byId('chat-input')).not.toBeEditable();
  await expect(grace.byId('chat-input')).toHaveValue('');
  await expect(grace.byId('chat-input')).toBeFocused();
  expect(await devices()).toEqual(before);
  await ada.rule('chat-switch', true);
  await expect(grace.byId('chat-input')).toBeEditable();
  await write(grace, 'On again');
  await openChat(ada);
  await expect(message(ada, 'Grace').last()).toContainText('On again');

  // What is half written stays while one looks elsewhere.
  await grace.byId('chat-input').fill('Half a wo');
  await grace.byId('chat-panel').getByRole('button', { name: /close/i }).click();
  await openChat(grace);
  await expect(grace.byId('chat-input')).toHaveValue('Half a wo');

  const joan = await person('Joan');
  await joan.joinByLink(link);
  await expect(grace.byId('announcements')).toContainText('Joan');
  await write(ada, 'Good morning, Joan');
  await openChat(joan);
  await expect(message(joan, 'Ada')).toHaveCount(1);
  await expect(message(joan, 'Ada')).toContainText('Good morning, Joan');
  await expect(joan.byId('chat-message')).toHaveCount(1);
  await expect(joan.byId('chat-lost')).toHaveCount(0);

  await ada.page.keyboard.press('Escape');
  await ada.byId('leave').click();
  await ada.byId('leave-confirm').click();
  await expect(ada.byId('ended-reason')).toHaveAttribute('data-reason', 'left');
  expect(await ada.page.content()).not.toContain('Good morning');
  const kept = await ada.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  expect(kept).not.toContain('Good morning');
});
