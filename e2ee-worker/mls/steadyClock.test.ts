// Between two looks the larger step of both clocks counts, so that no setting of the device makes a room live longer.
import { describe, expect, it } from 'vitest';
import { steadyClock } from './steadyClock.ts';

const HOUR_MS = 3600_000;
const START = Date.UTC(2030, 0, 1);

function device() {
  let [wall, monotonic] = [START, 5_000];
  const now = steadyClock({ wall: () => wall, monotonic: () => monotonic });
  return {
    elapsed: () => now() - START,
    pass(ms: number) {
      wall += ms;
      monotonic += ms;
    },
    /** The user sets the clock. */
    setBy(ms: number) {
      wall += ms;
    },
    /** Where the monotonic clock stands still, as on Linux and macOS. */
    sleep(ms: number) {
      wall += ms;
    },
  };
}

describe('the clock of the group', () => {
  it('is that of the day as long as nobody touches it, asked often or seldom', () => {
    const d = device();
    for (let i = 1; i <= 1000; i++) {
      d.pass(1.5);
      if (i % 7 === 0) expect(d.elapsed()).toBe(Math.floor(i * 1.5));
    }
  });

  it('says whole milliseconds, and loses no fraction of one', () => {
    const d = device();
    d.setBy(-HOUR_MS);
    for (let i = 1; i <= 1000; i++) {
      d.pass(0.25);
      expect(d.elapsed()).toBe(Math.floor(i / 4));
    }
  });

  it('runs on when the clock of the day is moved back, once or again and again', () => {
    const d = device();
    d.setBy(-2 * HOUR_MS);
    expect(d.elapsed()).toBe(0);
    for (let i = 0; i < 60; i++) {
      d.setBy(-60_000);
      d.pass(60_000);
    }
    expect(d.elapsed()).toBe(HOUR_MS);
  });

  it('never goes back when the clock of the day is moved forward and back again', () => {
    const d = device();
    d.setBy(HOUR_MS);
    expect(d.elapsed()).toBe(HOUR_MS);
    d.setBy(-HOUR_MS);
    expect(d.elapsed()).toBe(HOUR_MS);
    d.pass(10_000);
    expect(d.elapsed()).toBe(HOUR_MS + 10_000);
  });

  it('counts the time in which the device slept, also after its clock was moved back while it was awake', () => {
    const d = device();
    d.sleep(HOUR_MS);
    expect(d.elapsed()).toBe(HOUR_MS);
    d.setBy(-60_000);
    d.pass(60_000);
    d.sleep(HOUR_MS);
    expect(d.elapsed()).toBe(2 * HOUR_MS);
  });
});
