// What the person at this page should be told next: one sentence, now and then with something to do about it.
import type { News } from './model.ts';

export class Newsroom {
  #latest: News | null = $state.raw(null);
  #count = 0;

  get latest(): News | null {
    return this.#latest;
  }

  readonly say = (text: string, offer: News['offer'] = null): void => {
    this.#count += 1;
    this.#latest = { id: this.#count, text, offer };
  };
}
