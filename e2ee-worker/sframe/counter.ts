// The counter of one sending key: every value is given out once, whatever becomes of the frame.

/**
 * Three bytes on the wire, so that an audio frame grows by 22 bytes at most. At 90 frames a second (three simulcast
 * layers at 30) it lasts for 51 hours; keys are refreshed every 5 minutes. AES-GCM itself would allow 2^32.
 */
export const MAX_COUNTER = 2 ** 24 - 1;

export class Counter {
  #next = 0;

  /** Undefined when used up: the key sends nothing any more. Taken before encryption, so that a failure burns the value. */
  take(): number | undefined {
    return this.#next > MAX_COUNTER ? undefined : this.#next++;
  }
}
