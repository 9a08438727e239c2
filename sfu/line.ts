// Runs the commands of one peer one after the other, and forgets those still waiting when the peer is closed.
import { notFound, Refusal } from './refusal.ts';

/** More than this waiting means signaling has stopped limiting the peer. */
const MAX_WAITING = 64;

export class Line {
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #cut = false;

  get idle(): boolean {
    return this.#waiting === 0;
  }

  get wasCut(): boolean {
    return this.#cut;
  }

  /** `job` starts when all before it have ended, whether well or badly. */
  run<T>(job: () => Promise<T>): Promise<T> {
    if (this.#waiting >= MAX_WAITING) throw new Refusal('RATE_LIMITED', 'too many commands are waiting');
    this.#waiting += 1;
    const result = this.#tail.then(() => {
      if (this.#cut) throw notFound('peer');
      return job();
    });
    const ended = () => {
      this.#waiting -= 1;
    };
    this.#tail = result.then(ended, ended);
    return result;
  }

  /** What waits is answered NOT_FOUND. A job that runs sees its peer closed and ends by itself. */
  cut(): void {
    this.#cut = true;
  }
}
