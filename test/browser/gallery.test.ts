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

async function expectSound(page: Page, what: string, lights: readonly Light[]): Promise<void> {
  for (const { device, viewport, colorScheme } of lights) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
    const found = violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`);
    expect(found, `axe on ${what} on ${device}`).toEqual([]);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow, `${what} scrolls sideways on ${device} by`).toBeLessThanOrEqual(0);
  }
}

// Scenes that differ from another only in words or number need not all be visited.
const ALIKE = /^(ended-(expired|meeting-over|room-unknown|room-full|upgrade-required)|call-(2|5|9|60|lost))$/;
// These together show every colour on every ground.
const COLOURFUL = /^(home|home-insecure|pre-join-mixed|call-3|call-troubled|ended-left)$/;

for (const scene of Object.keys(SCENES)) {
  if (ALIKE.test(scene)) continue;
  test(`axe finds nothing on ${scene}, by day and by night, on a phone and on a laptop`, async ({ open }) => {
    await expectSound(await open(scene), scene, COLOURFUL.test(scene) ? ALL : SOME);
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
  const order = ['toggle-mic', 'toggle-camera', 'display-name', 'join', 'copy-invite'];
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
