import { expect, it } from 'vitest';
import { keepSame } from './keepSame.ts';

const stream = new (class Stream {})();
const tile = (key: string, speaking = false) => ({ key, speaking, stream, lock: { locked: true } });

it('keeps the object of an item that says the same, lock included, and takes the new one of an item that changed', () => {
  const before = [tile('a'), tile('b')];
  const now = [tile('b', true), tile('a')];
  const kept = keepSame(before, now);
  expect(kept[0]).toBe(now[0]);
  expect(kept[1]).toBe(before[0]);
});

it('notices a change one level down, and another stream', () => {
  const [before] = [tile('a')];
  const unlocked = { ...before, lock: { locked: false } };
  expect(keepSame([before], [unlocked])[0]).toBe(unlocked);
  const other = { ...before, stream: {} };
  expect(keepSame([before], [other])[0]).toBe(other);
});
