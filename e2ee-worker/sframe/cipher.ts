// AEAD of one frame, RFC 9605 §4.4.3 and §4.4.4: nonce from counter and salt, header and metadata authenticated.
import { type CipherKey, NONCE_BYTES, TAG_BYTES } from './keys.ts';

export interface Sealing {
  header: Uint8Array;
  ctr: number;
  /** Bound in, not sent: the receiver must know it (RFC 9605 §4.4.3 `metadata`). */
  metadata: Uint8Array;
}

export function encrypt(key: CipherKey, how: Sealing, plaintext: BufferSource): Promise<ArrayBuffer> {
  return crypto.subtle.encrypt(params(key, how), key.key, plaintext);
}

/** Rejects with an `OperationError` when the tag does not verify. */
export function decrypt(
  key: CipherKey,
  how: Sealing,
  ciphertext: Uint8Array<ArrayBuffer>,
): Promise<ArrayBuffer> {
  return crypto.subtle.decrypt(params(key, how), key.key, ciphertext);
}

function params(key: CipherKey, { header, ctr, metadata }: Sealing): AesGcmParams {
  return {
    name: 'AES-GCM',
    iv: nonce(key.salt, ctr),
    additionalData: concat(header, metadata),
    tagLength: TAG_BYTES * 8,
  };
}

function nonce(salt: Uint8Array<ArrayBuffer>, ctr: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(salt);
  let rest = ctr;
  // Division, not shifts: those would cut the counter to 32 bits.
  for (let i = NONCE_BYTES - 1; rest > 0; i--) {
    out[i] = (out[i] ?? 0) ^ (rest % 256);
    rest = Math.floor(rest / 256);
  }
  return out;
}

export function concat(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
