// What a host reads on the card of somebody who knocks, and members on a tile.
import { expect, it } from 'vitest';
import type { Mark } from '../call/model.ts';
import { markWords } from './markWords.ts';

it.each<[Mark, string, RegExp]>([
  ['new', 'plain', /never met/],
  ['met', 'plain', /has met their key before/],
  ['verified', 'sure', /compared the code/],
  ['name-reused', 'look', /^Somebody with another key was called Grace here\./],
  ['impostor', 'alarm', /^You have verified Grace with another key\. This is not that key\./],
])('somebody who is %s: %s', (mark, tone, long) => {
  const words = markWords(mark, 'Grace');
  expect(words.tone).toBe(tone);
  expect(words.long).toMatch(long);
});
