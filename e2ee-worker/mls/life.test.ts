// How long a room lives: hosts move its end, nobody else does, and no server makes it later than its hosts have said.
import { describe, expect, it } from 'vitest';
import { memoryVault } from '../vault/deviceKey.ts';
import { signPolicy } from './hosts.ts';
import { decodePolicy, encodePolicy } from './policy.ts';
import { changeTo, Insider } from './testing/insider.ts';
import { policyOf } from './testing/policies.ts';
import { LIFETIME_MS, type Page, World } from './testing/world.ts';

const HOUR_MS = 3600_000;
const refusals = (page: Page) => page.all('refused').map((r) => r.reason);
const deeds = (page: Page) => page.all('deed-refused').map((r) => r.reason);

/** Time in which nothing happens, and in which key packages would grow old if it were hours. */
async function idle(world: World, ms: number): Promise<void> {
  world.clock.sleep(ms - 2000);
  await world.pass(2000);
}

describe('a room that a host extends', () => {
  it('lives on for everybody, and then ends for everybody', async () => {
    const world = new World();
    const [ada, bo] = await world.meeting(2);
    if (!ada || !bo) throw new Error('no members');
    const first = ada.view?.expiresAt ?? 0;
    await ada.give({ type: 'extend', expiresAt: first + HOUR_MS });
    await world.until(() => bo.view?.expiresAt === first + HOUR_MS);
    await world.until(() => world.delivery.expiresAt === first + HOUR_MS);
    for (const p of [ada, bo]) p.online = false;
    await idle(world, first - world.clock.now() + HOUR_MS / 2);
    expect([ada.ended, bo.ended]).toEqual([false, false]);
    await idle(world, HOUR_MS / 2);
    for (const p of [ada, bo]) {
      expect(p.all('ended')).toEqual([{ type: 'ended', reason: 'expired' }]);
      expect(p.media.at(-1)).toEqual({ type: 'erase' });
    }
  });

  it('takes back, also after its first end, whom a host had let in before it was extended', async () => {
    const world = new World({ admission: 'lobby', lifetimeMs: 120_000 });
    const ada = await world.found();
    const bos = memoryVault();
    const bo = await world.admit(ada, 'Bo', bos);
    const first = ada.view?.expiresAt ?? 0;
    await ada.give({ type: 'extend', expiresAt: first + 60_000 });
    await world.until(() => world.delivery.expiresAt === first + 60_000);
    bo.leave();
    await world.until(() => ada.view?.members.length === 1);
    await world.pass(first - world.clock.now() + 1000);
    const again = await world.join('Bo', bos);
    await world.until(() => world.together([ada, again]));
    expect([refusals(ada), refusals(again)]).toEqual([[], []]);
  });

  it('is extended neither by a guest, nor by anybody beyond what it may live', async () => {
    const world = new World();
    const [ada, bo] = await world.meeting(2);
    if (!ada?.view || !bo?.view) throw new Error('no members');
    const { expiresAt, latestEnd } = ada.view;
    await bo.give({ type: 'extend', expiresAt: expiresAt + HOUR_MS });
    await ada.give({ type: 'extend', expiresAt: latestEnd + 1 });
    await world.pass(10_000);
    expect(deeds(bo)).toEqual(['Only a host can do that.']);
    expect(deeds(ada)).toEqual(['This room may not live that long.']);
    expect([ada.view.expiresAt, bo.view.expiresAt]).toEqual([expiresAt, expiresAt]);
  });

  it('is not extended by the commit of a member who is no host, whatever is signed in it', async () => {
    const world = new World();
    const ada = await world.found();
    const eve = await Insider.join(world);
    await world.until(() => ada.view?.members.length === 2);
    const before = decodePolicy(eve.raw.groupContext.extensions);
    if (!before) throw new Error('no policy');
    const later = { ...before, revision: before.revision + 1, expiresAt: before.latestEnd };
    const { commit } = await eve.craft([changeTo(await signPolicy(eve.id.device, later))]);
    eve.publish(commit);
    await world.until(() => refusals(ada).some((r) => /its sender is no host/.test(r)));
    expect(ada.view?.expiresAt).toBe(before.expiresAt);
  });
});

