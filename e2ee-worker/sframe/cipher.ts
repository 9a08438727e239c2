// AEAD of one frame, RFC 9605 §4.4.3 and §4.4.4: nonce from counter and salt, header and metadata authenticated.
import { type CipherKey, NONCE_BYTES } from './keys.ts';

export type Bytes = Uint8Array<ArrayBuffer>;

// Looked up once: two getters fewer on every frame.
const { subtle } = crypto;

/**
 * For one frame after the other: WebCrypto copies nonce and AAD when it is called. `aad` is header ‖ metadata; the metadata
 * is bound in, not sent, and the receiver must know it.
 */
export function cipherParams(nonce: Bytes, aad: Bytes): AesGcmParams {
  // Tags are 128 bits where nothing is said, and the tests against the reference would see any other.
  return { name: 'AES-GCM', iv: nonce, additionalData: aad };
}

export function encrypt(key: CipherKey, params: AesGcmParams, plaintext: BufferSource): Promise<ArrayBuffer> {
  return subtle.encrypt(params, key.key, plaintext);
}

/** Rejects with an `OperationError` when the tag does not verify. */
export function decrypt(
  key: CipherKey,
  params: AesGcmParams,
  ciphertext: BufferSource,
): Promise<ArrayBuffer> {
  return subtle.decrypt(params, key.key, ciphertext);
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
