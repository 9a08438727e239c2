// What comes before the ciphertext, and what WebCrypto is told: for one frame after the other of one key and one type.
//
//    clear ‖ header ‖ metadata      sent: clear ‖ header      authenticated: header ‖ metadata
//
// From one frame to the next only the counter's last bytes differ, in the header as in the nonce. So the rest is written once,
// by the general functions of header.ts and cipher.ts, and a frame writes a byte or two: all of it for every frame was what
// the bench showed first, because the code of sparse frames is never warm.
import { type Bytes, cipherParams, writeNonce } from './cipher.ts';
import { headerLength, writeHeader } from './header.ts';
import { NONCE_BYTES } from './keys.ts';

export interface LeadParts {
  clear: Uint8Array;
  kid: number;
  ctr: number;
  metadata: Uint8Array;
  salt: Bytes;
}

export class Lead {
  /** clear ‖ header. */
  readonly sent: Bytes;
  readonly headerLength: number;
  /** WebCrypto copies nonce and AAD when it is called. */
  readonly params: AesGcmParams;
  readonly #salt: Bytes;
  readonly #nonce = new Uint8Array(NONCE_BYTES);
  readonly #clearLength: number;
  /** Behind the clear bytes: where the header's counter begins. */
  readonly #ctrAt: number;
  /** Counters with as many bytes: the least, and the first that has one more. */
  readonly #from: number;
  readonly #until: number;

  constructor({ clear, kid, ctr, metadata, salt }: LeadParts) {
    const header = headerLength(kid, ctr);
    const sentLength = clear.length + header;
    const all = new Uint8Array(sentLength + metadata.length);
    all.set(clear);
    writeHeader(all.subarray(clear.length), kid, ctr);
    all.set(metadata, sentLength);
    writeNonce(this.#nonce, salt, ctr);
    const ctrBytes = header - headerLength(kid, 0);
    this.sent = all.subarray(0, sentLength);
    this.headerLength = header;
    this.params = cipherParams(this.#nonce, all.subarray(clear.length));
    this.#salt = salt;
    this.#clearLength = clear.length;
    this.#ctrAt = header - ctrBytes;
    // A counter without bytes of its own is part of the first byte: such a lead is for that one frame.
    this.#from = ctrBytes === 1 ? 8 : 256 ** (ctrBytes - 1);
    this.#until = ctrBytes === 0 ? 0 : 256 ** ctrBytes;
  }

  /** Whether only the counter's bytes would differ. */
  covers(ctr: number): boolean {
    return ctr >= this.#from && ctr < this.#until;
  }

  /** The counter of the header that begins in `data` `at`; undefined when more differs, or when it is not the shortest. */
  counterIn(data: Uint8Array, at: number): number | undefined {
    const sent = this.sent;
    const clearLength = this.#clearLength;
    const ctrAt = this.#ctrAt;
    const length = this.headerLength;
    for (let i = 0; i < ctrAt; i++) if (data[at + i] !== sent[clearLength + i]) return undefined;
    let ctr = 0;
    for (let i = ctrAt; i < length; i++) ctr = ctr * 256 + (data[at + i] ?? 0);
    // As in `covers`: a call more shows in the bench.
    return ctr >= this.#from && ctr < this.#until ? ctr : undefined;
  }

  /** Only for a counter that is covered. Here and above no destructuring: in code that is never warm it costs the most. */
  count(ctr: number): void {
    const sent = this.sent;
    const nonce = this.#nonce;
    const salt = this.#salt;
    const bytes = this.headerLength - this.#ctrAt;
    let rest = ctr;
    for (let i = 1; i <= bytes; i++) {
      const byte = rest % 256;
      sent[sent.length - i] = byte;
      nonce[NONCE_BYTES - i] = (salt[NONCE_BYTES - i] ?? 0) ^ byte;
      // Not shifts: those would cut the counter to 32 bits.
      rest = (rest - byte) / 256;
    }
  }
}
