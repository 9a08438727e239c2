// What a tile shows, and which tiles a screen says that it shows.
import type { Page } from '@playwright/test';
import { expect, LAPTOP, PHONE, test } from './test.ts';

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
