// The `test` of the gallery: a page that shows a scene, and no test ends with a complaint unheard.
import { test as base, type ConsoleMessage, expect, type Page } from '@playwright/test';
import { GALLERY_URL } from './serve.ts';

export { expect };

export const PHONE = { width: 390, height: 844 };
export const LAPTOP = { width: 1280, height: 800 };

export const test = base.extend<{ open: (scene: string) => Promise<Page> }>({
  open: async ({ page }, use) => {
    const complaints: string[] = [];
    // A refused inline style or script is a console error; so the CSP is tested by every test here.
    const onConsole = (message: ConsoleMessage) => {
      if (message.type() === 'error') complaints.push(message.text());
    };
    const onError = (error: Error) => complaints.push(error.message);
    page.on('console', onConsole).on('pageerror', onError);
    await use(async (scene) => {
      await page.goto(`${process.env[GALLERY_URL]}?scene=${scene}`);
      await expect(page.locator('main')).toBeVisible();
      return page;
    });
    page.off('console', onConsole).off('pageerror', onError);
    expect(complaints, 'errors and CSP violations').toEqual([]);
  },
});

/** For tests that only look: one page shows one scene after the other. A new one costs more than looking at it. */
export const testInOnePage = test.extend<object, { stage: Page }>({
  stage: [
    async ({ browser }, use) => {
      const page = await browser.newPage();
      await use(page);
      await page.close();
    },
    { scope: 'worker' },
  ],
  page: async ({ stage }, use) => {
    await stage.setViewportSize(LAPTOP);
    await stage.emulateMedia({ colorScheme: null, reducedMotion: null });
    await use(stage);
    await stage.evaluate(() => {
      localStorage.clear();
      sessionStorage.clear();
    });
  },
});
