// Which messages of one sender have come: none is taken twice, and those that are missing are known.

/** Of one sender, and of one gap: somebody who counts wildly is not somebody of whom a million messages are lost. */
const MAX_MISSING = 64;

export class ChatOrder {
  #last: number | undefined;
  readonly #missing = new Set<number>();

  /** `fromTheBeginning`: the sender has come after us, so that its first message is for us, too. */
  constructor(fromTheBeginning: boolean) {
    this.#last = fromTheBeginning ? 0 : undefined;
  }

  get missing(): number {
    return this.#missing.size;
  }

  /** False: it has come before. */
  take(seq: number): boolean {
    const last = this.#last ?? seq - 1;
    if (seq <= last) return this.#missing.delete(seq);
    for (let lost = last + 1; lost < seq && this.#missing.size < MAX_MISSING; lost++) this.#missing.add(lost);
    this.#last = seq;
    return true;
  }
}
