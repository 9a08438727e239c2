// Replay window of one receiving key: each counter opens once, and none that is older than the window.

/**
 * Frames that may arrive out of order. More: older captures can be replayed into a gap. Less: with three simulcast layers
 * on one counter and a slow retransmission real frames would be refused.
 */
export const WINDOW_FRAMES = 1024;

export class ReplayWindow {
  /** Highest counter accepted. */
  #top = -1;
  /** Bit `ctr % WINDOW_FRAMES` tells whether that counter, the latest one with this remainder, was accepted. */
  readonly #seen = new Uint32Array(WINDOW_FRAMES / 32);

  /** Call it only after the tag has verified: otherwise forged counters would push real frames out of the window. */
  accept(ctr: number): boolean {
    if (ctr <= this.#top - WINDOW_FRAMES) return false;
    // As nearly always: nothing lies between.
    if (ctr === this.#top + 1) this.#top = ctr;
    else if (ctr > this.#top) this.#advance(ctr);
    else if (this.#has(ctr)) return false;
    this.#set(ctr);
    return true;
  }

  #advance(ctr: number): void {
    if (ctr - this.#top >= WINDOW_FRAMES) this.#seen.fill(0);
    else for (let c = this.#top + 1; c < ctr; c++) this.#clear(c);
    this.#top = ctr;
  }

  #has(ctr: number): boolean {
    const bit = ctr % WINDOW_FRAMES;
    return (((this.#seen[bit >> 5] ?? 0) >>> (bit & 31)) & 1) === 1;
  }

  #set(ctr: number): void {
    const bit = ctr % WINDOW_FRAMES;
    this.#seen[bit >> 5] = (this.#seen[bit >> 5] ?? 0) | (1 << (bit & 31));
  }

  #clear(ctr: number): void {
    const bit = ctr % WINDOW_FRAMES;
    this.#seen[bit >> 5] = (this.#seen[bit >> 5] ?? 0) & ~(1 << (bit & 31));
  }
}
