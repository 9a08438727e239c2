// Notes when the epoch shown on a page changes, by the wall clock that all pages of a machine share.
import type { Page } from '@playwright/test';

export type EpochChange = { epoch: number; at: number };

/** Answers a function that reads the changes since this call. */
export async function watchEpoch(page: Page): Promise<() => Promise<EpochChange[]>> {
  const changes = await page.evaluateHandle(() => {
    const found: EpochChange[] = [];
    const read = () =>
      Number((document.querySelector('[data-testid="epoch"]')?.textContent ?? '').replace(/\D/g, ''));
    new MutationObserver(() => {
      const epoch = read();
      if (found.at(-1)?.epoch !== epoch) found.push({ epoch, at: Date.now() });
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
    return found;
  });
  return () => changes.jsonValue();
}
