// A meeting as its members live it: joining, leaving, being away, refreshing, ending.

import { mlsExporter } from 'ts-mls';
import { describe, expect, it } from 'vitest';
import { u32 } from '../link/bytes.ts';
import { memoryVault } from '../vault/deviceKey.ts';
import { decodeExactly } from './codec.ts';
import { epochTags, sframeBaseKey } from './exporter.ts';
import { safetyCode } from './safetyCode.ts';
import { Insider } from './testing/insider.ts';
import { type Page, World } from './testing/world.ts';

const nothingWrong = (pages: readonly Page[]) => {
  for (const p of pages) expect([...p.all('fault'), ...p.all('refused'), ...p.all('forked')]).toEqual([]);
};

const settled = (pages: readonly Page[]) => pages.every((p) => p.view?.settled);

describe('members who come by link', () => {
  it('are on one epoch with one code and one media key, two of them', async () => {
    const world = new World();
    const ada = await world.found('Ada');
    const bo = await world.join('Bo');
    await world.until(() => world.together([ada, bo]) && settled([ada, bo]));
    expect(ada.view?.members.map((m) => m.name)).toEqual(['Ada', 'Bo']);
    expect(ada.epochs().at(-1)?.baseKey).toEqual(bo.epochs().at(-1)?.baseKey);
    expect(ada.epochs().at(-1)?.leaves).toEqual(bo.epochs().at(-1)?.leaves);
    nothingWrong([ada, bo]);
  });

  it('are on one epoch with one code and one media key, twenty-five of them, after few commits', async () => {
    const world = new World();
    const pages = await world.meeting(25);
    await world.until(
      () => settled(pages) && pages.every((p) => p.view?.members.every((m) => m.confirmed === 'yes')),
    );
    expect(new Set(pages.map((p) => p.view?.safetyCode.join())).size).toBe(1);
    expect(new Set(pages.map((p) => p.epochs().at(-1)?.baseKey.join())).size).toBe(1);
    expect(world.delivery.stats.commits).toBeLessThanOrEqual(4);
    nothingWrong(pages);
  });

  it('are added at once when it is quiet, and together when they come together', async () => {
    const world = new World();
    const ada = await world.found('Ada');
    const bo = await world.join('Bo');
    const before = world.clock.now();
    await world.until(() => world.together([ada, bo]));
    // Key package, Add, Welcome: three times the way there, no waiting on top.
    expect(world.clock.now() - before).toBeLessThan(5 * world.latencyMs);
    const rush = await Promise.all(Array.from({ length: 10 }, (_, i) => world.join(`Guest ${i}`)));
    await world.until(() => world.together([ada, bo, ...rush]));
    expect(world.delivery.stats.commits).toBeLessThanOrEqual(3);
    nothingWrong([ada, bo, ...rush]);
  });

  it('send on a new epoch only when all who are there can read it', async () => {
    const world = new World();
    const [ada, bo] = await world.meeting(2);
    if (!ada || !bo) throw new Error('no members');
    await world.until(() => settled([ada, bo]));
    const cy = await world.join('Cy');
    await world.until(() => world.together([ada, bo, cy]) && settled([ada, bo, cy]));
    for (const p of [ada, bo, cy]) {
      const last = p.media.findLastIndex((m) => m.type === 'epoch');
      const epoch = p.media[last];
      expect(epoch).toMatchObject({ sendNow: false });
      expect(p.media[last + 1]).toEqual({ type: 'send-on', epoch: p.view?.epoch });
    }
  });

  it('keep the tree warm: each newcomer commits once, when nothing else happens', async () => {
    const world = new World();
    const pages = await world.meeting(4);
    await world.pass(8000);
    expect(world.together(pages)).toBe(true);
    // The first commit added them; then one of each newcomer.
    const from = world.delivery.log.slice(1).map((c) => c.from);
    expect(from.sort()).toEqual(
      pages
        .slice(1)
        .map((p) => p.peerId)
        .sort(),
    );
    nothingWrong(pages);
  });

  it('wait at the door when they use the key of a leaf that is still there, and come in when it is gone', async () => {
    const world = new World();
    const vault = memoryVault();
    const ada = await world.found('Ada');
    const first = await world.join('Bo', vault);
    await world.until(() => world.together([ada, first]));
    const reloaded = await world.join('Bo', vault);
    await world.pass(3000);
    expect(reloaded.view).toBeUndefined();
    first.leave();
    await world.until(() => world.together([ada, reloaded]));
    nothingWrong([ada, reloaded]);
  });
});

