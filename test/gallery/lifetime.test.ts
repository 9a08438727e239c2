// How long a room lives, as its creator chooses it, its members see it, and its hosts move it.
import { fitsItsWidth } from '../harness/axe.ts';
import { expect, LAPTOP, PHONE, test } from './test.ts';

const HOUR_MS = 3_600_000;

test('whoever makes a room chooses within what the server allows, and its suggestion is chosen at first', async ({
  open,
}) => {
  const page = await open('home');
  const choice = page.getByTestId('lifetime-choice');
  await expect(choice).toBeEnabled();
  await expect(choice).toHaveValue(String(24 * HOUR_MS));
  await expect(choice.locator('option')).toHaveText(['1 hour', '4 hours', '1 day', '7 days', '30 days']);
  await expect(page.getByTestId('lifetime-cap')).toHaveAttribute('data-longest', String(720 * HOUR_MS));
  await expect(choice).toHaveAccessibleDescription(/At most 30 days/);
});

test('in the last ten minutes everybody sees how long it is, and is told once; only hosts are shown a way to more', async ({
  open,
}) => {
  const page = await open('call-ends-soon');
  for (const viewport of [LAPTOP, PHONE]) {
    await page.setViewportSize(viewport);
    await expect(page.getByTestId('room-ends')).toContainText('8 minutes left in this room');
  }
  await expect(page.getByTestId('room-ends-extend')).toHaveCount(0);
  await expect(page.getByTestId('announcements')).toHaveText('8 minutes left in this room.');
  const calm = await open('call-3');
  await expect(calm.getByTestId('tile')).toHaveCount(3);
  await expect(calm.getByTestId('room-ends')).toHaveCount(0);
  await expect(calm.getByTestId('announcements')).toHaveText('');
});

test('before set hours are over everybody sees how long it is, and no host is shown a way to more', async ({
  open,
}) => {
  const page = await open('host-closes-soon');
  for (const viewport of [LAPTOP, PHONE]) {
    await page.setViewportSize(viewport);
    await expect(page.getByTestId('room-ends')).toContainText(
      '8 minutes left: people meet at set hours here',
    );
    await fitsItsWidth(page, 'the call before the end of hours');
  }
  await expect(page.getByTestId('room-ends-extend')).toHaveCount(0);
  await expect(page.getByTestId('announcements')).toHaveText(
    '8 minutes left: people meet at set hours here.',
  );
  await expect(page.getByTestId('notice')).toHaveCount(0);
});

test('a host extends by what is still possible, by keyboard alone', async ({ open }) => {
  const page = await open('host-ends-soon');
  await page.getByTestId('room-ends-extend').focus();
  await page.keyboard.press('Enter');
  const steps = page.getByTestId('extend');
  await expect(steps).toHaveText(['1 hour longer', '1 hour 30 minutes longer']);
  const ends = Number(await page.getByTestId('time-left').getAttribute('data-ends'));
  await steps.first().focus();
  await page.keyboard.press('Enter');
  const deeds = await page.evaluate(() => {
    const room: { door: { deeds: string[] } } = Reflect.get(window, 'galleryRoom');
    return [...room.door.deeds];
  });
  expect(deeds).toEqual([`extend to ${ends + HOUR_MS}`]);
});

test('a host of a room that lives as long as it may is told so', async ({ open }) => {
  const page = await open('host-longest');
  await page.getByTestId('open-host').click();
  await expect(page.getByTestId('extend-none')).toBeVisible();
  await expect(page.getByTestId('extend')).toHaveCount(0);
});

test.describe('a room that opens at some times', () => {
  test.use({ timezoneId: 'Asia/Kolkata', locale: 'en-GB' });

  test('says before the click when that is, in the visitor’s own time zone, until it is', async ({
    page,
    open,
  }) => {
    await page.clock.install({ time: Date.UTC(2030, 0, 1, 4, 30) });
    await open('pre-join-opens');
    const notice = page.getByTestId('opens-at');
    await expect(notice).toContainText('Wednesday');
    await expect(notice).toContainText('12:00 GMT+5:30');
    await expect(page.getByTestId('join')).toBeEnabled();
    await page.clock.fastForward(26 * HOUR_MS + 1_000);
    await expect(notice).toHaveCount(0);
  });
});
