import { expect, it } from 'vitest';
import { shortTime } from './shortTime.ts';

it.each([
  [0, '0 s'],
  [999, '0 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [3_599_999, '59 min'],
  [3_600_000, '1 h'],
  [5_400_000, '1 h 30 min'],
  [86_400_000, '1 d'],
  [604_800_000 - 1, '6 d 23 h'],
])('%i ms are %s', (ms, words) => {
  expect(shortTime(ms)).toBe(words);
});
