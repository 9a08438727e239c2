// Seals the pieces of a recording for as long as they lie on the disk: what a crash leaves behind there nobody can read.
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';

const KEY_BYTES = 32;
const NONCE_BYTES = 24;
const PURPOSE = new TextEncoder().encode('in-camera 1 recording');

/**
 * XChaCha20-Poly1305 under a key of one recording, which is in this object and nowhere else. The nonce is the number of the
 * piece, from 0 and big-endian: a number is sealed once, so no nonce comes twice, and a piece that was changed or lies in the
 * place of another does not open.
 */
export class PieceSeal {
  readonly #key: Uint8Array;
  #next = 0;
  #wiped = false;

  /** `random` fills 32 bytes. */
  constructor(random: (key: Uint8Array<ArrayBuffer>) => Uint8Array = (key) => crypto.getRandomValues(key)) {
    this.#key = random(new Uint8Array(KEY_BYTES));
  }

  /** The next piece. */
  seal(piece: Uint8Array): Uint8Array<ArrayBuffer> {
    const sealed = this.#cipher(this.#next).encrypt(piece);
    this.#next += 1;
    return Uint8Array.from(sealed);
  }

  /** Throws unless it is this piece, unchanged. */
  open(number: number, sealed: Uint8Array): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.#cipher(number).decrypt(sealed));
  }

  /** Nothing is sealed or opened after it. Harmless when called again. */
  wipe(): void {
    this.#key.fill(0);
    this.#wiped = true;
  }

  #cipher(number: number) {
    if (this.#wiped) throw new Error('the key of this recording was wiped');
    return xchacha20poly1305(this.#key, nonceOf(number), PURPOSE);
  }
}

function nonceOf(number: number): Uint8Array {
  const nonce = new Uint8Array(NONCE_BYTES);
  new DataView(nonce.buffer).setBigUint64(NONCE_BYTES - 8, BigInt(number));
  return nonce;
}
