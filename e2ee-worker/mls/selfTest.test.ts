import { afterEach, expect, test, vi } from 'vitest';
import { afterTest, selfTest } from './selfTest.ts';

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

const leave = { type: 'leave' } as const;

test('a session that waits for it does what it is asked once it has passed', async () => {
  const handle = vi.fn(async () => undefined);
  const emit = vi.fn();
  const session = afterTest(selfTest(), { handle, idle: async () => undefined }, emit);
  await session.handle(leave);
  expect(handle).toHaveBeenCalledWith(leave);
  expect(emit).not.toHaveBeenCalled();
});

test('a session whose test fails says so and does nothing, whatever it is asked', async () => {
  const handle = vi.fn(async () => undefined);
  const emit = vi.fn();
  const failed = Promise.reject(new Error('self-test: no'));
  const session = afterTest(failed, { handle, idle: async () => undefined }, emit);
  await session.handle(leave);
  expect(handle).not.toHaveBeenCalled();
  expect(emit).toHaveBeenCalledExactlyOnceWith({ type: 'fault', reason: 'self-test: no' });
});
