// What is left of a room is never rounded up to more than it is, except within the last second.
import { expect, it } from 'vitest';
import { timeLeft } from './timeLeft.ts';

it.each([
  [-5, 'none'],
  [0, 'none'],
  [1, '1 second'],
  [59_000, '59 seconds'],
  [60_000, '1 minute'],
  [3_599_999, '59 minutes'],
  [3_600_000, '1 hour'],
  [3 * 3_600_000 + 12 * 60_000, '3 hours 12 minutes'],
  [86_399_999, '23 hours 59 minutes'],
  [86_400_000, '1 day'],
  [2 * 86_400_000 + 3_600_000, '2 days 1 hour'],
])('calls %d ms %s', (ms, words) => {
  expect(timeLeft(ms)).toBe(words);
});
