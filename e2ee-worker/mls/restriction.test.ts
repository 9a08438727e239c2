// What the installation imposes, as the founder of a meeting is told it, and what a server announces while it runs: stricter
// is believed, later or looser is not.
import { describe, expect, it } from 'vitest';
import type { Imposed } from '#protocol';
import { memoryVault } from '../vault/deviceKey.ts';
import { signPolicy } from './hosts.ts';
import { NOTHING } from './imposed.ts';
import { decodePolicy } from './policy.ts';
import { changeTo, Insider } from './testing/insider.ts';
import { knocksOf, type Page, World } from './testing/world.ts';

const HOUR_MS = 3600_000;
const never = Number.MAX_SAFE_INTEGER;
const LOBBY: Imposed = { ...NOTHING, lobby: true };
const refusals = (page: Page) => page.all('refused').map((r) => r.reason);
const deeds = (page: Page) => page.all('deed-refused').map((r) => r.reason);
const toldOfTheDoor = (page: Page) =>
  page.all('ask-server').flatMap((e) => (e.name === 'host:settings' ? [e.data] : []));

const announce = (pages: readonly Page[], latestEnd: number, imposed = NOTHING) =>
  Promise.all(pages.map((page) => page.give({ type: 'restricted', latestEnd, imposed })));

async function pair(world = new World()) {
  const [ada, bo] = await world.meeting(2);
  if (!ada?.view || !bo?.view) throw new Error('no members');
  return { world, ada, bo, end: ada.view.expiresAt, latestEnd: ada.view.latestEnd };
}

/** Time in which nothing happens. */
async function idle(world: World, ms: number): Promise<void> {
  world.clock.sleep(ms - 2000);
  await world.pass(2000);
}

describe('an earlier end that the server announces', () => {
  it('is shown at once, and there everybody ends, keys and all, whatever the server does then', async () => {
    const { world, ada, bo, end } = await pair();
    const earlier = world.clock.now() + HOUR_MS;
    await announce([ada, bo], earlier);
    for (const page of [ada, bo]) {
      expect(page.view).toMatchObject({ expiresAt: earlier, latestEnd: earlier });
      page.online = false;
    }
    await idle(world, HOUR_MS - 5000);
    expect([ada.ended, bo.ended]).toEqual([false, false]);
    await idle(world, 5000);
    expect(world.clock.now()).toBeLessThan(end);
    for (const page of [ada, bo]) {
      expect(page.all('ended')).toEqual([{ type: 'ended', reason: 'expired' }]);
      expect(page.media.at(-1)).toEqual({ type: 'erase' });
    }
  });

  it('that is over already ends it now', async () => {
    const { world, ada } = await pair();
    await announce([ada], world.clock.now() - 1);
    expect(ada.all('ended')).toEqual([{ type: 'ended', reason: 'expired' }]);
  });

  it('is not taken back by a later one, and moves to no later time than was signed', async () => {
    const { world, ada, bo, end, latestEnd } = await pair();
    await announce([ada, bo], never);
    expect(ada.view).toMatchObject({ expiresAt: end, latestEnd });
    const earlier = world.clock.now() + HOUR_MS;
    await announce([ada, bo], earlier);
    await announce([ada, bo], never);
    await announce([ada, bo], end);
    expect(ada.view).toMatchObject({ expiresAt: earlier, latestEnd: earlier });
    expect([refusals(ada), ada.ended]).toEqual([[], false]);
  });

  it('bounds what a host may extend to, and not less', async () => {
    const { world, ada, bo, end } = await pair();
    await announce([ada, bo], end + HOUR_MS);
    expect(ada.view).toMatchObject({ expiresAt: end, latestEnd: end + HOUR_MS });
    await ada.give({ type: 'extend', expiresAt: end + HOUR_MS + 1 });
    await world.pass(5000);
    expect(deeds(ada)).toEqual(['This room may not live that long.']);
    await ada.give({ type: 'extend', expiresAt: end + HOUR_MS });
    await world.until(() => bo.view?.expiresAt === end + HOUR_MS);
  });

  it('holds for one who waits to be added, too', async () => {
    const world = new World({ admission: 'lobby' });
    await world.found();
    const bo = await world.join('Bo');
    await announce([bo], world.clock.now() + 10_000);
    await world.pass(12_000);
    expect(bo.all('ended')).toEqual([{ type: 'ended', reason: 'expired' }]);
  });
});

