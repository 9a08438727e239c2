// Nothing is on offer that the server would refuse.
import { describe, expect, it } from 'vitest';
import { extensionsFor, lifetimesFor } from './lifetimes.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe('lifetimes on offer', () => {
  it.each([
    [
      'of a server that allows a month',
      30 * DAY_MS,
      DAY_MS,
      [HOUR_MS, 4 * HOUR_MS, DAY_MS, 7 * DAY_MS, 30 * DAY_MS],
    ],
    [
      'of one that allows an odd time',
      26 * HOUR_MS,
      90 * 60_000,
      [HOUR_MS, 1.5 * HOUR_MS, 4 * HOUR_MS, DAY_MS, 26 * HOUR_MS],
    ],
    ['of one that allows little', 60_000, 60_000, [60_000]],
  ])('%s', (_, longestMs, usualMs, offered) => {
    expect(lifetimesFor({ longestMs, usualMs })).toEqual(offered);
  });
});

describe('extensions on offer', () => {
  it.each([
    ['much', 40 * DAY_MS, [HOUR_MS, DAY_MS, 7 * DAY_MS]],
    ['less than a week', 2 * DAY_MS, [HOUR_MS, DAY_MS, 2 * DAY_MS]],
    ['minutes', 60_000, [60_000]],
    ['nothing', 0, []],
    ['less than nothing', -1, []],
  ])('while there is %s left', (_, left, offered) => {
    expect(extensionsFor({ expiresAt: 5, latestEnd: 5 + left })).toEqual(offered);
  });
});
