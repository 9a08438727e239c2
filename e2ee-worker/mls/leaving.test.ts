// Whoever leaves, or is removed, has no key of what comes after, and the others lose no time over it.
import { describe, expect, it } from 'vitest';
import { decodeExactly } from './codec.ts';
import { sframeBaseKey } from './exporter.ts';
import { safetyCode } from './safetyCode.ts';
import { Insider } from './testing/insider.ts';
import { nothingRefused } from './testing/settled.ts';
import { type Page, World } from './testing/world.ts';

const settled = (pages: readonly Page[]) => pages.every((p) => p.view?.settled);

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
    nothingRefused(rest);
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
    nothingRefused(rest);
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
    expect(safetyCode(eve.raw.keySchedule.epochAuthenticator)).not.toEqual(ada.view?.safetyCode);
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
