// AEAD of one frame, RFC 9605 §4.4.3 and §4.4.4: nonce from counter and salt, header and metadata authenticated.
import { type CipherKey, NONCE_BYTES, TAG_BYTES } from './keys.ts';

export type Bytes = Uint8Array<ArrayBuffer>;

/** `aad` is header ‖ metadata; the metadata is bound in, not sent, and the receiver must know it. */
export function encrypt(
  key: CipherKey,
  nonce: Bytes,
  aad: Bytes,
  plaintext: BufferSource,
): Promise<ArrayBuffer> {
  return crypto.subtle.encrypt(params(nonce, aad), key.key, plaintext);
}

/** Rejects with an `OperationError` when the tag does not verify. */
export function decrypt(
  key: CipherKey,
  nonce: Bytes,
  aad: Bytes,
  ciphertext: BufferSource,
): Promise<ArrayBuffer> {
  return crypto.subtle.decrypt(params(nonce, aad), key.key, ciphertext);
}

function params(nonce: Bytes, aad: Bytes): AesGcmParams {
  return { name: 'AES-GCM', iv: nonce, additionalData: aad, tagLength: TAG_BYTES * 8 };
}

/** salt XOR counter, into a nonce that is used for one frame after the other. */
export function writeNonce(nonce: Bytes, salt: Bytes, ctr: number): void {
  nonce.set(salt);
  let rest = ctr;
  // Division, not shifts: those would cut the counter to 32 bits.
  for (let i = NONCE_BYTES - 1; rest > 0; i--) {
    nonce[i] = (nonce[i] ?? 0) ^ (rest % 256);
    rest = Math.floor(rest / 256);
  }
}
