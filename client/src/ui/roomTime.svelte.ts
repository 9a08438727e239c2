// The time that is shown and read out: goes on when the clock of the device is moved back, as that of the keys does.

const TICK_MS = 1_000;

export class RoomTime {
  #now = $state(Date.now());
  #tickedAt = performance.now();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor() {
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Unix ms. */
  get now(): number {
    return this.#now;
  }

  /** May be called twice. */
  close(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const ticked = performance.now();
    this.#now = Math.max(Date.now(), this.#now + ticked - this.#tickedAt);
    this.#tickedAt = ticked;
  }
}
