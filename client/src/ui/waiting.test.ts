// Coarse on purpose, and never negative: the server's clock is not ours.
import { expect, it } from 'vitest';
import { waiting } from './waiting.ts';

it.each([
  [-5_000, 'just now'],
  [59_999, 'just now'],
  [60_000, '1 min'],
  [59 * 60_000, '59 min'],
  [3_600_000, '1 h'],
])('calls %d ms %s', (ms, words) => {
  expect(waiting(ms)).toBe(words);
});
