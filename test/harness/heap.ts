// What is still held once garbage is gone: for tests that what was refused leaves nothing behind.
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** A quarter of a small object. Compiled code and timers make up some 10 either way over 5,000 cases. */
export const LEAK_BYTES = 50;

/** On the heap and in buffers. Collected more than once: what a finaliser lets go of goes with the next one. */
export async function heldBytes(): Promise<number> {
  setFlagsFromString('--expose_gc');
  const collect: () => void = runInNewContext('gc');
  for (let i = 0; i < 3; i++) {
    collect();
    await setImmediate();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Bytes that each case has left behind. Those of the second half: the first compiles code and fills what is bounded. */
export async function heldPerCase(cases: number, each: (i: number) => Promise<void>): Promise<number> {
  const half = Math.floor(cases / 2);
  for (let i = 0; i < half; i++) await each(i);
  const before = await heldBytes();
  for (let i = half; i < cases; i++) await each(i);
  return ((await heldBytes()) - before) / (cases - half);
}
