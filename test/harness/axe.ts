// Whether everybody can use what a page shows: axe, and the width.
import { expect, type Page } from '@playwright/test';
import axe from 'axe-core';

/** `rules`: only these, where the others have found nothing on this very page already. */
export async function axeFindsNothing(page: Page, screen: string, rules?: readonly string[]): Promise<void> {
  // Half a megabyte that takes longer to load than to run: once for each page.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  const found = await page.evaluate(async (only) => {
    // Colours that are just changing are nobody's: what ends is waited for, what turns for ever is not.
    const ending = document
      .getAnimations()
      .filter((a) => a.playState === 'running' && a.effect?.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(ending.map((a) => a.finished));
    // What passes is not described: on large pages that takes longer than looking.
    const { violations } = await window.axe.run({
      resultTypes: ['violations'],
      ...(only && { runOnly: { type: 'rule' as const, values: [...only] } }),
    });
    return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`);
  }, rules);
  expect(found, `axe on ${screen}`).toEqual([]);
}

export async function fitsItsWidth(page: Page, screen: string): Promise<void> {
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow, `${screen} scrolls sideways by`).toBeLessThanOrEqual(0);
}

declare global {
  interface Window {
    axe: typeof axe;
  }
}
