// What a page under attack shows, and what its media worker counted.
import { setTimeout as wait } from 'node:timers/promises';
import type { Locator, Page } from '@playwright/test';
import type { DropReason } from '../../e2ee-worker/messages.ts';
import { tracksSoFar } from '../harness/media.ts';
import type { Person } from '../harness/person.ts';
import { expect } from '../harness/test.ts';
import { until } from '../harness/until.ts';
import type { Feed } from './bender.ts';

/** Of the security panel, newest first. */
export async function warnings(one: Person): Promise<string[]> {
  await one.openSecurity();
  return one.byId('warning').allTextContents();
}

/** Waits until a warning says all of this. */
export async function warned(one: Person, words: readonly string[], timeoutMs = 10_000): Promise<void> {
  let last: string[] = [];
  const says = async () => {
    last = await warnings(one);
    return last.some((text) => words.every((word) => text.includes(word)));
  };
  await until(says, {
    timeoutMs,
    what: () => `${one.name} to be warned of ${words.join(', ')}; is: ${last.join(' | ')}`,
  });
}

/** Why the lock of that member is (not) closed at this page. */
export async function lockReads(one: Person, of: string, reason: string, timeoutMs = 10_000): Promise<void> {
  await one.openSecurity();
  const lock = one.page.locator(`[data-testid="member-lock"][data-name="${of}"]`);
  await expect(lock, `${of}'s lock at ${one.name}`).toHaveAttribute('data-reason', reason, {
    timeout: timeoutMs,
  });
}

export type Counted = { opened: number; dropped: number; drops: Partial<Record<DropReason, number>> };

/** Of this stream at this page, at this moment. */
export async function counted(page: Page, { consumerId }: Feed): Promise<Counted> {
  const track = (await tracksSoFar(page)).find((t) => t.consumerId === consumerId);
  const drops = track?.drops ?? {};
  const dropped = Object.values(drops).reduce((sum, n) => sum + n, 0);
  return { opened: track?.frames ?? 0, dropped, drops };
}

/** Waits until that many more frames than `before` were dropped for this reason, or for any. */
export async function dropped(
  page: Page,
  feed: Feed,
  more: { than: Counted; by: number; as?: DropReason },
): Promise<Counted> {
  const of = (c: Counted) => (more.as ? (c.drops[more.as] ?? 0) : c.dropped);
  let now = more.than;
  const enough = async () => {
    now = await counted(page, feed);
    return of(now) >= of(more.than) + more.by;
  };
  await until(enough, {
    what: () =>
      `${more.by} more frames dropped as ${more.as ?? 'anything'}; ${JSON.stringify({ than: more.than, now })}`,
  });
  return now;
}

/** How much of the picture is red, which no honest camera of these tests shows but Red's (`haveRedCamera`). */
async function redShare(video: Locator): Promise<number> {
  return video.evaluate((v) => {
    if (!(v instanceof HTMLVideoElement) || v.videoWidth === 0) return 0;
    const size = 16;
    const context = new OffscreenCanvas(size, size).getContext('2d', { willReadFrequently: true });
    context?.drawImage(v, 0, 0, size, size);
    const pixels = context?.getImageData(0, 0, size, size).data ?? [];
    let red = 0;
    for (let i = 0; i < pixels.length; i += 4) {
      const [r = 0, g = 0, b = 0] = [pixels[i], pixels[i + 1], pixels[i + 2]];
      if (r > 100 && r > 3 * Math.max(g, b)) red++;
    }
    return red / (size * size);
  });
}

export const isRed = async (video: Locator): Promise<boolean> => (await redShare(video)) > 0.5;

/** Remembers whether this element has ever shown red, looking at every frame it presents. */
export async function watchForRed(video: Locator): Promise<() => Promise<boolean>> {
  const seen = await video.evaluateHandle((v) => {
    const found = { red: false, frames: 0 };
    const element = v as HTMLVideoElement;
    const context = new OffscreenCanvas(8, 8).getContext('2d', { willReadFrequently: true });
    const look = () => {
      found.frames++;
      context?.drawImage(element, 0, 0, 8, 8);
      const [r = 0, g = 0, b = 0] = context?.getImageData(4, 4, 1, 1).data ?? [];
      if (r > 100 && r > 3 * Math.max(g, b)) found.red = true;
      element.requestVideoFrameCallback(look);
    };
    element.requestVideoFrameCallback(look);
    return found;
  });
  return async () => (await seen.jsonValue()).red;
}

/** Many frames long. */
const QUIET_MS = 1_500;

/** What was counted of a stream that brings nothing any more, once it is the same a moment later. */
export async function quiet(page: Page, feed: Feed): Promise<Counted> {
  return until(
    async () => {
      const before = await counted(page, feed);
      await wait(QUIET_MS);
      const now = await counted(page, feed);
      return now.opened === before.opened && now.dropped === before.dropped && now;
    },
    { what: () => 'a stream to fall silent' },
  );
}

/** Notes every state that this person's tile takes at `one` from here on. */
export async function watchStates(one: Person, of: string): Promise<() => Promise<string[]>> {
  const states = await one.tile(of).evaluateHandle((tile) => {
    const seen: string[] = [];
    const note = () => seen.push(tile.getAttribute('data-state') ?? '');
    new MutationObserver(note).observe(tile, { attributeFilter: ['data-state'] });
    return seen;
  });
  return () => states.jsonValue();
}

/** Milliseconds from a click to what it asked for, by the page's own clock: the way there and back is not the page's doing. */
export async function answers(one: Person): Promise<number> {
  return one.byId('open-roster').evaluate((button) => {
    const started = performance.now();
    return new Promise<number>((resolve) => {
      new MutationObserver(() => resolve(performance.now() - started)).observe(button, {
        attributeFilter: ['aria-expanded'],
      });
      // Behind whatever the page has to do already, as a person's click is.
      setTimeout(() => button instanceof HTMLElement && button.click());
    });
  });
}
