// Every screen in every state that a made-up model can give it: axe, the CSP, the width, light and dark.
import type { Page } from '@playwright/test';
import { axeFindsNothing, fitsItsWidth } from '../harness/axe.ts';
import { SCENES } from './scenes.ts';
import { expect, LAPTOP, PHONE, testInOnePage as test } from './test.ts';

type Light = { device: string; viewport: typeof PHONE; colorScheme: 'dark' | 'light' };
const PHONE_BY_DAY: Light = { device: 'a phone by day', viewport: PHONE, colorScheme: 'light' };
const LAPTOP_BY_NIGHT: Light = { device: 'a laptop by night', viewport: LAPTOP, colorScheme: 'dark' };
const SOME: readonly Light[] = [PHONE_BY_DAY, LAPTOP_BY_NIGHT];
const ALL: readonly Light[] = [
  ...SOME,
  { device: 'a phone by night', viewport: PHONE, colorScheme: 'dark' },
  { device: 'a laptop by day', viewport: LAPTOP, colorScheme: 'light' },
];

/** The ground of the page, from 0 (black) to 255. */
async function brightness(page: Page): Promise<number> {
  return page.evaluate(() => {
    const context = document.createElement('canvas').getContext('2d');
    if (!context) throw new Error('no canvas');
    context.fillStyle = getComputedStyle(document.body).backgroundColor;
    context.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
    return (red + green + blue) / 3;
  });
}

async function expectSound(page: Page, what: string, lights: readonly Light[]): Promise<void> {
  const seen = new Set<Light['viewport']>();
  for (const { device, viewport, colorScheme } of lights) {
    // The same page in another light differs in its colours only.
    const rules = seen.has(viewport) ? ['color-contrast'] : undefined;
    seen.add(viewport);
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const isLight = (await brightness(page)) > 128;
    expect(isLight, `${what} is light on ${device}`).toBe(colorScheme === 'light');
    await axeFindsNothing(page, `${what} on ${device}`, rules);
    await fitsItsWidth(page, `${what} on ${device}`);
  }
}

// Scenes that differ from another only in words or number need not all be visited.
const ALIKE =
  /^(ended-(expired|room-closed|room-over|meeting-over|room-unknown|room-full|lobby-full|blocked|removed|refused|signed-out|sign-in-required|guests-refused|outside-hours|not-yet|idle|upgrade-required)|call-(2|5|9|60|lost)|chat-(empty|long|off|refused)|door-1|host-recording-(off|imposed|impossible)|lobby-no-host)$/;
// These together show every colour on every ground.
const COLOURFUL =
  /^(home|home-insecure|pre-join-mixed|call-3|call-troubled|call-impostor|host-recording-both|door-3|lobby-again|ended-left|admin-[a-z-]+)$/;

for (const [i, scene] of Object.keys(SCENES).entries()) {
  if (ALIKE.test(scene)) continue;
  const lights = COLOURFUL.test(scene) ? ALL : SOME.slice(i % 2, (i % 2) + 1);
  test(`axe finds nothing on ${scene} on ${lights.map((l) => l.device).join(', ')}; it fits phone and laptop`, async ({
    open,
  }) => {
    const page = await open(scene);
    await expectSound(page, scene, lights);
    for (const { viewport } of SOME) {
      await page.setViewportSize(viewport);
      await fitsItsWidth(page, `${scene} at a width of ${viewport.width}`);
    }
  });
}

for (const [opener, panel] of [
  ['open-security', 'security'],
  ['open-roster', 'roster'],
  ['leave', 'leave-dialog'],
] as const) {
  test(`axe finds nothing while ${panel} is open`, async ({ open }) => {
    const page = await open('call-troubled');
    await page.getByTestId(opener).click();
    await expect(page.getByTestId(panel)).toBeVisible();
    await expectSound(page, panel, ALL);
  });
}

for (const [scene, panel, ids] of [
  ['host-locked', 'host-panel', ['open-host', 'start-delegation']],
  ['host-ends-soon', 'host-panel', ['room-ends-extend']],
  ['host-recording', 'host-panel', ['open-host']],
  ['host-recording-imposed', 'host-panel', ['open-host']],
  ['chat-empty', 'chat-panel', ['open-chat']],
  ['chat-some', 'chat-panel', ['open-chat']],
  ['chat-off', 'chat-panel', ['open-chat']],
  ['host-locked', 'end-dialog', ['open-host', 'end-meeting']],
  ['host-locked', 'step-down-dialog', ['open-host', 'step-down']],
  ['host-locked', 'leave-dialog', ['leave']],
  ['call-impostor', 'verify-dialog', ['open-roster', 'verify-member']],
  ['host-locked', 'remove-dialog', ['open-roster', 'member-actions', 'remove-member']],
  ['call-changes', 'security', ['open-security']],
  ['lobby-waiting', 'delegate-code', ['delegate-open']],
  ['account', 'account-delete-dialog', ['account-delete']],
  ['account', 'known', ['known-show', 'known']],
  ['admin-rooms', 'room-dialog', ['room-manage']],
  ['admin-rooms', 'room-confirm', ['room-manage', 'room-end']],
  ['admin-rooms', 'room-sooner', ['room-manage', 'room-shorten']],
  ['admin-rooms', 'rooms-all-dialog', ['rooms-all']],
  ['admin-people', 'person-dialog', ['person-manage']],
  ['admin-people', 'person-role-choice', ['person-manage', 'person-role']],
  ['admin-people', 'person-session', ['person-manage', 'person-sessions-show']],
  ['admin-people', 'person-key', ['person-manage', 'person-keys-show']],
  ['admin-people', 'person-key-delete-dialog', ['person-manage', 'person-keys-show', 'person-key-delete']],
  ['admin-people', 'password-link', ['person-manage', 'person-password', 'person-confirm']],
  ['admin-people', 'invite-link', ['invite']],
  ['admin-keys', 'key-delete-dialog', ['key-delete']],
  ['admin-keys', 'key-no-scope', ['key-make']],
  ['admin-sign-in', 'sign-in-found', ['sign-in-test']],
  ['admin-webhooks', 'delivery', ['webhook-deliveries']],
  ['admin-webhooks', 'webhook-delete-dialog', ['webhook-delete']],
  ['admin-group', 'group-delete-dialog', ['group-delete']],
  ['admin-erase', 'erase-dialog', ['erase']],
] as const) {
  test(`axe finds nothing on ${panel} in ${scene}`, async ({ open }) => {
    const page = await open(scene);
    for (const id of ids) await page.getByTestId(id).first().click();
    await expect(page.getByTestId(panel).first()).toBeVisible();
    await expectSound(page, panel, SOME);
  });
}

test('axe finds nothing on the last screen of an installation', async ({ open }) => {
  const page = await open('admin-erase');
  await page.getByTestId('erase').click();
  await page.getByTestId('erase-words').fill('erase everything');
  await page.getByTestId('erase-password').fill('correct horse battery');
  await page.getByTestId('erase-confirm').click();
  await expect(page.getByTestId('erased')).toBeVisible();
  await expectSound(page, 'erased', ALL);
});

test('axe finds nothing while the list of what is not protected is open over the panel', async ({ open }) => {
  const page = await open('call-3');
  await page.getByTestId('open-security').click();
  await page.getByTestId('open-limits').click();
  await expect(page.getByTestId('limits-dialog')).toBeVisible();
  await expectSound(page, 'limits', SOME);
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('limits-dialog')).toHaveCount(0);
  await expect(page.getByTestId('security')).toBeVisible();
});