describe('what the installation imposes', () => {
  async function founded(imposed: Imposed) {
    const world = new World();
    const vault = memoryVault();
    const ada = world.add('Ada', vault);
    await world.makeRoom(ada);
    world.delivery.imposed = imposed;
    await ada.enter(world.fragment);
    await world.until(() => ada.view !== undefined);
    return { world, vault, ada };
  }

  it('is in the group from its founding: nobody comes in by the link alone, and no host can change that', async () => {
    const { world, ada } = await founded({ ...NOTHING, lobby: true, share: 'nobody' });
    expect(ada.view).toMatchObject({
      settings: { lobby: true, share: 'nobody' },
      imposed: { ...NOTHING, lobby: true, share: 'nobody' },
    });
    expect(toldOfTheDoor(ada)).toEqual([{ lobby: true, locked: false, verifiedOnly: false }]);
    await ada.give({ type: 'change-settings', settings: { lobby: false, share: 'everyone' } });
    await world.pass(5000);
    expect(ada.view?.settings).toMatchObject({ lobby: true, share: 'nobody' });
    // As a server that minds no door: what follows is the group's own doing.
    world.delivery.lobby = false;
    const stranger = await world.join('Mallory');
    await world.pass(20_000);
    expect([ada.view?.members.length, stranger.view]).toEqual([1, undefined]);
    world.delivery.lobby = true;
    const bo = await world.join('Bo');
    await world.until(() => knocksOf(ada).includes(bo.peerId));
    await ada.give({ type: 'admit', ...bo.card });
    await world.until(() => bo.view?.members.length === 2);
    expect(bo.view?.imposed).toMatchObject({ lobby: true, share: 'nobody' });
  });

  it('holds for one meeting: the next one begins by what hosts had chosen', async () => {
    const { world, vault, ada } = await founded({ ...NOTHING, lobby: true, share: 'nobody' });
    await ada.give({ type: 'change-settings', settings: { share: 'hosts' } });
    await world.pass(5000);
    ada.leave();
    await world.pass(1000);
    world.delivery.imposed = NOTHING;
    const again = await world.join('Ada', vault);
    await world.until(() => again.view !== undefined);
    expect(again.view).toMatchObject({ settings: { lobby: false, share: 'hosts' }, imposed: NOTHING });
  });

  it('later, while a meeting runs, is put into the group by one of the hosts, once', async () => {
    const { world, ada, bo } = await pair();
    await ada.give({ type: 'promote', peerId: bo.peerId });
    await world.until(() => bo.view?.members.every((m) => m.role === 'host') ?? false);
    await world.pass(60_000);
    const before = ada.view?.epoch ?? 0;
    await announce([ada, bo], never, LOBBY);
    // Shown before the group has it.
    expect(ada.view?.settings.lobby).toBe(true);
    await world.until(() => [ada, bo].some((p) => toldOfTheDoor(p).at(-1)?.lobby === true));
    await world.pass(30_000);
    // And the new keys that follow every change of the rules.
    expect(ada.view?.epoch).toBe(before + 2);
    world.delivery.lobby = false;
    const stranger = await world.join('Mallory');
    await world.pass(20_000);
    expect([ada.view?.members.length, stranger.view]).toEqual([2, undefined]);
    expect([deeds(ada), deeds(bo)]).toEqual([[], []]);
  });

  it('is put there by whoever becomes a host later, when there was none to do it', async () => {
    const { world, ada, bo } = await pair();
    await announce([bo], never, LOBBY);
    await world.pass(5000);
    expect(toldOfTheDoor(bo)).toEqual([]);
    expect(ada.view?.settings.lobby).toBe(false);
    await ada.give({ type: 'promote', peerId: bo.peerId });
    await world.until(() => toldOfTheDoor(bo).at(-1)?.lobby === true);
    expect(ada.view?.imposed.lobby).toBe(true);
  });

  it('as a member who is no host would have it is refused by all', async () => {
    const world = new World();
    const ada = await world.found();
    const eve = await Insider.join(world);
    await world.until(() => ada.view?.members.length === 2);
    const before = decodePolicy(eve.raw.groupContext.extensions);
    if (!before) throw new Error('no policy');
    const after = { ...before, revision: before.revision + 1, imposed: LOBBY };
    const { commit } = await eve.craft([changeTo(await signPolicy(eve.id.device, after))]);
    eve.publish(commit);
    await world.until(() => refusals(ada).some((r) => /its sender is no host/.test(r)));
    expect(ada.view?.settings.lobby).toBe(false);
  });
});
