// Which messages of one sender have come: none is taken twice, and those that are missing are known.
import { Remembered } from './remembered.ts';

/** Of one sender: somebody who counts wildly is not somebody of whom a million messages are lost. */
const MAX_MISSING = 64;

export class ChatOrder {
  /** Those before it may have been written before our time: nobody misses them, and one that comes all the same is for us. */
  #first: number | undefined;
  #last = 0;
  readonly #early = new Remembered(MAX_MISSING);
  readonly #missing = new Set<number>();

  /** `fromTheBeginning`: the sender has come after us, so that its first message is for us, too. */
  constructor(fromTheBeginning: boolean) {
    this.#first = fromTheBeginning ? 1 : undefined;
  }

  get missing(): number {
    return this.#missing.size;
  }

  /** False: it has come before. */
  take(seq: number): boolean {
    if (this.#first === undefined) {
      this.#first = seq;
      this.#last = seq - 1;
    }
    if (seq < this.#first) return this.#early.add(String(seq));
    if (seq <= this.#last) return this.#missing.delete(seq);
    for (let n = this.#last + 1; n < seq && this.#missing.size < MAX_MISSING; n++) this.#missing.add(n);
    this.#last = seq;
    return true;
  }
}
