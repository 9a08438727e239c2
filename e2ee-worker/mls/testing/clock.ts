// For tests and benches only: time that passes when everybody is idle, so minutes cost nothing and runs repeat; and the
// real time, for benches.

export interface TestClock {
  now(): number;
  setTimer(ms: number, fire: () => void): () => void;
  /** Lets the next thing happen; false when nothing does before `limit`. */
  step(limit: number): boolean | Promise<boolean>;
}

interface Entry {
  readonly at: number;
  readonly nth: number;
  readonly fire: () => void;
}

export class VirtualClock implements TestClock {
  #now: number;
  #count = 0;
  #entries: Entry[] = [];

  constructor(start = Date.now()) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  setTimer(ms: number, fire: () => void): () => void {
    const entry = { at: this.#now + ms, nth: this.#count++, fire };
    this.#entries.push(entry);
    return () => {
      this.#entries = this.#entries.filter((e) => e !== entry);
    };
  }

  /** Goes to the next entry and runs it; false when there is none before `limit`. */
  step(limit: number): boolean {
    const first = this.#entries.reduce<Entry | undefined>(
      (a, b) => (a && (a.at < b.at || (a.at === b.at && a.nth < b.nth)) ? a : b),
      undefined,
    );
    if (!first || first.at > limit) {
      this.#now = Math.max(this.#now, limit);
      return false;
    }
    this.#entries = this.#entries.filter((e) => e !== first);
    this.#now = Math.max(this.#now, first.at);
    first.fire();
    return true;
  }
}

/** Milliseconds with a fraction, so that short rotations can be measured. */
export const realClock: TestClock = {
  now: () => performance.timeOrigin + performance.now(),
  setTimer(ms, fire) {
    const timer = setTimeout(fire, ms);
    return () => clearTimeout(timer);
  },
  step: (limit) =>
    new Promise((resolve) => {
      setTimeout(() => resolve(realClock.now() < limit), 1);
    }),
};
