// How a leaf key is named: by its hash, in tickets, in policies and, shortened, in the link.
import { HOST_KEY_HASH_BYTES } from '#protocol';
import { sha256 } from './bytes.ts';

/** In tickets and policies: SHA-256 of the signature key. */
export const keyHash = sha256;

/** Pins the root host key in the link: second preimages cost 2^128, and nobody gains from a collision of two own keys. */
export const hostKeyHash = (ed25519PublicKey: Uint8Array): Uint8Array<ArrayBuffer> =>
  keyHash(ed25519PublicKey).slice(0, HOST_KEY_HASH_BYTES);
