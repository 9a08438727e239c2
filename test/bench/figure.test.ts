import { expect, it } from 'vitest';
import { keepsLimit } from './figure.ts';

const figure = {
  name: 'frame.audio.encrypt',
  value: 100,
  unit: 'µs',
  floor: 60,
  ratio: 1.7,
  limit: 2,
  samples: 8,
};

it('a figure keeps its limit only when each of its ratios does', () => {
  expect(keepsLimit({ ...figure, passthrough: 1.5, naive: 0.9 })).toBe(true);
  expect(keepsLimit({ ...figure, ratio: 2.01 })).toBe(false);
  expect(keepsLimit({ ...figure, passthrough: 1.51 })).toBe(false);
  expect(keepsLimit({ ...figure, naive: 0.91 })).toBe(false);
});
