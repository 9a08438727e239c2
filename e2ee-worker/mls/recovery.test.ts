// What goes wrong between an honest server and honest members, and how each finds back without anybody's help.
import { describe, expect, it } from 'vitest';
import { decodeExactly } from './codec.ts';
import { foundGroup, wipeGroup } from './group.ts';
import { wipeIdentity } from './identity.ts';
import { Insider, random, removeOf, someone } from './testing/insider.ts';
import { policyOf } from './testing/policies.ts';
import { nothingRefused, settled } from './testing/settled.ts';
import { World } from './testing/world.ts';

describe('a commit of ours', () => {
  it('whose request got lost is offered again, with the same bytes', async () => {
    const { world, pages, bo } = await settled(2);
    const sent: Uint8Array[] = [];
    bo.onEmit = (m) => {
      if (m.type === 'send-commit') sent.push(m.commit);
      if (m.type !== 'send-commit' || sent.length > 1) bo.relay(m);
    };
    const epoch = bo.view?.epoch ?? 0;
    await bo.give({ type: 'refresh' });
    await world.until(() => world.together(pages) && bo.view?.epoch === epoch + 1);
    expect(sent).toHaveLength(2);
    expect(sent[1]).toEqual(sent[0]);
    nothingRefused(pages);
  });

  it('that the server refuses is dropped, and what was in it comes in the next one', async () => {
    const { world, pages, ada } = await settled(2);
    let refuse = 2;
    ada.onEmit = (m) => {
      if (m.type === 'send-commit' && refuse-- > 0) {
        void ada.give({ type: 'commit-answered', id: m.id, outcome: 'failed' });
      } else ada.relay(m);
    };
    const cy = await world.join('Cy');
    await world.until(() => world.together([...pages, cy]));
    nothingRefused([...pages, cy]);
  });

  it('that won after we had given it up makes us join anew: nobody can process their own', async () => {
    const { world, pages, bo } = await settled(2);
    bo.onEmit = (m) => {
      if (m.type !== 'send-commit') return bo.relay(m);
      // The page gives up waiting; the request arrives all the same, a little later than the look into the log.
      world.clock.setTimer(200, () => world.delivery.commit(bo.peerId, m));
      void bo.give({ type: 'commit-answered', id: m.id, outcome: 'failed' });
      bo.onEmit = (n) => bo.relay(n);
    };
    const epoch = bo.view?.epoch ?? 0;
    await bo.give({ type: 'refresh' });
    await world.until(() => world.together(pages) && (bo.view?.epoch ?? 0) > epoch + 1);
    expect(bo.all('ask-rejoin')).toHaveLength(1);
    expect(bo.media.some((m) => m.type === 'erase')).toBe(false);
  });
});

