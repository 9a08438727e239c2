// A recording while it is made: its pieces, sealed one by one and laid down in their order, and opened in the same order at the end.
import { PieceSeal } from './PieceSeal.ts';
import type { Place } from './place.ts';

/** `whole`: false when some of it could not be written or read back; `file` is what was before that. */
export interface Recorded {
  readonly file: Blob;
  readonly whole: boolean;
}

type Amend = (first: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;

export class SealedPieces {
  readonly #place: Place;
  readonly #seal: PieceSeal;
  #written: Promise<void> = Promise.resolve();
  /** Pieces that have been written, without a gap. */
  #count = 0;
  #whole = true;

  constructor(place: Place, seal = new PieceSeal()) {
    this.#place = place;
    this.#seal = seal;
  }

  /** In the order of the calls. Rejects when the piece could not be written; none is written after that. */
  add(piece: Blob): Promise<void> {
    const written = this.#written.then(() => this.#write(piece));
    this.#written = written;
    return written;
  }

  /**
   * Everything that was added, the first piece as `amend` makes it; nothing of it stays in the place, and the key is gone. To be
   * called once.
   */
  async finish(type: string, amend: Amend = (first) => first): Promise<Recorded> {
    try {
      await this.#written;
    } catch {
      this.#whole = false;
    }
    try {
      const parts = await this.#openAll(amend);
      return { file: new Blob(parts, { type }), whole: this.#whole };
    } finally {
      await this.discard();
    }
  }

  /** Without reading it. Harmless when called again. */
  async discard(): Promise<void> {
    this.#seal.wipe();
    try {
      await this.#place.clear();
    } catch {
      // Without the key it is noise, and the next recording removes it.
    }
  }

  async #write(piece: Blob): Promise<void> {
    const bytes = new Uint8Array(await piece.arrayBuffer());
    await this.#place.put(this.#count, this.#seal.seal(bytes));
    this.#count += 1;
  }

  /** Each as a Blob of its own, which the browser keeps outside the memory of the page. */
  async #openAll(amend: Amend): Promise<Blob[]> {
    const parts: Blob[] = [];
    try {
      for (let n = 0; n < this.#count; n += 1) {
        const piece = this.#seal.open(n, await this.#place.get(n));
        parts.push(new Blob([n === 0 ? amend(piece) : piece]));
      }
    } catch {
      // Not what was written here. What came before it is.
      this.#whole = false;
    }
    return parts;
  }
}
