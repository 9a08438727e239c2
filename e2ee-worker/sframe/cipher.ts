// AEAD of one frame, RFC 9605 §4.4.3 and §4.4.4: nonce from counter and salt, header and metadata authenticated.
import { type CipherKey, NONCE_BYTES, TAG_BYTES } from './keys.ts';

/** `aad` is header ‖ metadata; the metadata is bound in, not sent, and the receiver must know it. */
export function encrypt(
  key: CipherKey,
  ctr: number,
  aad: Uint8Array<ArrayBuffer>,
  plaintext: BufferSource,
): Promise<ArrayBuffer> {
  return crypto.subtle.encrypt(params(key.salt, ctr, aad), key.key, plaintext);
}

/** Rejects with an `OperationError` when the tag does not verify. */
export function decrypt(
  key: CipherKey,
  ctr: number,
  aad: Uint8Array<ArrayBuffer>,
  ciphertext: BufferSource,
): Promise<ArrayBuffer> {
  return crypto.subtle.decrypt(params(key.salt, ctr, aad), key.key, ciphertext);
}

function params(salt: Uint8Array<ArrayBuffer>, ctr: number, aad: Uint8Array<ArrayBuffer>): AesGcmParams {
  return { name: 'AES-GCM', iv: nonce(salt, ctr), additionalData: aad, tagLength: TAG_BYTES * 8 };
}

/** A new array each time: no engine's habit of reading it late can then repeat a nonce. */
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
