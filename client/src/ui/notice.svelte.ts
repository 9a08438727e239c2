// One short message over the tiles that goes away by itself ("link copied" and the like), and one question that does not.

const SHOWN_MS = 4_000;

export class Notice {
  #text: string | null = $state(null);
  #question: string | null = $state(null);
  #timer: ReturnType<typeof setTimeout> | null = null;

  get text(): string | null {
    return this.#text;
  }

  /** Stays until it is answered. */
  get question(): string | null {
    return this.#question;
  }

  readonly show = (text: string): void => {
    this.close();
    this.#text = text;
    this.#timer = setTimeout(() => this.close(), SHOWN_MS);
  };

  ask(text: string): void {
    this.#question = text;
  }

  answered(): void {
    this.#question = null;
  }

  /** May be called twice. */
  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#text = null;
  }
}
