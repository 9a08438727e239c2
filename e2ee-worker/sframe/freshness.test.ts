import { expect, it } from 'vitest';
import { BURST_MS, Freshness, STALE_MS } from './freshness.ts';

/** Video at 30 frames a second, read `delay` ms after it was captured. */
function video(start = 4_000_000_000) {
  const freshness = new Freshness(90_000);
  return (capturedMs: number, readMs: number) =>
    freshness.isStale({ timestamp: (start + capturedMs * 90) % 2 ** 32 }, 5_000 + readMs);
}

it('finds no frame stale in hours of steady video with jitter, although timestamps wrap and clocks drift', () => {
  const stale = video();
  for (let ms = 0; ms < 4 * 3_600_000; ms += 33) {
    const drifted = ms * 1.000_3;
    if (stale(ms, drifted + (ms % 7) * 60)) throw new Error(`stale at ${ms} ms`);
  }
});

it('finds what queued during a stall stale, and the first fresh frame fresh', () => {
  const stale = video();
  for (let ms = 0; ms < 3_000; ms += 33) stale(ms, ms);
  const stallEnds = 8_000;
  expect(stale(3_000, stallEnds)).toBe(true);
  expect(stale(3_000 + 990, stallEnds + 5)).toBe(true);
  expect(stale(stallEnds - STALE_MS + 100, stallEnds + 10)).toBe(false);
  expect(stale(stallEnds, stallEnds + 20)).toBe(false);
});

it('takes a jump of the timestamps for what it is: at once, or within 200 ms after a pause', () => {
  const stale = video();
  for (let ms = 0; ms < 3_000; ms += 33) stale(ms, ms);
  for (let ms = 3_000; ms < 6_000; ms += 33) expect(stale(ms - 60_000, ms)).toBe(false);
  let dropped = 0;
  for (let ms = 9_000; ms < 12_000; ms += 33) if (stale(ms - 120_000, ms)) dropped++;
  expect(dropped).toBeGreaterThan(0);
  expect(dropped).toBeLessThanOrEqual(Math.ceil(BURST_MS / 33) + 1);
});

it('goes on when our clock is set, in the middle of a stall too', () => {
  const stale = video();
  const hour = 3_600_000;
  for (let ms = 0; ms < 3_000; ms += 33) stale(ms, ms);
  for (let ms = 3_000; ms < 6_000; ms += 33) expect(stale(ms, ms - hour)).toBe(false);
  expect(stale(6_000, 9_000 - hour)).toBe(true);
  expect(stale(6_033, 9_005 - 2 * hour)).toBe(false);
  let dropped = 0;
  for (let ms = 9_000; ms < 12_000; ms += 33) if (stale(ms, ms + hour)) dropped++;
  expect(dropped).toBeLessThanOrEqual(Math.ceil(BURST_MS / 33) + 1);
});

it('does not mind a jump ahead, as after a pause of the sender', () => {
  const stale = video();
  stale(0, 0);
  expect(stale(600_000, 100)).toBe(false);
});
