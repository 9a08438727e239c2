// A server that shows different histories to different people is noticed by all of them.
import { describe, expect, it } from 'vitest';
import type { FromGroup } from '#e2ee/messages.ts';
import { random } from './testing/insider.ts';
import { World } from './testing/world.ts';

type Applied = Extract<FromGroup, { type: 'send-applied' }>;

async function threeWhoAreSettled() {
  const world = new World();
  const pages = await world.meeting(3);
  await world.pass(8000);
  const [ada, bo, cy] = pages;
  if (!ada || !bo || !cy) throw new Error('no members');
  return { world, pages, ada, bo, cy };
}

describe('a forking server', () => {
  it('that gives Bo another commit than the others is noticed on both sides, by name', async () => {
    const { world, pages, ada, bo, cy } = await threeWhoAreSettled();
    const commits = new Map<unknown, { epoch: number; from: typeof ada.peerId; commit: Uint8Array }>();
    const applied: { peerId: typeof ada.peerId; tag: Uint8Array; epoch: number }[] = [];
    for (const p of pages) {
      p.onEmit = (m) => {
        if (m.type === 'send-commit') commits.set(p, { epoch: m.epoch, from: p.peerId, commit: m.commit });
        if (m.type === 'send-applied') applied.push({ peerId: p.peerId, tag: m.tag, epoch: m.epoch });
      };
    }
    await ada.give({ type: 'refresh' });
    await bo.give({ type: 'refresh' });
    await world.until(() => commits.size === 2);
    const [left, right] = [commits.get(ada), commits.get(bo)];
    if (!left || !right) throw new Error('no commits');
    await ada.give({ type: 'committed', commit: left });
    await cy.give({ type: 'committed', commit: left });
    await bo.give({ type: 'committed', commit: right });
    const epoch = left.epoch + 1;
    expect(pages.map((p) => p.view?.epoch)).toEqual([epoch, epoch, epoch]);
    for (const p of pages) await p.give({ type: 'confirmed', epoch, tags: applied });
    expect(ada.all('forked')).toEqual([{ type: 'forked', peerIds: [bo.peerId] }]);
    expect(cy.all('forked')).toEqual([{ type: 'forked', peerIds: [bo.peerId] }]);
    expect(
      bo
        .all('forked')
        .flatMap((f) => f.peerIds)
        .sort(),
    ).toEqual([ada.peerId, cy.peerId].sort());
    expect(ada.view?.members.find((m) => m.peerId === bo.peerId)?.confirmed).toBe('no');
    expect(ada.view?.members.find((m) => m.peerId === cy.peerId)?.confirmed).toBe('yes');
    expect(ada.view?.safetyCode).not.toEqual(bo.view?.safetyCode);
  });

  it('that makes up a tag, or repeats that of another member, is noticed', async () => {
    const { world, ada, bo, cy } = await threeWhoAreSettled();
    const held = new Map<unknown, Applied>();
    for (const p of [bo, cy])
      p.onEmit = (m) => (m.type === 'send-applied' ? void held.set(p, m) : p.relay(m));
    await ada.give({ type: 'refresh' });
    await world.until(() => held.size === 2);
    const epoch = ada.view?.epoch ?? 0;
    const adas = ada.all('send-applied').at(-1)?.tag ?? random(16);
    await ada.give({ type: 'confirmed', epoch, tags: [{ peerId: bo.peerId, tag: random(16) }] });
    await ada.give({ type: 'confirmed', epoch, tags: [{ peerId: cy.peerId, tag: adas }] });
    expect(ada.all('forked').flatMap((f) => f.peerIds)).toEqual([bo.peerId, cy.peerId]);
    // The right tag afterwards does not make it good.
    const right = held.get(bo)?.tag ?? random(16);
    await ada.give({ type: 'confirmed', epoch, tags: [{ peerId: bo.peerId, tag: right }] });
    expect(ada.view?.members.find((m) => m.peerId === bo.peerId)?.confirmed).toBe('no');
  });

  it('that withholds a confirmation delays sending by one second, and the member is shown as late', async () => {
    const { world, ada, bo, cy } = await threeWhoAreSettled();
    bo.onEmit = (m) => (m.type === 'send-applied' ? undefined : bo.relay(m));
    const epoch = ada.view?.epoch ?? 0;
    await cy.give({ type: 'refresh' });
    await world.until(() => ada.view?.epoch === epoch + 1);
    const began = world.clock.now();
    expect(ada.view?.settled).toBe(false);
    await world.until(() => ada.view?.settled === true);
    expect(world.clock.now() - began).toBe(1000);
    expect(ada.media.at(-1)).toEqual({ type: 'send-on', epoch: epoch + 1 });
    const of = (p: typeof bo) => ada.view?.members.find((m) => m.peerId === p.peerId)?.confirmed;
    expect([of(bo), of(cy)]).toEqual(['waiting', 'yes']);
    await world.pass(9500);
    expect([of(bo), of(cy)]).toEqual(['late', 'yes']);
  });
});

describe('confirmations', () => {
  it('that come before the commit count once the epoch is reached', async () => {
    const { world, ada, bo, cy } = await threeWhoAreSettled();
    const epoch = ada.view?.epoch ?? 0;
    world.fate = (page, push) => (page === ada && push.type === 'committed' ? { delayMs: 500 } : 'deliver');
    await cy.give({ type: 'refresh' });
    await world.until(() => bo.view?.epoch === epoch + 1);
    await world.until(() => ada.view?.epoch === epoch + 1);
    expect(ada.view?.members.filter((m) => m.confirmed === 'yes')).toHaveLength(3);
    expect(ada.view?.settled).toBe(true);
  });

  it('of an epoch that never comes make a member ask for the log', async () => {
    const { world, ada, cy } = await threeWhoAreSettled();
    const epoch = ada.view?.epoch ?? 0;
    world.fate = (page, push) => (page === ada && push.type === 'committed' ? 'drop' : 'deliver');
    await cy.give({ type: 'refresh' });
    await world.until(() => ada.view?.epoch === epoch + 1);
    expect(ada.all('ask-replay')).toHaveLength(1);
    expect(ada.all('refused')).toEqual([]);
  });
});
