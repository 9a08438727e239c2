// What happened to the frames of one track: counters by reason, and whether it flows.
import { type DropReason, FRAMES, newCounts, placeOf } from '../messages.ts';

/**
 * Failures in a row before a track counts as not flowing. More: a tile stays green longer than it lives. Less: one lost
 * packet flashes a warning.
 */
export const DROPS_BEFORE_NOT_FLOWING = 3;

/**
 * A track whose last good frame is younger than this flows, whatever else fails: junk between real frames would make its
 * tile blink sixty times a second and keep the page from doing anything else. More: a picture stands still for longer
 * before it is taken down. Less: slow senders blink.
 */
export const FLOW_LASTS_MS = 500;

export type OnFlow = (flowing: boolean, reason?: DropReason) => void;

export class Meter {
  /** Shared with the page. */
  readonly counts = newCounts();
  /** Drops since the last frame that went through. */
  failing = 0;
  #flowing: boolean | undefined;
  #passedAt = Number.NEGATIVE_INFINITY;
  readonly #onFlow: OnFlow;

  constructor(onFlow: OnFlow = () => undefined) {
    this.#onFlow = onFlow;
  }

  /** `now` in milliseconds; it may step. */
  passed(now: number): void {
    this.counts[FRAMES] = (this.counts[FRAMES] ?? 0) + 1;
    this.failing = 0;
    this.#passedAt = now;
    if (this.#flowing === true) return;
    this.#flowing = true;
    this.#onFlow(true);
  }

  dropped(reason: DropReason, now: number): void {
    const place = placeOf(reason);
    this.counts[place] = (this.counts[place] ?? 0) + 1;
    this.failing++;
    if (this.#flowing === false || this.failing < DROPS_BEFORE_NOT_FLOWING) return;
    const since = now - this.#passedAt;
    if (since >= 0 && since < FLOW_LASTS_MS) return;
    this.#flowing = false;
    this.#onFlow(false, reason);
  }
}
