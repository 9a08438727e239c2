// The `test` of the gallery: a page that shows a scene, and no test ends with a complaint unheard.
import { test as base, expect, type Page } from '@playwright/test';
import { GALLERY_URL } from './serve.ts';

export { expect };

export const PHONE = { width: 390, height: 844 };
export const LAPTOP = { width: 1280, height: 800 };

export const test = base.extend<{ open: (scene: string) => Promise<Page> }>({
  open: async ({ page }, use) => {
    const complaints: string[] = [];
    // A refused inline style or script is a console error; so the CSP is tested by every test here.
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await use(async (scene) => {
      await page.goto(`${process.env[GALLERY_URL]}?scene=${scene}`);
      await expect(page.locator('main')).toBeVisible();
      return page;
    });
    expect(complaints, 'errors and CSP violations').toEqual([]);
  },
});
