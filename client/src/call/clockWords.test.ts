// A wrong clock is named by how far and which way, and a clock that does no harm is not named.
import { expect, it } from 'vitest';
import { clockWords } from './clockWords.ts';

const MINUTE_MS = 60_000;

it.each([
  [62, 'This computer’s clock is 62 minutes ahead of the server’s.'],
  [-15, 'This computer’s clock is 15 minutes behind the server’s.'],
  [-3 * 60, 'This computer’s clock is 3 hours behind the server’s.'],
  [5 * 24 * 60, 'This computer’s clock is 5 days ahead of the server’s.'],
])('says of %s minutes: %s', (minutes, words) => {
  expect(clockWords(minutes * MINUTE_MS)).toContain(words);
});

it.each([0, 14, -14])('says nothing of %s minutes', (minutes) => {
  expect(clockWords(minutes * MINUTE_MS)).toBe(null);
});
