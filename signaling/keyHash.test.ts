// Both sides name a key alike: servers never import the worker's code, so each has its own.
import { expect, it } from 'vitest';
import * as worker from '../e2ee-worker/link/keyHash.ts';
import { hostKeyHash, keyHash } from './keyHash.ts';

const ABC = new TextEncoder().encode('abc');

it('a key is named by its SHA-256 (FIPS 180-4, "abc")', () => {
  const expected = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  expect(Buffer.from(keyHash(ABC)).toString('hex')).toBe(expected);
  expect(worker.keyHash(ABC)).toEqual(keyHash(ABC));
  expect(worker.hostKeyHash(ABC)).toEqual(hostKeyHash(ABC));
});
