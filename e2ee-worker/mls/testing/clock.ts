// For tests and benches only: time that passes when everybody is idle, so minutes cost nothing and runs repeat.

interface Entry {
  readonly at: number;
  readonly nth: number;
  readonly fire: () => void;
}

export class VirtualClock {
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
      this.#entries = this.#entries.filter((e) => e.nth !== entry.nth);
    };
  }

  /** The device sleeps: time goes on, and timers stand still. */
  sleep(ms: number): void {
    this.#now += ms;
    this.#entries = this.#entries.map((e) => ({ ...e, at: e.at + ms }));
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
