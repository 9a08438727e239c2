// The door from both sides: knocks and rules at the host, the lobby at the guest, marks of people.
import type { Page } from '@playwright/test';
import { axeFindsNothing } from '../harness/axe.ts';
import { expect, LAPTOP, PHONE, test } from './test.ts';

/** A call of the fake room's door, and what hosts have decided so far. */
const door = (page: Page, call?: ['knock' | 'goAway', string]) =>
  page.evaluate((todo) => {
    const room: { door: { deeds: string[]; knock(name: string): void; goAway(name: string): void } } =
      Reflect.get(window, 'galleryRoom');
    if (todo) room.door[todo[0]](todo[1]);
    return [...room.door.deeds];
  }, call ?? null);

const card = (page: Page, name: string) => page.locator(`[data-testid="knock"][data-name="${name}"]`);

test('knocks are shown to hosts wherever they are in the call, with what this device knows of each', async ({
  open,
}) => {
  const page = await open('door-3');
  const knocks = page.getByTestId('knock');
  await expect(knocks).toHaveCount(3);
  const marks = await knocks.evaluateAll((all) => all.map((k) => k.getAttribute('data-mark')));
  expect(marks).toEqual(['met', 'new', 'impostor']);
  await expect(page.getByTestId('announcements')).toContainText(
    'Warning: Not the Tomás Ferreira you verified',
  );
  await page.getByTestId('open-roster').click();
  await card(page, 'Kwame Mensah').getByTestId('admit').click();
  // Its card has moved: a click that comes with the next breath counts.
  await expect(async () => {
    await card(page, 'Tomás Ferreira').getByTestId('refuse-block').click({ timeout: 1_000 });
    await expect(card(page, 'Tomás Ferreira')).toHaveCount(0, { timeout: 500 });
  }).toPass({ timeout: 5_000 });
  expect(await door(page)).toEqual(['admit Kwame Mensah', 'refuse-block Tomás Ferreira']);
});

test('a dialog, which lies over the door, says how many wait there, on a phone, too', async ({ open }) => {
  for (const viewport of [LAPTOP, PHONE]) {
    const page = await open('door-3');
    await page.setViewportSize(viewport);
    const behind = page.getByTestId('door-behind');
    await expect(behind).toBeHidden();
    await page.getByTestId('leave').click();
    await expect(behind).toHaveText('3 people at the door');
    await expect(behind).toBeInViewport({ ratio: 1 });
    await axeFindsNothing(page, 'a dialog over the door');
    await door(page, ['knock', 'Joan']);
    await expect(behind).toHaveText('4 people at the door');
    await page.getByTestId('leave-cancel').click();
    await expect(behind).toBeHidden();
  }
});

test('a card says for how long somebody has waited, what else they were called, and that another key had the name', async ({
  open,
}) => {
  const page = await open('door-same-name');
  const yuki = card(page, 'Yuki Tanaka');
  await expect(yuki).toHaveAttribute('data-mark', 'name-reused');
  await expect(yuki).toContainText('Waiting: 2 min');
  await expect(yuki).toContainText('Also known as Y. T.');
  await expect(yuki.getByText('Somebody with another key was called Yuki Tanaka here.')).toBeVisible();
  await expect(page.getByTestId('announcements')).toContainText(
    'Yuki Tanaka knocks at the door. Name used before',
  );
});

test('one click lets in everybody whose card is shown, but nobody with a warning', async ({ open }) => {
  const page = await open('door-warned');
  await expect(page.getByTestId('admit-all')).toHaveText('Admit 2 without a warning');
  await page.getByTestId('admit-all').click();
  expect((await door(page)).sort()).toEqual([
    'admit Bartholomew Featherstonehaugh-Cholmondeley',
    'admit Kwame Mensah',
  ]);
  await expect(page.getByTestId('knock')).toHaveCount(2);
  await expect(page.getByTestId('admit-all')).toHaveCount(0);
});

test('a flood of 500 leaves the page usable and does not hide the people one knows', async ({ open }) => {
  const page = await open('door-500');
  await expect(page.getByTestId('knock')).toHaveCount(5);
  await expect(page.getByTestId('knock').first()).toHaveAttribute('data-name', 'Ines');
  await expect(page.getByTestId('door-more')).toHaveAttribute('data-count', '495');
  await expect(page.getByTestId('announcements')).toHaveText('500 people knock at the door');
  for (const viewport of [LAPTOP, PHONE]) {
    await page.setViewportSize(viewport);
    await expect(page.getByTestId('toggle-mic')).toBeInViewport({ ratio: 1 });
    await expect(page.getByTestId('admit-all')).toBeInViewport({ ratio: 1 });
  }
});

