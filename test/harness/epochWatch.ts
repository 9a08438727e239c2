// Notes when the epoch shown on a page changes, or how many people are, by the wall clock that all pages of a machine share.
import type { Page } from '@playwright/test';

export type EpochChange = { epoch: number; people: number; at: number };

/** Answers a function that reads the changes since this call. */
export async function watchEpoch(page: Page): Promise<() => Promise<EpochChange[]>> {
  const changes = await page.evaluateHandle(() => {
    const found: EpochChange[] = [];
    new MutationObserver(() => {
      const shown = document.querySelector('[data-testid="epoch"]')?.textContent ?? '';
      const epoch = Number(shown.replace(/\D/g, ''));
      const people = document.querySelectorAll('[data-testid="tile"]').length;
      const last = found.at(-1);
      if (last?.epoch !== epoch || last.people !== people) found.push({ epoch, people, at: Date.now() });
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
    return found;
  });
  return () => changes.jsonValue();
}
