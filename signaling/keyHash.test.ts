// The worker's twin, e2ee-worker/link/keyHash.ts, is held to the same vector in link.test.ts: servers import none of its code.
import { expect, it } from 'vitest';
import { hostKeyHash, keyHash } from './keyHash.ts';

it('a key is named by its SHA-256 (FIPS 180-4, "abc"), and in the link by the first half of it', () => {
  const hex = (b: Uint8Array) => Buffer.from(b).toString('hex');
  const abc = new TextEncoder().encode('abc');
  expect(hex(keyHash(abc))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(hex(hostKeyHash(abc))).toBe('ba7816bf8f01cfea414140de5dae2223');
});