describe('a member', () => {
  it('who hears of a newcomer only after the commit that adds them, refuses first and follows then', async () => {
    const { world, pages, bo } = await settled(2);
    world.fate = (page, push) => (page === bo && push.type === 'arrived' ? { delayMs: 700 } : 'deliver');
    const cy = await world.join('Cy');
    // At once, not when others' confirmations show that we are behind.
    await world.until(() => world.together([...pages, cy]), 1200);
    expect(bo.all('refused').map((r) => r.reason)).toEqual(['it adds somebody without a valid link proof']);
  });

  it('who hears of a departure only after the commit that removes them, refuses first and follows then', async () => {
    const { world, pages, ada } = await settled(4);
    const [cy, bo, last] = (ada.view?.members ?? [])
      .filter((m) => !m.self)
      .map((m) => pages.find((p) => p.peerId === m.peerId));
    if (!cy || !bo || !last) throw new Error('no members');
    // A host's commit may remove anybody; so it is left to Cy, who steps in for a host that does not act.
    ada.onEmit = (m) => (m.type === 'send-commit' ? undefined : ada.relay(m));
    world.fate = (page, push) => (page === bo && push.type === 'presence' ? { delayMs: 2200 } : 'deliver');
    last.leave();
    await world.until(() => world.together([cy, bo]) || bo.view?.members.length === 3, 2700);
    expect(bo.all('refused').map((r) => r.reason)).toEqual(['it removes somebody who is connected']);
  });

  it('who came with others does not add them a second time when the committer falls silent', async () => {
    const world = new World();
    const ada = await world.found('Ada');
    const guests = await Promise.all(['Bo', 'Cy', 'Di'].map((n) => world.join(n)));
    await world.until(() => world.together([ada, ...guests]));
    await world.pass(8000);
    ada.online = false;
    world.delivery.presence(ada.peerId, 'away');
    const { commits } = world.delivery.stats;
    const leaves = guests[0]?.view?.members.map((m) => m.leaf);
    await world.pass(20_000);
    expect(world.delivery.stats.commits).toBe(commits);
    expect(guests[0]?.view?.members.map((m) => m.leaf)).toEqual(leaves);
  });

  it('who is told once more what happened before a reconnect draws no wrong conclusions', async () => {
    const { world, pages, ada, bo } = await settled(2);
    const cy = await world.join('Cy');
    await world.until(() => world.together([...pages, cy]));
    await world.pass(8000);
    const entered = cy.all('entered')[0];
    if (!entered) throw new Error('no key package');
    const { keyPackage, linkProof } = entered;
    const epoch = ada.view?.epoch;
    for (const p of [ada, bo]) {
      // As if Cy had left before with the same peer id, and come back with this key package.
      await p.give({ type: 'peer-presence', peerId: cy.peerId, presence: 'left' });
      await p.give({ type: 'peer-arrived', arrival: { peerId: cy.peerId, keyPackage, linkProof } });
      const since = p.epochs()[0]?.epoch ?? 0;
      for (const commit of world.delivery.log) {
        if (commit.epoch >= since) await p.give({ type: 'committed', commit });
      }
    }
    await cy.give({
      type: 'welcomed',
      epoch: 1,
      welcome:
        world.pages.flatMap((p) => p.all('send-commit')).findLast((c) => c.welcome)?.welcome ?? random(9),
    });
    await world.pass(5000);
    expect(ada.view?.members).toHaveLength(3);
    expect(ada.view?.epoch).toBe(epoch);
    nothingRefused([ada, bo, cy]);
  });
});

describe('a member who lost track', () => {
  it('sends nothing more until it is in the next epoch, and counts what it may have missed as a change', async () => {
    const { world, pages, bo } = await settled(2);
    await bo.give({ type: 'mark-checked' });
    expect(bo.view?.changesSinceChecked).toBe(0);
    await bo.give({ type: 'replay-gone' });
    expect(bo.media.at(-1)).toEqual({ type: 'hold' });
    const epoch = bo.view?.epoch ?? 0;
    await world.until(
      () => world.together(pages) && (bo.view?.epoch ?? 0) > epoch && bo.view?.settled === true,
    );
    expect(bo.media.at(-1)?.type).toBe('send-on');
    expect(bo.view?.changesSinceChecked).toBe(1);
  });

  it('counts who came and went while it was away', async () => {
    const { world, pages, ada, bo } = await settled(2);
    await bo.give({ type: 'mark-checked' });
    bo.online = false;
    const guests = [await world.join('Cy'), await world.join('Di'), await world.join('Eve')];
    await world.until(() => world.together([ada, ...guests]) || (ada.view?.members.length ?? 0) === 5);
    bo.online = true;
    await bo.give({ type: 'replay-gone' });
    await world.until(() => world.together([...pages, ...guests]));
    expect(bo.view?.changesSinceChecked).toBe(3);
  });

  it('calls those removed whom a host has sent out while it was away, and those who went gone', async () => {
    const { world, pages, ada, bo } = await settled(2);
    const [cy, di] = [await world.join('Cy'), await world.join('Di')];
    await world.until(() => world.together([...pages, cy, di]));
    await bo.give({ type: 'mark-checked' });
    bo.online = false;
    await ada.give({ type: 'remove', peerId: cy.peerId, how: 'out' });
    di.leave();
    await world.until(() => ada.view?.members.length === 2);
    await world.pass(5_000);
    bo.online = true;
    await bo.give({ type: 'replay-gone' });
    await world.until(() => world.together(pages));
    expect(bo.view?.changes.map(({ what, name }) => `${name} ${what}`)).toEqual(['Cy removed', 'Di left']);
  });

  it('is not led back into an epoch that is over by somebody who kept it', async () => {
    const { world, ada, bo } = await settled(2);
    const eve = await Insider.join(world, 'Eve');
    await world.until(() => bo.view?.members.length === 3);
    const kept = eve.raw;
    for (let i = 0; i < 2; i++) {
      const epoch = ada.view?.epoch ?? 0;
      await world.pass(11_000);
      await ada.give({ type: 'refresh' });
      await world.until(() => (bo.view?.epoch ?? 0) > epoch);
    }
    const epoch = bo.view?.epoch ?? 0;
    bo.onEmit = () => undefined;
    await bo.give({ type: 'replay-gone' });
    const asked = decodeExactly(bo.all('ask-rejoin')[0]?.keyPackage ?? random(9));
    if (asked?.wireformat !== 'mls_key_package') throw new Error('no key package');
    const leaf = bo.view?.members.find((m) => m.self)?.leaf ?? 0;
    const add = { proposalType: 'add', add: { keyPackage: asked.keyPackage } } as const;
    const { welcome } = await eve.craft([removeOf(leaf), add, eve.psk()], kept);
    if (!welcome) throw new Error('no Welcome');
    await bo.give({ type: 'welcomed', epoch: Number(kept.groupContext.epoch) + 1, welcome });
    expect(bo.all('refused').at(-1)?.reason).toBe('it leads into an epoch that is over');
    expect(bo.view?.epoch).toBe(epoch);
  });
});