describe('who leaves', () => {
  it('is out within one commit; the rest have new keys and use them at once', async () => {
    const world = new World();
    const pages = await world.meeting(5);
    const [gone, ...rest] = [pages[2], ...pages.filter((p) => p !== pages[2])];
    const before = rest.map((p) => p.epochs().at(-1)?.baseKey.join());
    gone?.leave();
    await world.until(() => world.together(rest));
    for (const p of rest) expect(p.epochs().at(-1)?.sendNow).toBe(true);
    expect(rest.map((p) => p.epochs().at(-1)?.baseKey.join())).not.toEqual(before);
    nothingWrong(rest);
  });

  it('are out within the same commit, those of whom the committer hears while it makes the commit', async () => {
    const world = new World();
    const pages = await world.meeting(15);
    await world.until(() => settled(pages));
    const [ada] = pages;
    const [gone, rest] = [pages.slice(3, 13), [...pages.slice(0, 3), ...pages.slice(13)]];
    const before = world.delivery.stats.commits;
    const [first, ...others] = gone;
    if (!ada || !first) throw new Error('no members');
    const left = (p: Page) => ada.give({ type: 'peer-presence', peerId: p.peerId, presence: 'left' });
    for (const p of gone) p.leave();
    await left(first);
    const began = world.clock.now();
    world.clock.step(began);
    for (const p of others) void left(p);
    await world.until(() => world.together(rest));
    expect(world.delivery.stats.commits - before).toBe(1);
    // The leave, the commit, its echo: nobody has waited for anybody.
    expect(world.clock.now() - began).toBeLessThan(3 * world.latencyMs);
    nothingWrong(rest);
  });

  it('has no keys any more, and gets none from bytes that it is still fed', async () => {
    const world = new World();
    const [ada, bo, cy] = await world.meeting(3);
    if (!ada || !bo || !cy) throw new Error('no members');
    const entry = { bytes: bo.media.length };
    bo.leave();
    await world.until(() => world.together([ada, cy]));
    expect(bo.media.at(-1)).toEqual({ type: 'erase' });
    const silent = { media: bo.media.length, emitted: bo.emitted.length };
    for (const commit of world.delivery.log) await bo.give({ type: 'committed', commit });
    expect({ media: bo.media.length, emitted: bo.emitted.length }).toEqual(silent);
    expect(bo.ended && entry.bytes > 0).toBe(true);
  });

  it('cannot derive the next epoch with the keys it kept: every commit that removes has a path', async () => {
    const world = new World();
    const [ada, bo] = await world.meeting(2);
    const eve = await Insider.join(world);
    if (!ada || !bo) throw new Error('no members');
    await world.until(() => ada.view?.members.length === 3 && bo.view?.members.length === 3);
    const kept = eve.raw;
    world.delivery.leave(eve.id.peerId);
    await world.until(() => world.together([ada, bo]));
    const remove = world.delivery.log.at(-1)?.commit ?? new Uint8Array();
    const message = decodeExactly(remove);
    const content = message?.wireformat === 'mls_public_message' ? message.publicMessage.content : undefined;
    expect(content?.contentType === 'commit' && content.commit.path).toBeTruthy();
    // ts-mls 2.0.0-rc.10 and 1.6.2 derive here what the others have (facts.md §5).
    await eve.follow(remove).catch(() => undefined);
    const { exporterSecret } = eve.raw.keySchedule;
    expect(eve.raw.groupActiveState.kind).toBe('removedFromGroup');
    expect(await sframeBaseKey(exporterSecret, eve.id.suite)).not.toEqual(ada.epochs().at(-1)?.baseKey);
    expect(eve.raw.keySchedule.epochAuthenticator).toEqual(kept.keySchedule.epochAuthenticator);
    expect(await safetyCode(eve.raw.keySchedule.epochAuthenticator)).not.toEqual(ada.view?.safetyCode);
  });

  it('when the committer does not act, is removed by the next in line after 1.5 s', async () => {
    const world = new World();
    const [ada, bo, cy, di] = await world.meeting(4);
    if (!ada || !bo || !cy || !di) throw new Error('no members');
    await world.pass(8000);
    const [first, second] = [...(ada.view?.members ?? [])].map((m) =>
      world.pages.find((p) => p.peerId === m.peerId),
    );
    if (!first || !second) throw new Error('no committer');
    // The first in line is connected, and deaf.
    first.online = false;
    const last = [ada, bo, cy, di].find((p) => p !== first && p !== second);
    last?.leave();
    const rest = [ada, bo, cy, di].filter((p) => p !== first && p !== last);
    const started = world.clock.now();
    await world.until(() => rest.every((p) => p.view?.members.length === 3));
    expect(world.clock.now() - started).toBeGreaterThan(1500);
    expect(world.clock.now() - started).toBeLessThan(1700);
    expect(world.delivery.log.at(-1)?.from).toBe(second.peerId);
  });

  it('by removal finds its keys erased and is told so', async () => {
    const world = new World();
    const [ada, bo, cy] = await world.meeting(3);
    if (!ada || !bo || !cy) throw new Error('no members');
    // The others are told that Bo has left; Bo still gets the commits.
    for (const p of [ada, cy]) void p.give({ type: 'peer-presence', peerId: bo.peerId, presence: 'left' });
    await world.until(() => bo.ended);
    expect(bo.all('ended')).toEqual([{ type: 'ended', reason: 'removed' }]);
    expect(bo.media.at(-1)).toEqual({ type: 'erase' });
  });
});

