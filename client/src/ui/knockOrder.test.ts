// A flood must not hide the people one knows, and a click must not fall on somebody else's card.
import { describe, expect, it } from 'vitest';
import { PeerId } from '#protocol';
import type { Knock, Mark } from '../call/model.ts';
import { knockNews, newKnocks } from './knockNews.ts';
import { movedCards, shownKnocks, unsuspicious } from './knockOrder.ts';

const knock = (name: string, mark: Mark = 'new'): Knock => ({
  peerId: PeerId.parse(name.padEnd(22, '0')),
  name,
  fingerprint: '',
  mark,
  knownAs: [],
  pairCode: ['00000', '00000', '00000', '00000'],
  since: 0,
});
const names = (knocks: readonly Knock[]) => knocks.map((k) => k.name);

describe('shownKnocks', () => {
  it('shows known people first, the verified before the met, and the others as they came', () => {
    const flood = Array.from({ length: 200 }, (_, i) => knock(`x${i}`));
    const { shown, more } = shownKnocks([...flood, knock('Ada', 'met'), knock('Ben', 'verified')], 4);
    expect(names(shown)).toEqual(['Ben', 'Ada', 'x0', 'x1']);
    expect(more).toBe(198);
  });

  it('leaves nothing out when all fit', () => {
    expect(shownKnocks([knock('Ada')], 5)).toMatchObject({ more: 0 });
  });
});

describe('unsuspicious', () => {
  it('keeps an impostor out of what one click lets in', () => {
    expect(names(unsuspicious([knock('Ada', 'impostor'), knock('Ben')]))).toEqual(['Ben']);
  });
});

describe('movedCards', () => {
  it('names cards that took another place, and neither new ones nor those that stayed', () => {
    expect(movedCards(['a', 'b', 'c'], ['b', 'c', 'd'])).toEqual(['b', 'c']);
    expect(movedCards(['a', 'b'], ['a', 'b', 'c'])).toEqual([]);
  });
});

describe('what is read out', () => {
  it('is who came since the last look', () => {
    const fresh = newKnocks(new Set([knock('Ada').peerId]), [knock('Ada'), knock('Ben', 'met')]);
    expect(knockNews(fresh)).toEqual(['Ben knocks at the door. Met before']);
  });

  it('warns of an impostor, and counts a crowd', () => {
    expect(knockNews([knock('Ada', 'impostor')])).toEqual([
      'Ada knocks at the door. Warning: Not the Ada you verified',
    ]);
    expect(knockNews(['a', 'b', 'c', 'd'].map((name) => knock(name)))).toEqual([
      '4 people knock at the door',
    ]);
  });
});
