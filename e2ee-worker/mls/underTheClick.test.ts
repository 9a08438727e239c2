// A server and somebody with the link swap who stands under a host's click. What the page says names the key that was shown.
import { describe, expect, it } from 'vitest';
import { someone } from './testing/insider.ts';
import { nothingRefused } from './testing/settled.ts';
import { knocksOf, type Page, World } from './testing/world.ts';

type Card = Page['card'];

const DEEDS = [
  ['admit', (card: Card) => ({ type: 'admit', ...card }) as const],
  ['refuse', (card: Card) => ({ type: 'refuse', ...card, block: false }) as const],
  ['block', (card: Card) => ({ type: 'refuse', ...card, block: true }) as const],
] as const;
const SWAPS = ['knocks again under her peer id', 'comes when she is said to have left'] as const;

const cards = (host: Page) => host.all('knocks').at(-1)?.knocks ?? [];
const decided = (host: Page) => host.all('ask-server').filter((e) => e.name.match(/^host:(admit|refuse)$/));

/** Grace waits at Ada's door. Mallory, who has the link, too, says the same name and peer id. */
async function waiting() {
  const world = new World({ admission: 'lobby' });
  const ada = await world.found('Ada');
  const grace = await world.join('Grace');
  await world.until(() => knocksOf(ada).includes(grace.peerId));
  const { peerId } = grace;
  const entered = grace.all('entered')[0];
  if (!entered) throw new Error('no knock');
  const { keyPackage, linkProof } = entered;
  const { roomId } = world.delivery;
  const { own } = await someone({ roomId, fragment: world.fragment, name: 'Grace', peerId });
  return {
    ...{ world, ada, grace },
    graces: { peerId, keyPackage, linkProof },
    mallorys: { peerId, keyPackage: own.bytes, linkProof: own.linkProof },
  };
}

describe('whoever stands there when a host clicks', () => {
  it.each(DEEDS.flatMap(([name, deed]) => SWAPS.map((swap) => [swap, name, deed] as const)))(
    'and %s gets nothing of the click that was meant for the one before: %s',
    async (swap, _name, deed) => {
      const { world, ada, grace, graces, mallorys } = await waiting();
      const [shown] = cards(ada);
      if (swap === SWAPS[1]) await ada.give({ type: 'knock-left', peerId: grace.peerId });
      await ada.give({ type: 'knocked', arrival: mallorys, since: shown?.since ?? 0 });
      expect(cards(ada).map((k) => k.name)).toEqual(['Grace']);
      expect(cards(ada)[0]?.fingerprint).not.toBe(shown?.fingerprint);
      const epoch = ada.view?.epoch;
      await ada.give(deed(grace.card));
      await world.pass(3000);
      expect(ada.all('deed-refused').map((d) => d.reason)).toEqual([
        'Somebody else stands there now: look again.',
      ]);
      expect(decided(ada)).toEqual([]);
      expect([cards(ada).length, ada.view?.epoch]).toEqual([1, epoch]);
      // The one who was meant, by a second look.
      await ada.give({ type: 'knocked', arrival: graces, since: shown?.since ?? 0 });
      await ada.give({ type: 'admit', ...grace.card });
      await world.until(() => world.together([ada, grace]));
      nothingRefused([ada, grace]);
    },
  );

  it('and has another key than the one before has not waited for as long; whoever knocks again with the same key has', async () => {
    const { world, ada, graces, mallorys } = await waiting();
    const since = world.clock.now();
    await world.pass(60_000);
    await ada.give({ type: 'knocked', arrival: graces, since });
    expect(cards(ada).map((k) => k.since)).toEqual([since]);
    await ada.give({ type: 'knocked', arrival: mallorys, since });
    expect(cards(ada).map((k) => k.since)).toEqual([world.clock.now()]);
  });
});
