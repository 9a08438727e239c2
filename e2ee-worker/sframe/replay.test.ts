import { expect, it } from 'vitest';
import { Counter, MAX_COUNTER } from './counter.ts';
import { randomFrom, seed } from './fixtures.testing.ts';
import { ReplayWindow, WINDOW_FRAMES } from './replay.ts';

/** The same rule with a set that never forgets. */
class NaiveWindow {
  readonly #seen = new Set<number>();
  #top = -1;
  accept(ctr: number): boolean {
    if (this.#seen.has(ctr) || ctr <= this.#top - WINDOW_FRAMES) return false;
    this.#seen.add(ctr);
    this.#top = Math.max(this.#top, ctr);
    return true;
  }
}

it(`agrees with a naive window over 200,000 counters in and out of order (seed ${seed})`, {
  timeout: 30_000,
}, () => {
  const random = randomFrom(seed);
  for (let run = 0; run < 20; run++) {
    const [fast, naive] = [new ReplayWindow(), new NaiveWindow()];
    let at = random.below(5_000);
    for (let i = 0; i < 10_000; i++) {
      if (random.below(100) === 0) at += random.below(3_000);
      at += random.below(3);
      const ctr = Math.max(0, at - (random.below(3) === 0 ? random.below(2_000) : 0));
      expect(fast.accept(ctr), `ctr ${ctr}`).toBe(naive.accept(ctr));
    }
  }
});

it('accepts a counter once', () => {
  const window = new ReplayWindow();
  expect([window.accept(0), window.accept(0)]).toEqual([true, false]);
});

it('accepts the oldest counter of the window and refuses the one before', () => {
  const window = new ReplayWindow();
  window.accept(5_000);
  expect(window.accept(5_000 - WINDOW_FRAMES + 1)).toBe(true);
  expect(window.accept(5_000 - WINDOW_FRAMES)).toBe(false);
});

it('works up to the last integer that a counter can be', () => {
  const window = new ReplayWindow();
  const last = Number.MAX_SAFE_INTEGER;
  expect([window.accept(last - 1), window.accept(last), window.accept(last)]).toEqual([true, true, false]);
});

it('gives no counter out twice and stops at three bytes', { timeout: 30_000 }, () => {
  const counter = new Counter();
  let expected = 0;
  for (let ctr = counter.take(); ctr !== undefined; ctr = counter.take()) {
    if (ctr !== expected++) throw new Error(`${ctr} instead of ${expected - 1}`);
  }
  expect(expected).toBe(MAX_COUNTER + 1);
  expect(counter.take()).toBeUndefined();
});
