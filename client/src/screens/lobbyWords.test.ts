// Whoever waits is told which hosts know of it, and nothing that is not so.
import { expect, it } from 'vitest';
import { lobbyWords } from './lobbyWords.ts';

it.each([
  [['Ada'], 'Ada has been told that you are here.'],
  [['Ada', 'Grace'], 'Ada and Grace have been told that you are here.'],
  [['Ada', 'Grace', 'Joan'], 'Ada, Grace, and Joan have been told that you are here.'],
])('with %j there', (hosts, words) => {
  expect(lobbyWords('waiting', hosts)).toBe(words);
});

it('with no host there nobody has been told', () => {
  expect(lobbyWords('no-host', [])).toMatch(/^No host is here yet/);
});
