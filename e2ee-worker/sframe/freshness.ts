// Tells frames that waited in a queue from fresh ones. Encoded streams have no back-pressure: after a stall (a suspended
// laptop, a blocked worker) some 60 old frames would be played in a burst.
//
// A frame carries no time of arrival that every browser shows, but its RTP timestamp advances with real time. The smallest
// difference seen between our clock and the timestamp is a frame that did not wait; what exceeds it was waited.

/** More: echoes of what was said seconds ago. Less: frames that the network held back are lost for nothing. */
export const STALE_MS = 2_000;

/**
 * A queue is emptied in a burst. Lateness that lasts longer is a jump of the timestamps (a replaced camera, a layer switch
 * on the SFU), or of our clock: then the clocks are compared afresh, so that a wrong guess costs this much and not the stream.
 */
export const BURST_MS = 200;

/** Clocks drift apart by up to this (ms per ms); without it a slower sender would become stale after hours. */
const DRIFT = 0.001;

export class Freshness {
  readonly #ticksPerMs: number;
  #lastTicks: number | undefined;
  #mediaMs = 0;
  #lastNow = 0;
  #smallest = 0;
  #staleSince: number | undefined;

  constructor(clockRate: number) {
    this.#ticksPerMs = clockRate / 1000;
  }

  isStale(rtpTimestamp: number, now: number): boolean {
    if (this.#lastTicks === undefined) return this.#restart(rtpTimestamp, now);
    // 32-bit difference: timestamps wrap and may step back.
    this.#mediaMs += ((rtpTimestamp - this.#lastTicks) | 0) / this.#ticksPerMs;
    const drift = (now - this.#lastNow) * DRIFT;
    this.#lastTicks = rtpTimestamp;
    this.#lastNow = now;
    const difference = now - this.#mediaMs;
    this.#smallest = Math.min(this.#smallest + drift, difference);
    if (difference - this.#smallest <= STALE_MS) {
      this.#staleSince = undefined;
      return false;
    }
    this.#staleSince ??= now;
    return now - this.#staleSince <= BURST_MS || this.#restart(rtpTimestamp, now);
  }

  #restart(rtpTimestamp: number, now: number): false {
    this.#lastTicks = rtpTimestamp;
    this.#mediaMs = 0;
    this.#lastNow = now;
    this.#smallest = now;
    this.#staleSince = undefined;
    return false;
  }
}
