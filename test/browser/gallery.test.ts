// Every screen in every state that a made-up model can give it: axe, the CSP, the width, the keyboard, and what is measured.
import AxeBuilder from '@axe-core/playwright';
import { test as base, expect, type Page } from '@playwright/test';
import { SCENES } from '../gallery/scenes.ts';
import { type GalleryServer, serveGallery } from '../gallery/serve.ts';

const PHONE = { width: 390, height: 844 };
const LAPTOP = { width: 1280, height: 800 };

const test = base.extend<{ open: (scene: string) => Promise<Page> }, { gallery: GalleryServer }>({
  gallery: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from this pattern.
    async ({}, use) => {
      const gallery = await serveGallery();
      await use(gallery);
      await gallery.close();
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  open: async ({ page, gallery }, use) => {
    const complaints: string[] = [];
    // A refused inline style or script is a console error; so the CSP is tested by every test here.
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await use(async (scene) => {
      await page.goto(`${gallery.url}?scene=${scene}`);
      await expect(page.locator('main')).toBeVisible();
      return page;
    });
    expect(complaints, 'errors and CSP violations').toEqual([]);
  },
});

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
  for (const { device, viewport, colorScheme } of lights) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const isLight = (await brightness(page)) > 128;
    expect(isLight, `${what} is light on ${device}`).toBe(colorScheme === 'light');
    const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
    const found = violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`);
    expect(found, `axe on ${what} on ${device}`).toEqual([]);
    await expectFits(page, `${what} on ${device}`);
  }
}

async function expectFits(page: Page, what: string): Promise<void> {
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow, `${what} scrolls sideways by`).toBeLessThanOrEqual(0);
}

// Scenes that differ from another only in words or number need not all be visited.
const ALIKE =
  /^(ended-(expired|meeting-over|room-unknown|room-full|lobby-full|blocked|removed|refused|upgrade-required)|call-(2|5|9|60|lost)|door-1|lobby-no-host)$/;
// These together show every colour on every ground.
const COLOURFUL =
  /^(home|home-insecure|pre-join-mixed|call-3|call-troubled|call-impostor|door-3|lobby-again|ended-left)$/;

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
      await expectFits(page, `${scene} at a width of ${viewport.width}`);
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
  ['host-locked', 'end-dialog', ['open-host', 'end-meeting']],
  ['host-locked', 'leave-dialog', ['leave']],
  ['call-impostor', 'verify-dialog', ['open-roster', 'verify-member']],
  ['host-locked', 'remove-dialog', ['open-roster', 'member-actions', 'remove-member']],
  ['call-changes', 'security', ['open-security']],
  ['lobby-waiting', 'delegate-code', ['delegate-open']],
] as const) {
  test(`axe finds nothing on ${panel} in ${scene}`, async ({ open }) => {
    const page = await open(scene);
    for (const id of ids) await page.getByTestId(id).first().click();
    await expect(page.getByTestId(panel)).toBeVisible();
    await expectSound(page, panel, SOME);
  });
}

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

test('25 people fit a laptop and a phone without scrolling', async ({ open }) => {
  for (const viewport of [LAPTOP, PHONE]) {
    const page = await open('call-25');
    await page.setViewportSize(viewport);
    await expect(page.getByTestId('tile')).toHaveCount(25);
    for (const tile of await page.getByTestId('tile').all())
      await expect(tile).toBeInViewport({ ratio: 0.99 });
  }
});

test('only a live tile shows its picture, and only one that waits for its key may hold a stream beside it', async ({
  open,
}) => {
  const page = await open('call-troubled');
  const tiles = page.getByTestId('tile');
  await expect(tiles).toHaveCount(5);
  const seen = new Set<string>();
  for (const tile of await tiles.all()) {
    const state = (await tile.getAttribute('data-state')) ?? '';
    seen.add(state);
    const video = tile.locator('video');
    await expect(video).toHaveCount(1);
    await expect(video).toBeVisible({ visible: state === 'live' });
    const holdsStream = await video.evaluate((v: HTMLVideoElement) => v.srcObject !== null);
    expect(holdsStream, state).toBe(state === 'live' || state === 'waiting-key');
  }
  expect([...seen].sort()).toEqual(['live', 'reconnecting', 'video-off', 'waiting-key']);
  await expect(page.locator('[data-state="waiting-key"]').first()).toContainText('Waiting for key');
});

const reported = (page: Page) =>
  page.evaluate(() => {
    const room: unknown = Reflect.get(window, 'galleryRoom');
    const visible: unknown = Reflect.get(Object(room), 'visible');
    return visible instanceof Map ? [...visible.entries()] : [];
  });

test('the screen reports the tiles that are seen, with their sizes, and not those scrolled away', async ({
  open,
}) => {
  const page = await open('call-60');
  await page.setViewportSize(PHONE);
  const box = page.locator('[data-testid="tile"]').first();
  await expect.poll(async () => (await reported(page)).map(([key]) => key)).not.toContain('59');
  // The grid may still be on its way from the laptop's layout: what is reported in the end is what is drawn.
  const drawn = async () => {
    const size = await box.boundingBox();
    return { width: Math.round(size?.width ?? 0), height: Math.round(size?.height ?? 0) };
  };
  const report = async () => (await reported(page)).find(([key]) => key === '0')?.[1];
  await expect(async () => expect(await report()).toEqual(await drawn())).toPass({ timeout: 10_000 });
  await page.getByTestId('tile').last().scrollIntoViewIfNeeded();
  await expect.poll(async () => (await reported(page)).map(([key]) => key)).toContain('59');
  await expect.poll(async () => (await reported(page)).map(([key]) => key)).not.toContain('0');
});

/** The keys of all reports so far, oldest first. */
const reports = (page: Page) =>
  page.evaluate(() => {
    const room: { reports: string[][] } = Reflect.get(window, 'galleryRoom');
    return room.reports;
  });

/** What the browser has to say of tiles on screen comes when the test lets it: `release` hands over so many entries. */
function holdCrossings(): void {
  const Real = window.IntersectionObserver;
  const held: (() => void)[] = [];
  window.IntersectionObserver = class extends Real {
    constructor(callback: IntersectionObserverCallback, options?: IntersectionObserverInit) {
      super((entries, observer) => {
        for (const entry of entries) held.push(() => callback([entry], observer));
      }, options);
    }
  };
  Object.assign(window, {
    crossings: {
      waiting: () => held.length,
      release(count: number) {
        for (const hand of held.splice(0, count)) hand();
      },
    },
  });
}

type Crossings = { waiting(): number; release(count: number): void };
const crossings = (page: Page, release: number) =>
  page.evaluate((count) => {
    const held: Crossings = Reflect.get(window, 'crossings');
    held.release(count);
    return held.waiting();
  }, release);

test('nothing is reported before every tile has been measured, and then all of them at once', async ({
  open,
  page,
}) => {
  await page.addInitScript(holdCrossings);
  await page.setViewportSize(LAPTOP);
  await open('call-25');
  await expect.poll(() => crossings(page, 0)).toBe(25);
  await crossings(page, 24);
  // Sizes change again: every occasion to report too early.
  await page.setViewportSize({ width: 1100, height: 700 });
  const width = () =>
    page
      .getByTestId('tile')
      .last()
      .evaluate((tile) => tile.clientWidth);
  const before = await width();
  await page.setViewportSize(PHONE);
  await expect.poll(width).not.toBe(before);
  expect(await reports(page)).toEqual([]);
  await crossings(page, Number.MAX_SAFE_INTEGER);
  await expect.poll(async () => (await reports(page)).length).toBeGreaterThan(0);
  expect((await reports(page))[0]).toHaveLength(25);
});

test('a tab in the background reports no tile at all, and all of them again when it is looked at', async ({
  open,
}) => {
  const page = await open('call-9');
  const last = async () => (await reports(page)).at(-1);
  await expect.poll(last).toHaveLength(9);
  const turn = (hidden: boolean) =>
    page.evaluate((now) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => now });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
  await turn(true);
  await expect.poll(last).toEqual([]);
  // Somebody comes in meanwhile: still nothing to be seen.
  const count = (await reports(page)).length;
  await page.evaluate(() => {
    const room: { arrive(name: string): void } = Reflect.get(window, 'galleryRoom');
    room.arrive('Ben');
  });
  await expect.poll(async () => (await reports(page)).length).toBeGreaterThan(count);
  expect(await last()).toEqual([]);
  await turn(false);
  await expect.poll(last).toHaveLength(10);
});

test('the focus goes into a panel and back to its button, and Escape closes it', async ({ open }) => {
  for (const viewport of [LAPTOP, PHONE]) {
    const page = await open('call-3');
    await page.setViewportSize(viewport);
    for (const [opener, panel] of [
      ['open-security', 'security'],
      ['open-roster', 'roster'],
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

test('one click lets in everybody whose card is shown, but no impostor', async ({ open }) => {
  const page = await open('door-3');
  await page.getByTestId('admit-all').click();
  expect((await door(page)).sort()).toEqual([
    'admit Bartholomew Featherstonehaugh-Cholmondeley',
    'admit Kwame Mensah',
  ]);
  await expect(page.getByTestId('knock')).toHaveCount(1);
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
