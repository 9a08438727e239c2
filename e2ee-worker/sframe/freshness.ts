// Tells frames that waited in a queue from fresh ones. Encoded streams have no back-pressure: after a stall (a suspended
// laptop, a blocked worker) some 60 old frames would be played in a burst.
//
// Nothing has waited for longer than nothing was read. So only after such a pause is a frame looked at: it carries no time of
// arrival that every browser shows, but its RTP timestamp advances with real time, and if our clock has advanced by more since
// a frame that did not wait, this one did. Asking every frame for its timestamp was a tenth of what opening one costs.
import type { Frame } from './pump.ts';

/** More: echoes of what was said seconds ago. Less: frames that the network held back are lost for nothing. */
export const STALE_MS = 2_000;

/**
 * A queue is emptied in a burst. Lateness that lasts longer is a jump of the timestamps (a replaced camera, a layer switch
 * on the SFU), or of our clock: then the clocks are compared afresh, so that a wrong guess costs this much and not the stream.
 */
export const BURST_MS = 200;

/** Between frames that are remembered. More: jumps of the timestamps look like lateness. Less: more frames are asked. */
const SAMPLE_MS = 500;

export class Freshness {
  readonly #ticksPerMs: number;
  #readAt = Number.NEGATIVE_INFINITY;
  /** Of the frame that is remembered: its timestamp, and when it was read. */
  #ticks: number | undefined;
  #at = Number.NEGATIVE_INFINITY;
  #staleSince: number | undefined;

  constructor(clockRate: number) {
    this.#ticksPerMs = clockRate / 1000;
  }

  /** For every frame, in their order; `now` may step. */
  isStale(frame: Pick<Frame, 'timestamp'>, now: number): boolean {
    const paused = now - this.#readAt >= STALE_MS;
    this.#readAt = now;
    if (paused || this.#staleSince !== undefined) return this.#look(frame, now);
    if (now - this.#at >= SAMPLE_MS || now < this.#at) this.#remember(frame, now);
    return false;
  }

  #look(frame: Pick<Frame, 'timestamp'>, now: number): boolean {
    const { timestamp } = frame;
    if (timestamp !== undefined && this.#ticks !== undefined) {
      // 32-bit difference: timestamps wrap and may step back.
      const late = now - this.#at - ((timestamp - this.#ticks) | 0) / this.#ticksPerMs;
      if (late > STALE_MS) {
        this.#staleSince ??= now;
        if (now - this.#staleSince <= BURST_MS) return true;
      }
    }
    this.#remember(frame, now);
    return false;
  }

  #remember({ timestamp }: Pick<Frame, 'timestamp'>, now: number): void {
    this.#ticks = timestamp;
    this.#at = now;
    this.#staleSince = undefined;
  }
}
