// A list of the server's, one page at a time, by the cursors that it gives.

interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

export class Listing<T> {
  items: readonly T[] = $state.raw([]);
  loading = $state(true);
  /** What was thrown when the last page was asked for. */
  error: unknown = $state.raw(undefined);
  /** Cursors of the pages up to this one; the first page needs none. */
  #way: readonly (string | null)[] = $state.raw([null]);
  #next: string | null = $state(null);
  #asked = 0;
  readonly #ask: (cursor: string | null) => Promise<Page<T>>;

  constructor(ask: (cursor: string | null) => Promise<Page<T>>) {
    this.#ask = ask;
  }

  get page(): number {
    return this.#way.length;
  }

  get hasNext(): boolean {
    return this.#next !== null;
  }

  /** In an effect: it runs anew when what `ask` reads at once has changed. */
  readonly first = (): Promise<void> => this.#go([null]);

  readonly next = async (): Promise<void> => {
    if (this.#next !== null) await this.#go([...this.#way, this.#next]);
  };

  readonly back = async (): Promise<void> => {
    if (this.#way.length > 1) await this.#go(this.#way.slice(0, -1));
  };

  /** The same page; the one before it when nothing is left there. */
  readonly again = async (): Promise<void> => {
    await this.#go(this.#way);
    if (this.items.length === 0) await this.back();
  };

  async #go(way: readonly (string | null)[]): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    const page = this.#ask(way.at(-1) ?? null);
    this.loading = true;
    try {
      const { items, next } = await page;
      // Another question was asked meanwhile: that one's answer counts.
      if (asked !== this.#asked) return;
      this.items = items;
      this.#next = next;
      this.#way = way;
      this.error = undefined;
    } catch (error) {
      if (asked === this.#asked) this.error = error;
    } finally {
      if (asked === this.#asked) this.loading = false;
    }
  }
}
