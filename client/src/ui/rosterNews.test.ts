// People who do not see the tiles hear who comes and goes, once and in few words.
import { expect, it } from 'vitest';
import { PeerId } from '#protocol';
import { rosterNews } from './rosterNews.ts';

const member = (name: string, more: { self?: boolean; away?: boolean } = {}) => ({
  peerId: PeerId.parse(name.padEnd(22, '0')),
  name,
  self: false,
  away: false,
  ...more,
});
const me = member('Me', { self: true });

it('tells who joined and who left', () => {
  expect(rosterNews([me, member('Ada')], [me, member('Ben')])).toEqual(['Ben joined', 'Ada left']);
});

it('tells who lost the connection and who came back', () => {
  expect(rosterNews([member('Ada')], [member('Ada', { away: true })])).toEqual(['Ada lost the connection']);
  expect(rosterNews([member('Ada', { away: true })], [member('Ada')])).toEqual(['Ada came back']);
});

it('is silent about oneself and when nothing changed', () => {
  expect(rosterNews([], [me])).toEqual([]);
  expect(rosterNews([me, member('Ada')], [me, member('Ada')])).toEqual([]);
});

it('counts a crowd instead of naming everyone', () => {
  const crowd = ['Ada', 'Ben', 'Cem', 'Dua'].map((name) => member(name));
  expect(rosterNews([me], [me, ...crowd])).toEqual(['4 people joined']);
});
