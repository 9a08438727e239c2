// What happened to the frames of one track: counters by reason, and whether it flows.
import type { DropReason } from '../messages.ts';

/**
 * Failures in a row before a track counts as not flowing. More: a tile stays green longer than it lives. Less: one lost
 * packet flashes a warning.
 */
export const DROPS_BEFORE_NOT_FLOWING = 3;

export type OnFlow = (flowing: boolean, reason?: DropReason) => void;

export class Meter {
  frames = 0;
  bytes = 0;
  readonly drops: Partial<Record<DropReason, number>> = {};
  /** Drops since the last frame that went through. */
  failing = 0;
  #flowing: boolean | undefined;
  readonly #onFlow: OnFlow;

  constructor(onFlow: OnFlow = () => undefined) {
    this.#onFlow = onFlow;
  }

  passed(bytes: number): void {
    this.frames++;
    this.bytes += bytes;
    this.failing = 0;
    if (this.#flowing === true) return;
    this.#flowing = true;
    this.#onFlow(true);
  }

  dropped(reason: DropReason): void {
    this.drops[reason] = (this.drops[reason] ?? 0) + 1;
    this.failing++;
    if (this.#flowing === false || this.failing < DROPS_BEFORE_NOT_FLOWING) return;
    this.#flowing = false;
    this.#onFlow(false, reason);
  }
}
