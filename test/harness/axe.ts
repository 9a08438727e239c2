// Whether everybody can use what a page shows: axe, and the width.
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

export async function axeFindsNothing(page: Page, screen: string): Promise<void> {
  // One frame only, so the page itself can sum up; the other mode opens a page of its own for that.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  const found = violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`);
  expect(found, `axe on ${screen}`).toEqual([]);
}

export async function fitsItsWidth(page: Page, screen: string): Promise<void> {
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow, `${screen} scrolls sideways by`).toBeLessThanOrEqual(0);
}