describe('who was away', () => {
  it('catches up from the log', async () => {
    const world = new World();
    const pages = await world.meeting(3);
    const [ada, bo, cy] = pages;
    if (!ada || !bo || !cy) throw new Error('no members');
    await world.pass(8000);
    bo.online = false;
    world.delivery.presence(bo.peerId, 'away');
    for (let i = 0; i < 3; i++) {
      await ada.give({ type: 'refresh' });
      await world.pass(11_000);
    }
    expect(ada.view?.epoch).toBe((bo.view?.epoch ?? 0) + 3);
    expect(ada.view?.members.find((m) => m.peerId === bo.peerId)?.presence).toBe('away');
    bo.online = true;
    world.delivery.presence(bo.peerId, 'here');
    await bo.give({ type: 'reconnected' });
    await world.until(() => world.together(pages));
    nothingWrong(pages);
  });

  it('is added anew in one commit when the log does not reach back, and keeps receiving until then', async () => {
    const world = new World();
    const pages = await world.meeting(3);
    const [ada, bo, cy] = pages;
    if (!ada || !bo || !cy) throw new Error('no members');
    await world.pass(8000);
    const oldLeaf = bo.view?.members.find((m) => m.self)?.leaf;
    bo.online = false;
    world.delivery.presence(bo.peerId, 'away');
    for (let i = 0; i < 34; i++) {
      await ada.give({ type: 'refresh' });
      await world.pass(10_100);
    }
    expect(world.delivery.log.length).toBe(32);
    bo.online = true;
    world.delivery.presence(bo.peerId, 'here');
    const commits = world.delivery.stats.commits;
    await bo.give({ type: 'reconnected' });
    await world.until(() => world.together(pages));
    expect(world.delivery.stats.commits).toBe(commits + 1);
    expect(bo.all('ask-rejoin')).toHaveLength(1);
    expect(bo.media.some((m) => m.type === 'erase')).toBe(false);
    expect(bo.view?.members.find((m) => m.self)?.leaf).toBe(oldLeaf);
    expect(bo.view?.members.map((m) => m.name).sort()).toEqual(ada.view?.members.map((m) => m.name).sort());
    nothingWrong(pages);
    // And is a full member again.
    await bo.give({ type: 'refresh' });
    const epoch = ada.view?.epoch ?? 0;
    await world.until(() => world.together(pages) && (ada.view?.epoch ?? 0) > epoch);
  });

  it('while its own commit was on its way finds it in the log and applies it', async () => {
    const world = new World();
    const [ada, bo] = await world.meeting(2);
    if (!ada || !bo) throw new Error('no members');
    await world.pass(8000);
    // The commit arrives, the connection breaks before echo and answer.
    world.fate = (page) => (page === bo ? 'drop' : 'deliver');
    const epoch = ada.view?.epoch ?? 0;
    await bo.give({ type: 'refresh' });
    await world.until(() => ada.view?.epoch === epoch + 1);
    world.fate = () => 'deliver';
    await bo.give({ type: 'reconnected' });
    await world.until(() => world.together([ada, bo]));
    nothingWrong([ada, bo]);
  });
});

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
    nothingWrong([ada, bo]);
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
    nothingWrong(pages);
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

describe('the code', () => {
  it('has 20 digits, changes with the epoch, and counts who came and went since it was checked', async () => {
    const world = new World();
    const [ada, bo] = await world.meeting(2);
    if (!ada || !bo) throw new Error('no members');
    expect(ada.view?.safetyCode.join(' ')).toMatch(/^(\d{5} ){3}\d{5}$/);
    expect(ada.view?.changesSinceChecked).toBeNull();
    await ada.give({ type: 'mark-checked' });
    expect(ada.view?.changesSinceChecked).toBe(0);
    const code = ada.view?.safetyCode;
    const cy = await world.join('Cy');
    await world.until(() => world.together([ada, bo, cy]));
    expect(ada.view?.safetyCode).not.toEqual(code);
    expect(ada.view?.changesSinceChecked).toBe(1);
    bo.leave();
    await world.until(() => world.together([ada, cy]));
    expect(ada.view?.changesSinceChecked).toBe(2);
    expect(cy.view?.changesSinceChecked).toBeNull();
  });
});
