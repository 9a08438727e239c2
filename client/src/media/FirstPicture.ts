// Whoever comes in waits for the others' pictures: until one has opened, this page does not set up its own stream, which takes
// the same processor. It never waits for long, so that a lost picture keeps nobody from being heard.
import type { Offer } from '#protocol';

/** More: the others wait for the newcomer where no picture opens. Less: slow machines set up both at once again. */
export const PATIENCE_MS = 300;
/** From the first frame that opens until it is drawn. */
export const DRAWN_MS = 80;

export class FirstPicture {
  readonly #pictures: ReadonlySet<string>;
  readonly #seen = Promise.withResolvers<void>();

  /** `offers`: what there is to see when this page comes in. */
  constructor(offers: readonly Offer[]) {
    const pictures = offers.filter(({ kind, muted }) => kind === 'video' && !muted);
    this.#pictures = new Set(pictures.map(({ consumerId }) => consumerId));
    if (pictures.length === 0) this.#seen.resolve();
  }

  /** Frames of a stream open. */
  flows(consumerId: string): void {
    if (this.#pictures.has(consumerId)) setTimeout(this.#seen.resolve, DRAWN_MS);
  }

  /** Resolves when one was seen, when there is none to wait for, or after PATIENCE_MS. */
  async awaited(): Promise<void> {
    const patience = Promise.withResolvers<void>();
    const timer = setTimeout(patience.resolve, PATIENCE_MS);
    await Promise.race([this.#seen.promise, patience.promise]);
    clearTimeout(timer);
  }
}
