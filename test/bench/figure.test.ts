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

it('a figure of which more is better keeps its limit when it is no less', () => {
  const rate = { name: 'api.read', value: 400, unit: 'requests/s', samples: 7, least: 300 };
  expect(keepsLimit(rate)).toBe(true);
  expect(keepsLimit({ ...rate, value: 299 })).toBe(false);
  expect(keepsLimit({ ...rate, floor: 2_000, ratio: 0.2, least: 0.3 })).toBe(false);
});
