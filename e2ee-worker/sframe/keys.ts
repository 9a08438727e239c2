// From an epoch's base key to the cipher key of one key id: RFC 9605 §4.4.2, suite 0x0004 AES_128_GCM_SHA256_128 only.
//
//    sframe_secret = HKDF-Extract("", base_key)
//    sframe_key    = HKDF-Expand(sframe_secret, "SFrame 1.0 Secret key "  + KID (8 bytes) + suite (2 bytes), 16)
//    sframe_salt   = HKDF-Expand(sframe_secret, "SFrame 1.0 Secret salt " + KID (8 bytes) + suite (2 bytes), 12)
//
// WebCrypto's HKDF is Extract and Expand in one, so the secret itself never exists in JavaScript.
import type { Uint64 } from './header.ts';

export const CIPHER_SUITE = 0x0004;
export const TAG_BYTES = 16;
export const NONCE_BYTES = 12;
const KEY_BITS = 128;

/** What encrypts and decrypts under one key id. The salt is secret as well: it hides the nonces. */
export interface CipherKey {
  key: CryptoKey;
  salt: Uint8Array<ArrayBuffer>;
}

/** Zeroes `baseKey`: from here on it exists only as a key that cannot be exported. */
export async function importBaseKey(baseKey: Uint8Array): Promise<CryptoKey> {
  const copy = new Uint8Array(baseKey);
  baseKey.fill(0);
  try {
    return await crypto.subtle.importKey('raw', copy, 'HKDF', false, ['deriveKey', 'deriveBits']);
  } finally {
    copy.fill(0);
  }
}

export async function deriveCipherKey(
  secret: CryptoKey,
  kid: Uint64,
  usage: 'encrypt' | 'decrypt',
): Promise<CipherKey> {
  const aes = { name: 'AES-GCM', length: KEY_BITS };
  const [key, salt] = await Promise.all([
    crypto.subtle.deriveKey(expand('SFrame 1.0 Secret key ', kid), secret, aes, false, [usage]),
    crypto.subtle.deriveBits(expand('SFrame 1.0 Secret salt ', kid), secret, NONCE_BYTES * 8),
  ]);
  return { key, salt: new Uint8Array(salt) };
}

function expand(label: string, kid: Uint64): HkdfParams {
  const ascii = new TextEncoder().encode(label);
  const info = new Uint8Array(ascii.length + 10);
  info.set(ascii);
  const view = new DataView(info.buffer);
  view.setBigUint64(ascii.length, BigInt(kid));
  view.setUint16(ascii.length + 8, CIPHER_SUITE);
  return { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info };
}
