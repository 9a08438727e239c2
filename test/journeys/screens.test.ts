// Every real screen: usable by everybody, by keyboard, on a phone, and under the CSP that keeps foreign code out.
import { axeFindsNothing, fitsItsWidth } from '../harness/axe.ts';
import { expect, test } from '../harness/test.ts';

const PHONE = { width: 390, height: 844 };

for (const [device, context] of [
  ['a desktop in the dark', { colorScheme: 'dark' }],
  ['a phone in daylight', { colorScheme: 'light', viewport: PHONE, hasTouch: true }],
] as const) {
  test(`axe finds nothing on any screen of ${device}, and none scrolls sideways`, async ({
    installation,
    person,
  }) => {
    const ada = await person('Ada', { context });
    const grace = await person('Grace');
    const check = async (screen: string) => {
      await axeFindsNothing(ada.page, screen);
      await fitsItsWidth(ada.page, screen);
    };
    await ada.page.goto(installation.url);
    await expect(ada.byId('create-meeting')).toBeVisible();
    await check('home');
    await ada.byId('lobby-choice').uncheck();
    await ada.byId('create-meeting').click();
    await expect(ada.byId('preview')).toBeVisible();
    await expect(ada.byId('join')).toBeEnabled();
    await check('pre-join');
    await ada.enter();
    await check('call, alone');
    await grace.joinByLink(await ada.inviteLink());
    await ada.sees('Grace', 'live');
    await check('call');
    await ada.openSecurity();
    await check('security panel');
    await ada.page.keyboard.press('Escape');
    await ada.byId('open-roster').click();
    await expect(ada.byId('roster-item')).toHaveCount(2);
    await check('roster');
    await ada.page.keyboard.press('Escape');
    await ada.byId('leave').click();
    await expect(ada.byId('leave-confirm')).toBeVisible();
    await check('leave dialog');
    await ada.byId('leave-confirm').click();
    await expect(ada.byId('ended-reason')).toHaveAttribute('data-reason', 'left');
    await check('ended');
  });
}

test('M, V and L work without a mouse, L asks first, and letters typed into a field stay letters', async ({
  installation,
  person,
}) => {
  const ada = await person('Ada');
  await ada.page.goto(installation.url);
  await ada.byId('create-meeting').focus();
  await ada.page.keyboard.press('Enter');
  await ada.byId('display-name').focus();
  await ada.page.keyboard.type('Mavel');
  await expect(ada.byId('display-name')).toHaveValue('Mavel');
  await expect(ada.byId('toggle-mic')).toHaveAttribute('aria-pressed', 'true');
  await expect(ada.byId('join')).toBeEnabled();
  await ada.page.keyboard.press('Enter');
  await expect(ada.tile('Mavel')).toBeVisible();

  for (const [key, id] of [
    ['m', 'toggle-mic'],
    ['v', 'toggle-camera'],
  ] as const) {
    await expect(ada.byId(id)).toHaveAttribute('aria-pressed', 'true');
    await ada.page.keyboard.press(key);
    await expect(ada.byId(id)).toHaveAttribute('aria-pressed', 'false');
    await ada.page.keyboard.press(key);
    await expect(ada.byId(id)).toHaveAttribute('aria-pressed', 'true');
  }
  await ada.page.keyboard.press('l');
  await expect(ada.byId('leave-confirm')).toBeVisible();
  await ada.page.keyboard.press('Escape');
  await expect(ada.byId('leave-confirm')).toHaveCount(0);
  await expect(ada.tile('Mavel')).toBeVisible();
  await ada.page.keyboard.press('l');
  await expect(ada.byId('leave-confirm')).toBeVisible();
  await ada.byId('leave-confirm').focus();
  await ada.page.keyboard.press('Enter');
  await expect(ada.byId('ended-reason')).toBeVisible();
});

test('an inline script does not run in the page and is reported, so that the silence of the other tests means something', async ({
  installation,
  person,
}) => {
  const ada = await person('Ada');
  ada.forgive(/CSP: (script-src|require-trusted)|Content Security Policy|TrustedScript/);
  const answer = await ada.page.goto(installation.url);
  const policy = answer?.headers()['content-security-policy'] ?? '';
  expect(policy).not.toMatch(/unsafe-inline|unsafe-eval|\*/);
  expect(policy).toContain("require-trusted-types-for 'script'");
  const ran = await ada.page.evaluate(() => {
    const script = document.createElement('script');
    try {
      script.text = 'window.foreignCodeRan = true';
    } catch (error) {
      // Trusted Types refused already; the node is the way round them.
      if (!(error instanceof TypeError)) throw error;
      script.append('window.foreignCodeRan = true');
    }
    document.head.append(script);
    return 'foreignCodeRan' in window;
  });
  expect(ran).toBe(false);
  await expect.poll(() => ada.page.evaluate(() => window.watch.violations.length)).toBeGreaterThan(0);
});

test('a page of another protocol version is told to reload', async ({ installation, person }) => {
  const ada = await person('Ada');
  const link = await ada.createMeeting(installation.url);
  const grace = await person('Grace');
  await grace.page.routeWebSocket(/socket\.io/, (near) => {
    const far = near.connectToServer();
    // The page's own greeting, with another number in it.
    near.onMessage((m) =>
      far.send(typeof m === 'string' ? m.replace(/"protocol":\d+/, '"protocol":9999') : m),
    );
  });
  await grace.page.goto(link);
  await expect(grace.byId('ended-reason')).toHaveAttribute('data-reason', 'upgrade-required');
  await expect(grace.byId('reload')).toBeVisible();
});

test('someone who refuses camera and microphone is told so and can still come in, seen as a tile without picture', async ({
  installation,
  person,
}) => {
  const refuse = () => {
    navigator.mediaDevices.getUserMedia = async () => {
      throw new DOMException('Permission denied', 'NotAllowedError');
    };
  };
  const [ada, grace] = [await person('Ada'), await person('Grace', { before: [refuse] })];
  const link = await ada.createMeeting(installation.url);
  await grace.page.goto(link);
  await expect(grace.byId('capture-problem').first()).toBeVisible();
  await grace.enter();
  await ada.sees('Grace', 'video-off');
  await grace.seesMoving('Ada');
});
