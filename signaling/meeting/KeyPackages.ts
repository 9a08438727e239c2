// Key packages that were announced in a meeting. Each is good once: members who saw it used refuse it, those who came later
// cannot know that it was, and a commit that some follow and others refuse would tear the group apart.
import { createHash } from 'node:crypto';
import { Refusal } from '../refusal.ts';

/** More: memory for a meeting that people come to and leave all day. Less: a package of long ago passes again. */
const MAX_KNOWN = 4_096;

export class KeyPackages {
  readonly #known = new Set<string>();

  has(keyPackage: Uint8Array): boolean {
    return this.#known.has(hashOf(keyPackage));
  }

  /** It is announced from now on. Refuses one that was before. */
  use(keyPackage: Uint8Array): void {
    if (this.has(keyPackage)) throw new Refusal('BAD_REQUEST', 'a key package is good once');
    const [oldest] = this.#known;
    if (this.#known.size >= MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
    this.#known.add(hashOf(keyPackage));
  }
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64url');
