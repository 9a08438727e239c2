// A member wins an epoch with a commit that nobody can follow: how the group finds out of that, and what a server can make of it.
import { describe, expect, it } from 'vitest';
import { REJECT_MS } from './rejecting.ts';
import { newPeerId } from './testing/delivery.ts';
import { Insider, removeOf } from './testing/insider.ts';
import { settled } from './testing/settled.ts';
import type { Page } from './testing/world.ts';

const reports = (p: Page) => p.all('ask-server').filter((e) => e.name === 'host:reject');

describe('a commit that wins and that everybody refuses', () => {
  /** Eve's is ordered; the group stands still behind it. */
  async function blocked() {
    const { world, pages, ada, bo } = await settled(2);
    const eve = await Insider.join(world, 'Eve');
    await world.until(() => pages.every((p) => p.view?.members.length === 3));
    await world.pass(8000);
    await eve.idle();
    eve.follows = false;
    const leaf = bo.view?.members.find((m) => m.self)?.leaf ?? -1;
    const { commit } = await eve.craft([removeOf(leaf)]);
    eve.publish(commit);
    return { world, pages, ada, bo, eve, epoch: ada.view?.epoch ?? 0 };
  }

  it('is reported by a host alone, when 5 s have not made it right; its sender is out, and the group goes on', async () => {
    const { world, pages, ada, bo, eve, epoch } = await blocked();
    await world.pass(REJECT_MS - 100);
    expect(reports(ada)).toEqual([]);
    await world.until(() => world.together(pages), 3000);
    expect(reports(ada)).toEqual([{ type: 'ask-server', name: 'host:reject', data: { epoch } }]);
    expect(reports(bo)).toEqual([]);
    expect(ada.view?.members.some((m) => m.peerId === eve.id.peerId)).toBe(false);
    for (const p of pages) expect([...p.all('fault'), ...p.all('forked'), ...p.all('ended')]).toEqual([]);
    const now = ada.view?.epoch ?? 0;
    await bo.give({ type: 'refresh' });
    await world.until(() => world.together(pages) && (ada.view?.epoch ?? 0) > now, 15_000);
  });

  it('is not reported when news makes it right within that time', async () => {
    const { world, ada, bo } = await settled(2);
    world.fate = (page, push) => (page === ada && push.type === 'arrived' ? { delayMs: 3000 } : 'deliver');
    ada.onEmit = (m) => (m.type === 'send-commit' ? undefined : ada.relay(m));
    const cy = await world.join('Cy');
    await world.until(() => world.together([ada, bo, cy]));
    await world.pass(REJECT_MS * 2);
    expect(ada.all('refused')).toHaveLength(1);
    expect(reports(ada)).toEqual([]);
  });

  it('said to be taken back by a server undoes nothing that was applied', async () => {
    const { world, pages, ada, bo } = await settled(2);
    const last = world.delivery.log.at(-1);
    const { epoch } = ada.view ?? { epoch: 0 };
    if (last?.epoch !== epoch - 1) throw new Error('no commit');
    // Of another sender, or of long ago: not what has led here.
    await bo.give({ type: 'reverted', epoch: epoch - 1, from: newPeerId() });
    await bo.give({ type: 'reverted', epoch: 0, from: last.from });
    await world.pass(3000);
    expect([bo.view?.epoch, bo.all('ask-rejoin')]).toEqual([epoch, []]);
    // Right in every word: we are added anew, on a later epoch, and send nothing until then.
    await bo.give({ type: 'reverted', epoch: epoch - 1, from: last.from });
    expect([bo.view?.epoch, bo.media.at(-1)]).toEqual([epoch, { type: 'hold' }]);
    await world.until(() => world.together(pages) && (bo.view?.epoch ?? 0) > epoch);
    expect(bo.media.some((m) => m.type === 'erase')).toBe(false);
  });
});
