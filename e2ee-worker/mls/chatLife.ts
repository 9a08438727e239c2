// How long messages live at this page. Their texts are not here, only when they came: the page is told which are to go.
import type { Host } from './host.ts';
import { Timers } from './timers.ts';

/** More: a flood fills memory. Less: a long meeting loses its beginning. */
export const MAX_MESSAGES = 500;

export interface ChatLifeDeps {
  readonly host: Pick<Host, 'now' | 'setTimer'>;
  /** Of messages, in seconds; null: with the meeting. */
  readonly lifetimeS: () => number | null;
  readonly gone: (upTo: number) => void;
}

export class ChatLife {
  readonly #d: ChatLifeDeps;
  readonly #timers: Timers<'gone'>;
  /** In the order in which they came, which is that in which they go: a lifetime that grows is for later ones. */
  #messages: readonly { readonly id: number; readonly at: number; readonly until: number }[] = [];

  constructor(deps: ChatLifeDeps) {
    this.#d = deps;
    this.#timers = new Timers(deps.host);
  }

  add(id: number): void {
    this.#messages = [...this.#messages, { id, at: this.#d.host.now(), until: Number.POSITIVE_INFINITY }];
    this.ruled();
  }

  /** The lifetime may have become shorter: that is for those that are there, too. */
  ruled(): void {
    const lifetime = (this.#d.lifetimeS() ?? Number.POSITIVE_INFINITY) * 1000;
    this.#messages = this.#messages.map((m) => ({ ...m, until: Math.min(m.until, m.at + lifetime) }));
    this.#erase();
  }

  #erase(): void {
    const now = this.#d.host.now();
    const tooMany = this.#messages.length - MAX_MESSAGES;
    const over = this.#messages.filter((m, i) => m.until <= now || i < tooMany).at(-1);
    if (over) {
      this.#messages = this.#messages.filter((m) => m.id > over.id);
      this.#d.gone(over.id);
    }
    this.#timers.set('gone', this.#messages[0]?.until ?? Number.POSITIVE_INFINITY, () => this.#erase());
  }

  clear(): void {
    this.#messages = [];
    this.#timers.clearAll();
  }
}
