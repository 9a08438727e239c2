import { afterEach, expect, test, vi } from 'vitest';
import { selfTest } from './selfTest.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

test('passes where the cryptography works', async () => {
  await expect(selfTest()).resolves.toBeUndefined();
});

test('fails where a hash differs from one call to the next', async () => {
  const real = crypto.subtle.sign.bind(crypto.subtle);
  vi.spyOn(crypto.subtle, 'sign').mockImplementation(async (algorithm, key, data) => {
    const bytes = new Uint8Array(await real(algorithm, key, data));
    if (key.algorithm.name === 'HMAC') bytes.set([Math.random() * 256], 0);
    return bytes.buffer;
  });
  await expect(selfTest()).rejects.toThrow();
});

test('fails where a good signature does not verify', async () => {
  vi.spyOn(crypto.subtle, 'verify').mockResolvedValue(false);
  await expect(selfTest()).rejects.toThrow('self-test');
});
