// The whole way through the door without a mouse, on a phone and on a laptop: by those who knock and by the host.
import type { Locator } from '@playwright/test';
import { axeFindsNothing, fitsItsWidth } from '../harness/axe.ts';
import type { Person } from '../harness/person.ts';
import { expect, test } from '../harness/test.ts';

/** More presses than any screen has stops. */
const MOST_TABS = 40;

/** Goes there by the Tab key alone, and what has the focus shows it. */
async function tabTo({ page, name }: Person, target: Locator): Promise<void> {
  const focused = () => target.evaluateAll(([e]) => e !== undefined && e === document.activeElement);
  for (let i = 0; i < MOST_TABS && !(await focused()); i++) await page.keyboard.press('Tab');
  await expect(target, `${name} gets there by Tab`).toBeFocused();
  const outline = await target.evaluate(
    (e) => e.matches(':focus-visible') && getComputedStyle(e).outlineStyle,
  );
  expect(outline, 'the focus is seen').not.toBe('none');
  expect(outline, 'the focus is seen').not.toBe(false);
}

async function pressOn(person: Person, target: Locator): Promise<void> {
  await tabTo(person, target);
  await person.page.keyboard.press('Enter');
}

async function knockByKeyboard(guest: Person, link: string): Promise<void> {
  await guest.page.goto(link);
  await expect(guest.byId('join')).toBeEnabled();
  await tabTo(guest, guest.byId('display-name'));
  await guest.page.keyboard.type(guest.name);
  await guest.page.keyboard.press('Enter');
  await guest.atTheDoor('waiting');
}

/** Whole, within the window, and with nothing over it. */
async function liesOpen(card: Locator): Promise<void> {
  await expect(card).toBeInViewport({ ratio: 1 });
  const covered = await card.evaluate((e) => {
    const { left, top, width, height } = e.getBoundingClientRect();
    const hit = document.elementFromPoint(left + width / 2, top + height / 2);
    return hit === null || !e.contains(hit);
  });
  expect(covered, 'something lies over the card').toBe(false);
}

for (const [device, viewport] of [
  ['a phone', { width: 390, height: 844 }],
  ['a laptop', { width: 1280, height: 800 }],
] as const) {
  test(`a guest knocks and a host admits one and refuses another by keyboard alone, on ${device}`, async ({
    installation,
    person,
  }) => {
    const seat = { context: { viewport } };
    const [ada, grace, mallory] = [
      await person('Ada', seat),
      await person('Grace', seat),
      await person('Mallory', seat),
    ];
    await ada.page.goto(installation.url);
    await pressOn(ada, ada.byId('create-meeting'));
    await expect(ada.byId('join')).toBeEnabled();
    await tabTo(ada, ada.byId('display-name'));
    await ada.page.keyboard.type('Ada');
    await ada.page.keyboard.press('Enter');
    await expect(ada.tile('Ada')).toBeVisible({ timeout: 20_000 });
    const link = await ada.inviteLink();

    await knockByKeyboard(grace, link);
    await axeFindsNothing(grace.page, 'the lobby');
    await fitsItsWidth(grace.page, 'the lobby');
    await expect(grace.byId('lobby-status')).toContainText('Ada');
    await expect(ada.byId('announcements')).toContainText('Grace knocks at the door');
    await liesOpen(ada.knockOf('Grace'));
    await axeFindsNothing(ada.page, 'a call with somebody at the door');
    await fitsItsWidth(ada.page, 'a call with somebody at the door');
    await ada.page.keyboard.press('d');
    await expect(ada.byId('door-heading')).toBeFocused();
    await pressOn(ada, ada.knockOf('Grace').getByTestId('admit'));
    await grace.seesMoving('Ada');
    await ada.seesMoving('Grace');
    await expect(ada.byId('announcements')).toContainText('Grace joined');

    // With a panel open, which on a phone lies over the tiles.
    await pressOn(ada, ada.byId('open-roster'));
    await expect(ada.byId('roster')).toBeVisible();
    await knockByKeyboard(mallory, link);
    await expect(ada.byId('announcements')).toContainText('Mallory knocks at the door');
    await expect(ada.byId('door')).toHaveCount(1);
    await liesOpen(ada.knockOf('Mallory'));
    await axeFindsNothing(ada.page, 'the people panel with somebody at the door');
    await fitsItsWidth(ada.page, 'the people panel with somebody at the door');
    await ada.page.keyboard.press('d');
    await expect(ada.byId('door-heading')).toBeFocused();
    await pressOn(ada, ada.knockOf('Mallory').getByTestId('refuse'));
    await expect(ada.knockOf('Mallory')).toHaveCount(0);
    await expect(mallory.byId('ended-reason')).toHaveAttribute('data-reason', 'refused');
    await expect(mallory.byId('ended-reason')).toBeInViewport();
    await expect(mallory.page.getByRole('heading', { name: 'You were not let in' })).toBeVisible();

    await pressOn(mallory, mallory.byId('rejoin'));
    await expect(mallory.byId('join')).toBeEnabled();
    await pressOn(mallory, mallory.byId('join'));
    await mallory.atTheDoor('waiting');
    await expect(ada.knockOf('Mallory')).toHaveCount(1);
    await pressOn(mallory, mallory.byId('lobby-leave'));
    await expect(mallory.byId('ended-reason')).toHaveAttribute('data-reason', 'left');
    await expect(ada.knockOf('Mallory')).toHaveCount(0);

    await ada.page.keyboard.press('Escape');
    await expect(ada.byId('roster')).toHaveCount(0);
    await expect(ada.byId('open-roster')).toBeFocused();
    expect(await ada.names()).toEqual(['Ada', 'Grace']);
  });
}
