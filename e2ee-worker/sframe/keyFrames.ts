// Asks the sender for a key frame when frames were lost here: a decoder that misses one shows nothing for up to 3 s otherwise.

/** More: a frozen picture for longer. Less: the sender is kept busy with key frames, which are large. */
export const REQUEST_INTERVAL_MS = 500;

export class KeyFrameRequests {
  readonly #send: () => Promise<unknown>;
  readonly #now: () => number;
  #last = Number.NEGATIVE_INFINITY;

  constructor(send: () => Promise<unknown>, now: () => number) {
    this.#send = send;
    this.#now = now;
  }

  /** False when it is too early to ask again. */
  ask(): boolean {
    const now = this.#now();
    if (now - this.#last < REQUEST_INTERVAL_MS) return false;
    this.#last = now;
    // Refused while the transceiver is stopped or not yet connected: the next frame that is lost asks again.
    this.#send().catch(() => {
      this.#last = Number.NEGATIVE_INFINITY;
    });
    return true;
  }
}
