// Seals secrets for the database: XChaCha20-Poly1305 under the master key, bound to what the secret is for, so that whoever
// writes to the database cannot put one in the place of another.
//
//   0   1       25
//   ├ 1 ┼ nonce ┼ ciphertext and tag ┤   in base64url
import { hkdfSync, randomBytes } from 'node:crypto';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { Secret } from '../protocol/env.ts';
import type { MasterKey } from './masterKey.ts';
import type { About } from './Secrets.ts';

const VERSION = 1;
const KEY_BYTES = 32;
const NONCE_BYTES = 24;
const NAME = /^[a-z0-9-]{1,64}$/;

export class Sealer {
  readonly #key: Uint8Array;

  constructor(master: MasterKey) {
    const derived = hkdfSync('sha256', master.reveal(), new Uint8Array(), 'in-camera 1 sealing', KEY_BYTES);
    this.#key = new Uint8Array(derived);
  }

  seal(about: About, secret: Secret): string {
    const nonce = Uint8Array.from(randomBytes(NONCE_BYTES));
    const body = this.#cipher(nonce, about).encrypt(new TextEncoder().encode(secret.reveal()));
    return Buffer.concat([Uint8Array.of(VERSION), nonce, body]).toString('base64url');
  }

  /** Undefined when it was sealed with another key or for something else, or was changed. */
  open(about: About, sealed: string): Secret | undefined {
    const bytes = Uint8Array.from(Buffer.from(sealed, 'base64url'));
    if (bytes[0] !== VERSION) return undefined;
    const nonce = bytes.slice(1, 1 + NONCE_BYTES);
    try {
      const body = this.#cipher(nonce, about).decrypt(bytes.slice(1 + NONCE_BYTES));
      return new Secret(new TextDecoder().decode(body));
    } catch {
      // The library's words for a wrong tag or length; which of them helps nobody.
      return undefined;
    }
  }

  #cipher(nonce: Uint8Array, { purpose, id }: About) {
    if (!NAME.test(purpose) || !NAME.test(id)) throw new RangeError('a secret is named by a-z, 0-9 and -');
    return xchacha20poly1305(
      this.#key,
      nonce,
      new TextEncoder().encode(`in-camera 1 secret\0${purpose}\0${id}`),
    );
  }
}
