// A set that forgets its oldest: to know a repetition without keeping everything.
export class Remembered {
  readonly #keys = new Set<string>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  /** False when it was there already. */
  add(key: string): boolean {
    if (this.#keys.has(key)) return false;
    this.#keys.add(key);
    for (const oldest of this.#keys) {
      if (this.#keys.size <= this.#max) break;
      this.#keys.delete(oldest);
    }
    return true;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }
}
