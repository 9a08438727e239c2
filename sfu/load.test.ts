// How often the load is reported.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LoadReporter } from './load.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('load is reported every five seconds without a change, and at once but at most once a second with', () => {
  const sentAt: number[] = [];
  const start = performance.now();
  const reporter = new LoadReporter({ send: () => sentAt.push(Math.round(performance.now() - start)) });
  vi.advanceTimersByTime(11_000);
  expect(sentAt).toEqual([5_000, 10_000]);
  for (let i = 0; i < 30; i += 1) {
    reporter.changed();
    vi.advanceTimersByTime(100);
  }
  // 11,000 to 14,000: at once, then every second.
  expect(sentAt.slice(2)).toEqual([11_000, 12_000, 13_000, 14_000]);
  vi.advanceTimersByTime(5_000);
  expect(sentAt.at(-1)).toBe(19_000);
  reporter.stop();
  reporter.changed();
  vi.advanceTimersByTime(20_000);
  expect(sentAt.at(-1)).toBe(19_000);
});
