// How long keys live: how they are made, when they are changed, and when they die.
import { mlsExporter } from 'ts-mls';
import { describe, expect, it } from 'vitest';
import { u32 } from '../link/bytes.ts';
import { memoryVault } from '../vault/deviceKey.ts';
import { epochTags } from './exporter.ts';
import { Insider } from './testing/insider.ts';
import { nothingRefused } from './testing/settled.ts';
import { type Page, World } from './testing/world.ts';

describe('keys', () => {
  it('are refreshed on request, at most every 10 s, and after 5 minutes without a change', async () => {
    const world = new World();
    const [ada, bo] = await world.meeting(2);
    if (!ada || !bo) throw new Error('no members');
    await world.pass(8000);
    const epoch = ada.view?.epoch ?? 0;
    await ada.give({ type: 'refresh' });
    await ada.give({ type: 'refresh' });
    await world.pass(1000);
    await ada.give({ type: 'refresh' });
    await world.pass(1000);
    expect(bo.view?.epoch).toBe(epoch + 1);
    await world.pass(10_000);
    expect(bo.view?.epoch).toBe(epoch + 2);
    await world.pass(5 * 60_000 + 5000);
    expect(bo.view?.epoch).toBe(epoch + 3);
    nothingRefused([ada, bo]);
  });

  it('of two commits for one epoch: one wins, the other is dropped and nobody is stuck', async () => {
    const world = new World();
    const pages = await world.meeting(3);
    await world.pass(8000);
    const epoch = pages[0]?.view?.epoch ?? 0;
    const { refusedOffers } = world.delivery.stats;
    for (const p of pages) void p.give({ type: 'refresh' });
    await world.until(() => world.together(pages) && (pages[0]?.view?.epoch ?? 0) === epoch + 1);
    expect(world.delivery.stats.refusedOffers - refusedOffers).toBe(2);
    await world.pass(12_000);
    expect(world.together(pages)).toBe(true);
    nothingRefused(pages);
  });

  it('are derived as the standards say', async () => {
    const world = new World();
    const ada = await world.found();
    const eve = await Insider.join(world);
    await world.until(() => ada.view?.members.length === 2);
    const { exporterSecret } = eve.raw.keySchedule;
    const { suite } = eve.id;
    const baseKey = await mlsExporter(exporterSecret, 'SFrame 1.0 Base Key', new Uint8Array(), 16, suite);
    expect(ada.epochs().at(-1)?.baseKey).toEqual(baseKey);
    const tag = await mlsExporter(exporterSecret, 'in-camera epoch check', u32(0), 16, suite);
    expect(ada.all('send-applied').at(-1)?.tag).toEqual(tag);
    expect(await (await epochTags(exporterSecret, suite))(0)).toEqual(tag);
  });

  it('die at the expiry that the group was founded with, however far away, whatever the server says', async () => {
    const { world, ada, bo, left } = await alone(40 * 24 * 3600_000);
    // Beyond what one timer can wait for.
    world.clock.sleep(left - 2000);
    await world.pass(1000);
    expect(ada.ended || bo.ended).toBe(false);
    await world.pass(1000);
    expiredAt([ada, bo]);
  });

  it('die within a second of waking, when the device has slept over the end', async () => {
    const { world, ada, bo, left } = await alone();
    world.clock.sleep(left + 3600_000);
    await world.pass(1000);
    expiredAt([ada, bo]);
  });

  it('die on time although a task hangs for ever, and what it does after that reaches nobody', async () => {
    const vault = memoryVault();
    let go: () => void = () => undefined;
    const hung = new Promise<void>((resolve) => (go = resolve));
    let people = 0;
    const memory = {
      ...vault.memory,
      // Before this the founder has met nobody, so it is the third who is waited for.
      rememberPerson: (p: Parameters<typeof vault.memory.rememberPerson>[0]) =>
        ++people < 2 ? vault.memory.rememberPerson(p) : hung,
    };
    const world = new World();
    const ada = await world.found('Ada', { ...vault, memory });
    await world.join('Bo');
    await world.until(() => ada.view?.members.length === 2);
    const cy = await world.join('Cy');
    while (ada.view?.members.length !== 3) await stepWithout(world, ada);
    cy.leave();
    const left = ada.view.expiresAt - world.clock.now();
    world.clock.sleep(left);
    while (!ada.ended) await stepWithout(world, ada);
    const said = [ada.emitted.length, ada.media.length];
    go();
    await world.pass(60_000);
    expect([ada.emitted.length, ada.media.length]).toEqual(said);
    expiredAt([ada]);
  });
});

/** A meeting of two whom nobody tells anything any more. */
async function alone(lifetimeMs?: number) {
  const world = new World(lifetimeMs === undefined ? {} : { lifetimeMs });
  const [ada, bo] = await world.meeting(2);
  if (!ada || !bo) throw new Error('no members');
  await world.pass(8000);
  ada.online = false;
  bo.online = false;
  return { world, ada, bo, left: (ada.view?.expiresAt ?? 0) - world.clock.now() };
}

function expiredAt(pages: readonly Page[]): void {
  for (const p of pages) {
    expect(p.all('ended')).toEqual([{ type: 'ended', reason: 'expired' }]);
    expect(p.media.at(-1)).toEqual({ type: 'erase' });
  }
}

/** Lets the others work and time pass, without waiting for this one. */
async function stepWithout(world: World, page: Page): Promise<void> {
  await Promise.all(world.pages.filter((p) => p !== page).map((p) => p.session.idle()));
  await new Promise((resolve) => setImmediate(resolve));
  world.clock.step(world.clock.now() + 1000);
}
