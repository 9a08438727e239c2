// A flood must not hide the people one knows, and a click must not fall on somebody else's card.
import { describe, expect, it } from 'vitest';
import { PeerId } from '#protocol';
import type { Knock, Mark } from '../call/model.ts';
import { knockNews, newKnocks } from './knockNews.ts';
import { cardOf, Places, STEADY_MS, shownKnocks, unsuspicious } from './knockOrder.ts';

const knock = (name: string, mark: Mark = 'new', fingerprint = ''): Knock => ({
  peerId: PeerId.parse(name.padEnd(22, '0')),
  name,
  fingerprint,
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
  it('keeps everybody with a warning out of what one click lets in', () => {
    const all = [knock('Ada', 'impostor'), knock('Ben'), knock('Cy', 'name-reused'), knock('Di', 'met')];
    const some = [...all, knock('Eve', 'verified')];
    expect(names(unsuspicious(some, { verifiedOnly: false }))).toEqual(['Ben', 'Di', 'Eve']);
    expect(names(unsuspicious(some, { verifiedOnly: true }))).toEqual(['Eve']);
  });
});

describe('a click at the door', () => {
  /** At which of these times is the card steady? */
  const steadyAt = (places: Places, card: string, times: readonly number[]) =>
    times.filter((now) => places.steady(card, now));
  const standing = (cards: readonly string[]) => {
    const places = new Places();
    places.stand(cards, 0);
    return places;
  };

  it('counts at once on a card that has come where none was, and after half a second on one that has moved', () => {
    const places = standing(['a', 'b', 'c']);
    places.stand(['b', 'c', 'd'], 10_000);
    places.stand(['b', 'c', 'd', 'e'], 10_100);
    expect(steadyAt(places, 'b', [10_000, 10_499, 10_500])).toEqual([10_500]);
    expect(steadyAt(places, 'e', [10_100])).toEqual([10_100]);
    expect(steadyAt(standing(['a']), 'a', [0])).toEqual([0]);
  });

  it('does not count on a new card in a place that was another one’s a moment ago, empty since or not', () => {
    for (const emptyFor of [0, 1, STEADY_MS - 1]) {
      const places = standing(['grace']);
      places.stand([], 10_000);
      const came = 10_000 + emptyFor;
      places.stand(['mallory'], came);
      expect(steadyAt(places, 'mallory', [came, came + 499, came + 500])).toEqual([came + 500]);
    }
    const late = standing(['grace']);
    late.stand([], 10_000);
    late.stand(['mallory'], 10_500);
    expect(steadyAt(late, 'mallory', [10_500])).toEqual([10_500]);
  });

  it('does not count on another key under the same peer id, nor on what stands below it', () => {
    const [graces, mallorys] = [knock('Grace', 'new', '1'), knock('Grace', 'new', '2')].map(cardOf);
    if (!graces || !mallorys) throw new Error('no cards');
    const places = standing([graces, 'b']);
    places.stand([mallorys, 'b'], 10_000);
    expect(steadyAt(places, mallorys, [10_000, 10_500])).toEqual([10_500]);
    expect(steadyAt(places, 'b', [10_000, 10_500])).toEqual([10_500]);
  });

  it('is not put off by a list that is the same as before', () => {
    const places = standing(['a', 'b']);
    places.stand(['b'], 10_000);
    places.stand(['b'], 10_400);
    expect(steadyAt(places, 'b', [10_500])).toEqual([10_500]);
    expect([10_400, 10_500, 11_000].map((now) => places.settlesIn(now))).toEqual([100, 0, 0]);
  });

  it('for all waits after every change, also after one that only adds', () => {
    const places = standing(['a', 'b']);
    expect(places.settlesIn(499)).toBe(1);
    places.stand(['a', 'b', 'c'], 10_000);
    expect([10_000, 10_499, 10_500].map((now) => places.settlesIn(now))).toEqual([500, 1, 0]);
  });
});

describe('what is read out', () => {
  it('is who came since the last look', () => {
    const fresh = newKnocks(new Set([cardOf(knock('Ada'))]), [knock('Ada'), knock('Ben', 'met')]);
    expect(knockNews(fresh)).toEqual(['Ben knocks at the door. Met before']);
  });

  it('is also somebody else under a peer id that was there', () => {
    const seen = new Set([cardOf(knock('Ada', 'met', '1'))]);
    expect(knockNews(newKnocks(seen, [knock('Ada', 'name-reused', '2')]))).toEqual([
      'Ada knocks at the door. Name used before',
    ]);
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