describe('a lost group', () => {
  it('is followed by a new one: old keys are erased first, because epochs count from 0 again', async () => {
    const { world, ada } = await settled(2);
    await ada.give({ type: 'replay-gone' });
    const { newMeetingId } = await import('./testing/delivery.ts');
    await ada.give({ type: 'found', ...world.delivery.life, meetingId: newMeetingId() });
    const last = ada.media.slice(-3).map((m) => m.type);
    expect(last).toEqual(['erase', 'epoch', 'send-on']);
    expect(ada.view?.epoch).toBe(0);
    expect(ada.view?.members.map((m) => m.self)).toEqual([true]);
  });

  it('is not founded again under the name of one that lives: its epochs would stay below those that the media has', async () => {
    const { world, bo } = await settled(2);
    await bo.give({ type: 'replay-gone' });
    await bo.give({ type: 'await-welcome', meetingId: world.delivery.meetingId });
    await bo.give({ type: 'found', ...world.delivery.life });
    expect(bo.all('refused').map((r) => r.reason)).toEqual(['told to found a group that exists']);
    expect(bo.view?.members).toHaveLength(2);
    expect(bo.epochs().filter((e) => e.epoch === 0)).toEqual([]);
  });

  it('is not believed of by a member who is in a group that works', async () => {
    const { world, bo } = await settled(2);
    const { newMeetingId } = await import('./testing/delivery.ts');
    const epoch = bo.view?.epoch;
    const meetingId = newMeetingId();
    await bo.give({ type: 'found', ...world.delivery.life });
    await bo.give({ type: 'await-welcome', meetingId });
    expect(bo.all('refused')).toHaveLength(2);
    expect(bo.view?.epoch).toBe(epoch);
    expect(bo.media.some((m) => m.type === 'erase')).toBe(false);
  });
});

describe('secrets', () => {
  it('of a group and a link that are wiped are zero', async () => {
    const world = new World();
    await world.found();
    const eve = await Insider.join(world);
    const { id } = eve;
    const own = await someone({ roomId: world.delivery.roomId, fragment: world.fragment });
    const policy = await policyOf(own.id, world.delivery);
    const group = await foundGroup(own.id, own.own, { policy, cache: new WeakMap() });
    const secrets: Uint8Array[] = [
      ...Object.values(group.state.keySchedule),
      ...Object.values(group.state.privatePath.privateKeys),
    ];
    expect(secrets.length).toBeGreaterThan(8);
    expect(secrets.every((s) => s.some((b) => b !== 0))).toBe(true);
    wipeGroup(group);
    expect(secrets.every((s) => s.every((b) => b === 0))).toBe(true);
    const { nameKey, psk, proofKey } = id.link;
    expect(psk.some((b) => b !== 0)).toBe(true);
    wipeIdentity(id);
    expect([...nameKey, ...psk].every((b) => b === 0)).toBe(true);
    expect(proofKey.extractable).toBe(false);
  });
});