describe('a host who founds a meeting of a room', () => {
  /** A room that Ada has made; nobody is in it. */
  async function made(o: { lifetimeMs?: number } = {}) {
    const world = new World(o);
    const vault = memoryVault();
    const ada = world.add('Ada', vault);
    await world.makeRoom(ada);
    return { world, vault, ada, end: world.clock.now() + world.lifetimeMs };
  }
  const SAYS_LATER = 'the server would let the room live longer';

  it('is told a later end by the server, does not believe it, says so, and ends on time', async () => {
    const { world, ada, end } = await made();
    world.delivery.expiresAt += HOUR_MS;
    world.delivery.latestEnd += HOUR_MS;
    await ada.enter(world.fragment);
    await world.until(() => ada.view !== undefined);
    expect(refusals(ada)).toEqual([SAYS_LATER]);
    expect(ada.view).toMatchObject({ expiresAt: end, latestEnd: end + LIFETIME_MS });
    await idle(world, end - world.clock.now());
    expect(ada.all('ended')).toEqual([{ type: 'ended', reason: 'expired' }]);
  });

  it('has chosen a lifetime, and a server that made the room for longer gets five minutes at most', async () => {
    const world = new World();
    const ada = world.add('Ada');
    world.delivery.expiresAt += 7 * LIFETIME_MS;
    world.delivery.latestEnd += 70 * LIFETIME_MS;
    const end = world.clock.now() + LIFETIME_MS;
    await world.makeRoom(ada);
    await ada.enter(world.fragment);
    await world.until(() => ada.view !== undefined);
    expect(ada.view?.expiresAt).toBe(end + 5 * 60_000);
    expect(ada.view?.latestEnd).toBe(end + LIFETIME_MS + 5 * 60_000);
  });

  it('believes an earlier end', async () => {
    const { world, ada } = await made();
    world.delivery.expiresAt -= HOUR_MS;
    await ada.enter(world.fragment);
    await world.until(() => ada.view !== undefined);
    expect(ada.view?.expiresAt).toBe(world.delivery.expiresAt);
    expect(refusals(ada)).toEqual([]);
  });

  it('founds none once the room’s time is over, whatever the server says', async () => {
    const { world, vault, ada, end } = await made();
    await ada.enter(world.fragment);
    await world.until(() => ada.view !== undefined);
    ada.leave();
    await idle(world, end - world.clock.now());
    world.delivery.expiresAt = end + 10 * LIFETIME_MS;
    world.delivery.latestEnd = end + 10 * LIFETIME_MS;
    const again = await world.join('Ada', vault);
    await world.until(() => again.ended);
    expect([again.all('ended')[0]?.reason, again.epochs()]).toEqual(['expired', []]);
  });

  it('goes by what another host has signed meanwhile', async () => {
    const { world, vault, ada, end } = await made();
    await ada.enter(world.fragment);
    await world.until(() => ada.view !== undefined);
    const bo = await world.join('Bo');
    await world.until(() => world.together([ada, bo]));
    await ada.give({ type: 'promote', peerId: bo.peerId });
    await world.until(() => bo.view?.members.every((m) => m.role === 'host') ?? false);
    ada.leave();
    await world.until(() => bo.view?.members.length === 1);
    await bo.give({ type: 'extend', expiresAt: end + HOUR_MS });
    await world.until(() => world.delivery.expiresAt === end + HOUR_MS);
    bo.leave();
    await world.pass(1000);
    const again = await world.join('Ada', vault);
    await world.until(() => again.view !== undefined);
    expect([again.view?.expiresAt, refusals(again)]).toEqual([end + HOUR_MS, []]);
  });

  it.each(['by a stranger', 'for another room', 'altered', 'that is none'])(
    'does not go by a word about the end %s',
    async (how) => {
      const { world, vault, ada, end } = await made();
      const device = how === 'by a stranger' ? await memoryVault().deviceKey() : await vault.deviceKey();
      const { roomId, meetingId } = world.delivery;
      const place = how === 'for another room' ? new World().delivery.roomId : roomId;
      const where = { roomId: place, meetingId, expiresAt: end + HOUR_MS, latestEnd: end + LIFETIME_MS };
      const extended = Uint8Array.from(encodePolicy(await policyOf({ device }, where)).extensionData);
      if (how === 'altered') extended[extended.length - 1] = (extended.at(-1) ?? 0) ^ 1;
      world.delivery.extended = how === 'that is none' ? new Uint8Array(100) : extended;
      world.delivery.expiresAt = end + HOUR_MS;
      await ada.enter(world.fragment);
      await world.until(() => ada.view !== undefined);
      expect([ada.view?.expiresAt, refusals(ada)]).toEqual([end, [SAYS_LATER]]);
    },
  );
});
