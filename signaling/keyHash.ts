// How a leaf key is named, as e2ee-worker/link/keyHash.ts names it: by its SHA-256.
import { createHash } from 'node:crypto';
import { HOST_KEY_HASH_BYTES } from '#protocol';

export const keyHash = (key: Uint8Array): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(createHash('sha256').update(key).digest());

/** Of a room's root host: what the link pins. */
export const hostKeyHash = (key: Uint8Array): Uint8Array<ArrayBuffer> =>
  keyHash(key).slice(0, HOST_KEY_HASH_BYTES);
