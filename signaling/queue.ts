// Runs the requests of one connection in order.

/**
 * A request waits for all earlier ones, except that only media requests wait for media requests: leaving, and the
 * group's rekeying, must not stand in line behind a slow sfu.
 */
export class Queue {
  #other: Promise<unknown> = Promise.resolve();
  #media: Promise<unknown> = Promise.resolve();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** `task` must not throw. */
  add(kind: 'media' | 'other', task: () => Promise<void>): void {
    this.#length += 1;
    const run = async () => {
      await task();
      this.#length -= 1;
    };
    if (kind === 'other') this.#other = this.#other.then(run);
    else this.#media = Promise.all([this.#other, this.#media]).then(run);
  }
}