test('D leads to the door, and a card that goes leaves the focus where no key lets anybody in', async ({
  open,
}) => {
  const page = await open('door-3');
  const heading = page.getByTestId('door-heading');
  await page.keyboard.press('d');
  await expect(heading).toBeFocused();
  await card(page, 'Kwame Mensah').getByTestId('admit').focus();
  await door(page, ['goAway', 'Kwame Mensah']);
  await expect(heading).toBeFocused();
  await page.keyboard.press('Enter');
  expect(await door(page)).toEqual([]);
  for (const name of ['Tomás Ferreira', 'Bartholomew Featherstonehaugh-Cholmondeley']) {
    await card(page, name).getByTestId('refuse').focus();
    await page.keyboard.press('Enter');
    await expect(card(page, name)).toHaveCount(0);
  }
  await expect(page.getByRole('heading', { name: 'Meeting', exact: true })).toBeFocused();
});

test('a click that was on its way to another card lets nobody in', async ({ open }) => {
  const page = await open('door-3');
  await page.getByTestId('door').waitFor();
  const name = 'Kwame Mensah';
  // In one go: the card above goes, and the click falls on the one that has moved up.
  await page.evaluate(async () => {
    const room: { door: { goAway(name: string): void } } = Reflect.get(window, 'galleryRoom');
    room.door.goAway('Bartholomew Featherstonehaugh-Cholmondeley');
    await new Promise(requestAnimationFrame);
    document
      .querySelector('[data-name="Kwame Mensah"] [data-testid="admit"]')
      ?.dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 1 }));
  });
  expect(await door(page)).toEqual([]);
  await expect(async () => {
    await card(page, name).getByTestId('admit').click({ timeout: 1_000 });
    expect(await door(page)).toEqual([`admit ${name}`]);
  }).toPass({ timeout: 5_000 });
});

test('a click that was meant for somebody who has just left does not let in who comes in their place, even under the same name', async ({
  open,
}) => {
  const page = await open('door-1');
  await page.getByTestId('door').waitFor();
  await page.evaluate(async () => {
    const room: { door: { goAway(name: string): void; knock(name: string): void } } = Reflect.get(
      window,
      'galleryRoom',
    );
    room.door.goAway('Kwame Mensah');
    await new Promise(requestAnimationFrame);
    room.door.knock('Kwame Mensah');
    await new Promise(requestAnimationFrame);
    document
      .querySelector('[data-name="Kwame Mensah"] [data-testid="admit"]')
      ?.dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 1 }));
  });
  await expect(card(page, 'Kwame Mensah')).toHaveCount(1);
  expect(await door(page)).toEqual([]);
});

test('the button for all takes neither click nor key in the moment after somebody has come: they were not seen', async ({
  open,
}) => {
  const page = await open('door-3');
  const all = page.getByTestId('admit-all');
  await expect(all).toHaveAttribute('aria-disabled', 'false');
  await page.evaluate(async () => {
    const room: { door: { knock(name: string): void } } = Reflect.get(window, 'galleryRoom');
    room.door.knock('Late');
    await new Promise(requestAnimationFrame);
    const button = document.querySelector('[data-testid="admit-all"]');
    for (const detail of [0, 1]) button?.dispatchEvent(new MouseEvent('click', { bubbles: true, detail }));
  });
  expect(await door(page)).toEqual([]);
  await expect(all).toHaveAttribute('aria-disabled', 'false');
  await all.click();
  expect((await door(page)).sort()).toEqual([
    'admit Bartholomew Featherstonehaugh-Cholmondeley',
    'admit Kwame Mensah',
    'admit Late',
  ]);
});

test('guests see no door and no control of hosts, and are told why they may not share', async ({ open }) => {
  const page = await open('guest-share-hosts');
  await page.getByTestId('open-roster').click();
  await expect(page.getByTestId('verify-member')).toHaveCount(4);
  for (const id of ['door', 'open-host', 'member-actions', 'remove-member'])
    await expect(page.getByTestId(id)).toHaveCount(0);
  await expect(page.getByTestId('share-screen')).toHaveAttribute('aria-disabled', 'true');
  await page.getByTestId('share-screen').click({ force: true });
  await expect(page.getByTestId('notice')).toContainText('Only hosts may share');
});

test('a host who asks for the microphone gets it only by a click', async ({ open }) => {
  const page = await open('guest-share-hosts');
  await expect(page.getByTestId('asked-unmute')).toBeVisible();
  await expect(page.getByTestId('toggle-mic')).toHaveAttribute('aria-pressed', 'false');
  await page.getByTestId('unmute').click();
  await expect(page.getByTestId('toggle-mic')).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByTestId('toggle-mic')).toBeFocused();
  await expect(page.getByTestId('asked-unmute')).toHaveCount(0);
});

