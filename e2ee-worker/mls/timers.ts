// Named timers over absolute times: setting one again moves it.
import type { Host } from './host.ts';

/** setTimeout beyond 2^31 ms fires at once (facts.md §6); far times are approached in steps. */
const STEP_MS = 2 ** 30;

export class Timers<Name extends string> {
  readonly #host: Pick<Host, 'now' | 'setTimer'>;
  readonly #cancel = new Map<Name, () => void>();

  constructor(host: Pick<Host, 'now' | 'setTimer'>) {
    this.#host = host;
  }

  set(name: Name, at: number, fire: () => void): void {
    this.clear(name);
    if (at === Number.POSITIVE_INFINITY) return;
    const wait = Math.max(0, Math.min(at - this.#host.now(), STEP_MS));
    const cancel = this.#host.setTimer(wait, () => {
      this.#cancel.delete(name);
      if (this.#host.now() >= at) fire();
      else this.set(name, at, fire);
    });
    this.#cancel.set(name, cancel);
  }

  has(name: Name): boolean {
    return this.#cancel.has(name);
  }

  clear(name: Name): void {
    this.#cancel.get(name)?.();
    this.#cancel.delete(name);
  }

  clearAll(): void {
    for (const name of [...this.#cancel.keys()]) this.clear(name);
  }
}
