import { expect, it } from 'vitest';
import { fileName } from './handOver.ts';

it('a recording is called after the minute in which it began, by the clock of the device', () => {
  expect(fileName(new Date(2026, 2, 4, 9, 5, 59))).toBe('in-camera-2026-03-04-0905.webm');
});