test('rules of the meeting are switched in the host panel, and the sound of the door is remembered', async ({
  open,
}) => {
  const page = await open('door-1');
  await page.getByTestId('open-host').click();
  for (const id of ['lock-meeting', 'mute-knocks', 'mute-on-entry', 'share-hosts']) {
    await expect(page.getByTestId(id)).toHaveAttribute('aria-pressed', 'false');
    await page.getByTestId(id).click();
    await expect(page.getByTestId(id)).toHaveAttribute('aria-pressed', 'true');
  }
  await page.getByTestId('start-delegation').click();
  await expect(page.getByTestId('delegation-code')).toHaveText('71936 20458 66017 09283');
  await page.getByTestId('end-meeting').click();
  await page.getByTestId('end-confirm').click();
  expect(await door(page)).toEqual(['end']);
  await page.reload();
  await page.getByTestId('open-host').click();
  await expect(page.getByTestId('mute-knocks')).toHaveAttribute('aria-pressed', 'true');
});

test('a compared code marks the member, on tile and roster, and can be taken back', async ({ open }) => {
  const page = await open('call-impostor');
  const marks = page.locator('[data-name="Yuki Tanaka"] [data-testid="member-mark"]');
  await page.getByTestId('open-roster').click();
  await page
    .locator('[data-testid="roster-item"][data-name="Yuki Tanaka"]')
    .getByTestId('verify-member')
    .click();
  await page.getByTestId('verify-confirm').click();
  await expect(marks).toHaveCount(2);
  for (const mark of await marks.all()) await expect(mark).toHaveAttribute('data-mark', 'verified');
  await page
    .locator('[data-testid="roster-item"][data-name="Yuki Tanaka"]')
    .getByTestId('verify-member')
    .click();
  await page.getByTestId('verify-undo').click();
  for (const mark of await marks.all()) await expect(mark).toHaveAttribute('data-mark', 'met');
});

test('the code in the dialog stays the one that somebody reads out, and the answer is about that one', async ({
  open,
}) => {
  const page = await open('call-impostor');
  await page.getByTestId('open-roster').click();
  await page
    .locator('[data-testid="roster-item"][data-name="Yuki Tanaka"]')
    .getByTestId('verify-member')
    .click();
  const shown = await page.getByTestId('pair-code').textContent();
  await page.evaluate(() => {
    const room: { addAgain(pairCode: string[]): void } = Reflect.get(window, 'galleryRoom');
    room.addAgain(['11111', '22222', '33333', '44444']);
  });
  await expect(page.getByTestId('pair-code')).toHaveText(shown ?? '');
  await page.getByTestId('verify-confirm').click();
  const answered = await page.evaluate(() => {
    const room: { compared: string } = Reflect.get(window, 'galleryRoom');
    return room.compared;
  });
  expect(answered).toBe(shown?.replace(/\D/g, ''));
});

test('the door says who is behind it, and that nothing is sent', async ({ open }) => {
  for (const [scene, state, words] of [
    ['lobby-waiting', 'waiting', 'Grace Hopper has been told'],
    ['lobby-no-host', 'no-host', 'No host is here yet'],
    ['lobby-admitted', 'admitted', 'keys are on their way'],
  ] as const) {
    const page = await open(scene);
    const status = page.getByTestId('lobby-status');
    await expect(status).toHaveAttribute('data-state', state);
    await expect(status).toContainText(words);
    await expect(page.getByText('not being sent')).toBeVisible();
  }
});

test('a host’s other device takes 20 digits and nothing else', async ({ open }) => {
  const page = await open('lobby-waiting');
  await page.getByTestId('delegate-open').click();
  await page.getByTestId('delegate-code').fill('12345');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('delegate-code')).toHaveAttribute('aria-invalid', 'true');
  await page.getByTestId('delegate-code').fill('71936 20458 66017 09283');
  await page.getByTestId('delegate-send').click();
  await expect(page.getByText('Sent. If the digits are right')).toBeVisible();
});

test('a knock is heard, two tones, and not while the sound of the door is off', async ({ open, page }) => {
  await page.addInitScript(() => {
    const start = OscillatorNode.prototype.start;
    Reflect.set(window, 'tones', 0);
    OscillatorNode.prototype.start = function (when) {
      Reflect.set(window, 'tones', Reflect.get(window, 'tones') + 1);
      start.call(this, when);
    };
  });
  const tones = () => page.evaluate(() => Number(Reflect.get(window, 'tones')));
  await open('door-1');
  await expect.poll(tones).toBe(2);
  await page.getByTestId('open-host').click();
  await page.getByTestId('mute-knocks').click();
  await page.reload();
  await expect(page.getByTestId('knock')).toHaveCount(1);
  await door(page, ['knock', 'Mary']);
  await expect(card(page, 'Mary')).toBeVisible();
  expect(await tones(), 'muted').toBe(0);
  await page.getByTestId('open-host').click();
  await page.getByTestId('mute-knocks').click();
  await door(page, ['knock', 'Joan']);
  await expect.poll(tones).toBe(2);
});
