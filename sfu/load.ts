// Reports how loaded the workers are: every few seconds, and soon after a change.

interface LoadOptions {
  readonly send: () => void;
  /** Signaling places meetings by this. */
  readonly everyMs?: number;
  /** More often than this is noise. */
  readonly atMostEveryMs?: number;
}

export class LoadReporter {
  readonly #send: () => void;
  readonly #everyMs: number;
  readonly #atMostEveryMs: number;
  #timer: NodeJS.Timeout | undefined;
  #lastAt = Number.NEGATIVE_INFINITY;
  #changed = false;
  #stopped = false;

  constructor({ send, everyMs = 5_000, atMostEveryMs = 1_000 }: LoadOptions) {
    this.#send = send;
    this.#everyMs = everyMs;
    this.#atMostEveryMs = atMostEveryMs;
    this.#arm(everyMs);
  }

  /** Sent at once when the last report is old enough, otherwise as soon as it is. Many changes make one report. */
  changed(): void {
    if (this.#changed || this.#stopped) return;
    this.#changed = true;
    this.#arm(Math.max(0, this.#lastAt + this.#atMostEveryMs - performance.now()));
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #arm(delay: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fire(), delay);
    this.#timer.unref();
  }

  #fire(): void {
    this.#changed = false;
    this.#lastAt = performance.now();
    this.#arm(this.#everyMs);
    this.#send();
  }
}
