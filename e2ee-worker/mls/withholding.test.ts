// A server that keeps in whom a host has sent out: what it has to give them of that host's frames.
import { describe, expect, it } from 'vitest';
import type { GroupToMedia } from '#e2ee/messages.ts';
import { KeyRing } from '../sframe/keyRing.ts';
import { Insider } from './testing/insider.ts';
import { type Page, World } from './testing/world.ts';
import { WITHHOLD_MS } from './withholding.ts';

/** What this page's media worker would do with what it is told, message by message. */
function mediaOf(world: World, page: Page) {
  const ring = new KeyRing({
    now: () => world.clock.now(),
    after: (ms, run) => void world.clock.setTimer(ms, run),
  });
  let seen = 0;
  /** Messages after which frames went out. */
  let sending = 0;
  const obey = (m: GroupToMedia) => {
    if (m.type === 'epoch') ring.install({ ...m, baseKey: m.baseKey.slice() });
    else if (m.type === 'send-on') ring.sendOn(m.epoch);
    else if (m.type === 'hold') ring.hold();
    else ring.erase();
  };
  const follow = () => {
    for (const m of page.media.slice(seen)) {
      obey(m);
      seen++;
      if (ring.sendingLife) sending++;
    }
  };
  return {
    sends: () => {
      follow();
      return ring.sendingLife !== undefined;
    },
    /** Has it sent in between, since it was last asked? */
    hasSent: () => {
      const before = sending;
      follow();
      return sending > before;
    },
  };
}

/** Ada, a host, Bo, and Eve, who keeps following whatever happens. The server swallows what Ada asks and commits. */
async function scene() {
  const world = new World();
  const ada = await world.found('Ada');
  const bo = await world.join('Bo');
  const eve = await Insider.join(world, 'Eve');
  await world.until(() => ada.view?.members.length === 3 && bo.view?.epoch === ada.view.epoch);
  await world.pass(8000);
  const media = mediaOf(world, ada);
  expect(media.sends()).toBe(true);
  let swallows = true;
  ada.onEmit = (m) => {
    if (!swallows || (m.type !== 'send-commit' && m.type !== 'ask-server')) ada.relay(m);
  };
  const remove = () => ada.give({ type: 'remove', peerId: eve.id.peerId, how: 'out' });
  return { world, ada, bo, eve, media, remove, giveIn: () => (swallows = false) };
}

describe('a host whose removal the server does not carry', () => {
  it('sends nothing from 2 s after it on, and says because of whom', async () => {
    const { world, ada, media, remove } = await scene();
    await remove();
    await world.pass(WITHHOLD_MS - 1);
    expect([media.sends(), ada.view?.withheldFor]).toEqual([true, []]);
    await world.pass(1);
    expect([media.sends(), ada.view?.withheldFor]).toEqual([false, ['Eve']]);
    await world.pass(30_000);
    expect(media.hasSent()).toBe(false);
  });

  it('sends on no epoch either that others make and the removed one is in', async () => {
    const { world, ada, bo, eve, media, remove } = await scene();
    await remove();
    await world.pass(WITHHOLD_MS);
    expect(media.sends()).toBe(false);
    const epoch = ada.view?.epoch ?? 0;
    await bo.give({ type: 'refresh' });
    await world.until(() => (ada.view?.epoch ?? 0) > epoch);
    await world.pass(5000);
    expect(Number(eve.raw.groupContext.epoch)).toBe(ada.view?.epoch);
    expect([media.hasSent(), ada.view?.withheldFor]).toEqual([false, ['Eve']]);
  });

  it('sends again on the epoch without them, as soon as the server gives in', async () => {
    const { world, ada, bo, media, remove, giveIn } = await scene();
    await remove();
    await world.pass(WITHHOLD_MS);
    expect(media.sends()).toBe(false);
    giveIn();
    await world.until(() => world.together([ada, bo]));
    expect([media.sends(), ada.view?.withheldFor]).toEqual([true, []]);
    expect(ada.epochs().at(-1)?.leaves).toHaveLength(2);
  });
});

it('a host whose removal is carried is never silent', async () => {
  const { world, ada, bo, media, remove, giveIn } = await scene();
  giveIn();
  await remove();
  await world.until(() => world.together([ada, bo]));
  await world.pass(10_000);
  expect(media.sends()).toBe(true);
  expect(ada.media.some((m) => m.type === 'hold')).toBe(false);
});
