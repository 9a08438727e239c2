// A media worker that has died is noticed, and one that has nothing to count is not taken for dead.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FRAMES, newCounts } from '#e2ee/messages.ts';
import { Measuring } from './Measuring.ts';

type Deps = ConstructorParameters<typeof Measuring>[0];

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('document', { hidden: true });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function measuring({ busy = true, answers = false } = {}) {
  const seen = { asked: 0, faults: 0 };
  const frames = { encrypted: 0, decrypted: 0, dropped: {} };
  const state = { remotes: [], flows: new Map(), stalled: new Set(), frames };
  const one = new Measuring({
    state,
    media: { busy, askForKeyFrames: () => undefined },
    wanted: () => [],
    own: () => ({ peerId: undefined, muted: false }),
    askAlive() {
      seen.asked++;
      if (answers) one.take({ type: 'alive' });
    },
    fault: () => seen.faults++,
  } as unknown as Deps);
  one.start();
  return { one, seen, state };
}
const pass = (seconds: number) => vi.advanceTimersByTime(seconds * 1_000);

it('is a fault after ten seconds in which the worker neither counts nor answers', () => {
  const { one, seen } = measuring();
  pass(10);
  expect(seen).toEqual({ asked: 10, faults: 0 });
  pass(1);
  expect(seen.faults).toBe(1);
  one.stop();
});

it.each([
  ['answers', { answers: true }],
  ['has nothing to do', { busy: false }],
])('is none as long as the worker %s', (_, how) => {
  const { one, seen } = measuring(how);
  pass(60);
  expect(seen.faults).toBe(0);
  one.stop();
});

it('asks nothing while frames are counted, and shows how many', () => {
  const { one, seen, state } = measuring();
  const counts = newCounts();
  one.take({ type: 'track', slot: 'mic', counts });
  for (let second = 1; second <= 60; second++) {
    counts[FRAMES] = 50 * second;
    pass(1);
  }
  expect(seen).toEqual({ asked: 0, faults: 0 });
  expect(state.frames.encrypted).toBe(3_000);
  one.stop();
});
