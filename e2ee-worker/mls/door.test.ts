// Hosts hold the door: who comes in, who does not, who is sent out, and who may say so.
import { describe, expect, it } from 'vitest';
import type { PeerId } from '#protocol';
import { memoryVault } from '../vault/deviceKey.ts';
import { newPeerId } from './testing/delivery.ts';
import { nothingRefused } from './testing/settled.ts';
import { knocksOf, type Page, World } from './testing/world.ts';

const roleOf = (at: Page, of: Page) => at.view?.members.find((m) => m.peerId === of.peerId)?.role;
const errands = (p: Page) => p.all('ask-server').map((e) => e.name);

async function lobby() {
  const world = new World({ admission: 'lobby' });
  const [adas, bos] = [memoryVault(), memoryVault()];
  const ada = await world.found('Ada', adas);
  const bo = await world.admit(ada, 'Bo', bos);
  await world.until(() => world.together([ada, bo]));
  return { world, ada, bo, adas, bos };
}

/** Another host, made by Ada. */
async function twoHosts() {
  const all = await lobby();
  const { world, ada, bo } = all;
  await ada.give({ type: 'promote', peerId: bo.peerId });
  await world.until(() => roleOf(ada, bo) === 'host' && roleOf(bo, bo) === 'host');
  return all;
}

describe('a lobby', () => {
  it('keeps people waiting until a host lets them in, and tells the host who they are', async () => {
    const world = new World({ admission: 'lobby' });
    const ada = await world.found('Ada');
    expect(ada.view?.settings).toMatchObject({ lobby: true, locked: false });
    const bo = await world.join('Bo');
    await world.until(() => knocksOf(ada).includes(bo.peerId));
    expect(ada.all('knocks').at(-1)?.knocks[0]).toMatchObject({
      name: 'Bo',
      mark: 'new',
      knownAs: [],
      fingerprint: bo.all('entered')[0]?.fingerprint,
    });
    await world.pass(20_000);
    expect(bo.view).toBeUndefined();
    await ada.give({ type: 'admit', ...bo.card });
    await world.until(() => world.together([ada, bo]));
    expect(knocksOf(ada)).toEqual([]);
    expect([roleOf(bo, ada), roleOf(bo, bo)]).toEqual(['host', 'guest']);
    nothingRefused([ada, bo]);
  });

  it('lets somebody who was admitted back in after a reload, without a knock', async () => {
    const { world, ada, bo, bos } = await lobby();
    bo.leave();
    await world.until(() => ada.view?.members.length === 1);
    const again = await world.join('Bo', bos);
    await world.until(() => world.together([ada, again]));
    nothingRefused([ada, again]);
  });

  it('works while the tab of the host sleeps: any member adds those who have a ticket', async () => {
    const { world, ada, bo } = await lobby();
    await world.pass(8000);
    const cy = await world.join('Cy');
    await world.until(() => knocksOf(ada).includes(cy.peerId));
    await ada.give({ type: 'admit', ...cy.card });
    ada.onEmit = (m) => (m.type === 'send-commit' ? undefined : ada.relay(m));
    await world.until(() => world.together([ada, bo, cy]));
    expect(world.delivery.log.at(-1)?.from).toBe(bo.peerId);
    nothingRefused([ada, bo, cy]);
  });

  it('is not for its own host: the one whose room it is reloads and is a host again', async () => {
    const { world, ada, bo, adas } = await lobby();
    ada.leave();
    await world.until(() => bo.view?.members.length === 1);
    const cy = await world.join('Cy');
    const again = await world.join('Ada', adas);
    await world.until(() => world.together([again, bo]));
    expect(roleOf(bo, again)).toBe('host');
    await world.until(() => knocksOf(again).includes(cy.peerId));
    await again.give({ type: 'admit', ...cy.card });
    await world.until(() => world.together([again, bo, cy]));
    nothingRefused([again, bo, cy]);
  });

  it('shows no knock to guests, and lets none of them decide', async () => {
    const { world, ada, bo } = await lobby();
    const cy = await world.join('Cy');
    await world.until(() => knocksOf(ada).includes(cy.peerId));
    const knock = ada.all('knocks').at(-1)?.knocks[0];
    const entered = cy.all('entered')[0];
    if (!knock || !entered) throw new Error('no knock');
    const { keyPackage, linkProof } = entered;
    await bo.give({ type: 'knocked', arrival: { peerId: cy.peerId, keyPackage, linkProof }, since: 1 });
    await bo.give({ type: 'admit', ...cy.card });
    await bo.give({ type: 'change-settings', settings: { lobby: false } });
    await bo.give({ type: 'remove', peerId: ada.peerId, how: 'out' });
    await bo.give({ type: 'say', what: 'mute' });
    await world.pass(3000);
    expect(bo.all('knocks')).toEqual([]);
    expect(bo.all('deed-refused').map((f) => f.reason)).toEqual(Array(4).fill('Only a host can do that.'));
    expect(errands(bo)).toEqual([]);
    expect(ada.view?.members).toHaveLength(2);
  });

  it('does not show a knock without the link, and says so', async () => {
    const { world, ada } = await lobby();
    const cy = await world.join('Cy');
    await world.until(() => knocksOf(ada).includes(cy.peerId));
    const { keyPackage } = cy.all('entered')[0] ?? { keyPackage: new Uint8Array() };
    const arrival = { peerId: cy.peerId, keyPackage, linkProof: new Uint8Array(32) };
    await ada.give({ type: 'knock-left', peerId: cy.peerId });
    await ada.give({ type: 'knocked', arrival, since: 1 });
    expect(ada.all('refused')).toEqual([{ type: 'refused', what: 'knock', reason: 'no valid link proof' }]);
    expect(knocksOf(ada)).toEqual([]);
  });

  it('gives the places of those who cannot have the link back, at most five in a second', async () => {
    const { world, ada, bo } = await lobby();
    const entered = bo.all('entered')[0];
    if (!entered) throw new Error('no knock');
    const strangers = Array.from({ length: 50 }, newPeerId);
    const knock = (peerId: PeerId) => {
      const arrival = { peerId, keyPackage: entered.keyPackage, linkProof: new Uint8Array(32) };
      world.delivery.join(arrival, () => undefined);
    };
    for (const s of strangers) knock(s);
    const refusals = () => ada.all('ask-server').flatMap((e) => (e.name === 'host:refuse' ? [e.data] : []));
    const before = refusals().length;
    await world.pass(1000);
    expect(refusals().length - before).toBeGreaterThan(3);
    expect(refusals().length - before).toBeLessThanOrEqual(6);
    // Whoever has gone by then is not asked for.
    const last = strangers.at(-1);
    if (last) world.delivery.leave(last);
    await world.pass(20_000);
    expect(refusals()).toEqual(strangers.slice(0, -1).map((peerId) => ({ peerId, block: false })));
    expect(errands(bo)).not.toContain('host:refuse');
  });

  it('is left alone by a host who has left', async () => {
    const { world, ada, bo } = await lobby();
    const entered = bo.all('entered')[0];
    if (!entered) throw new Error('no knock');
    for (let i = 0; i < 10; i++) {
      const arrival = { peerId: newPeerId(), keyPackage: entered.keyPackage, linkProof: new Uint8Array(32) };
      await ada.give({ type: 'knocked', arrival, since: 1 });
    }
    await ada.give({ type: 'leave' });
    const asked = errands(ada).length;
    await world.pass(10_000);
    expect(errands(ada)).toHaveLength(asked);
  });
});

describe('a host', () => {
  it('who was demoted and is made one again sees who waits then, and nobody who has gone meanwhile', async () => {
    const { world, ada, bo } = await twoHosts();
    const [cy, di] = [await world.join('Cy'), await world.join('Di')];
    await world.until(() => knocksOf(bo).length === 2);
    await ada.give({ type: 'demote', peerId: bo.peerId });
    await world.until(() => roleOf(bo, bo) === 'guest');
    expect(knocksOf(bo)).toEqual([]);
    // On its way when the server heard that Bo is no host any more.
    const entered = cy.all('entered')[0];
    if (!entered) throw new Error('no knock');
    const { keyPackage, linkProof } = entered;
    await bo.give({ type: 'knocked', arrival: { peerId: cy.peerId, keyPackage, linkProof }, since: 1 });
    await world.pass(1000);
    world.delivery.leave(cy.peerId);
    await world.pass(1000);
    await ada.give({ type: 'promote', peerId: bo.peerId });
    await world.until(() => roleOf(bo, bo) === 'host');
    await world.pass(1000);
    expect(knocksOf(bo)).toEqual([di.peerId]);
    nothingRefused([ada, bo]);
  });

  it('changes the rules, and everybody has them one commit later, with fresh keys soon after', async () => {
    const { world, ada, bo } = await lobby();
    const { commits } = world.delivery.stats;
    await ada.give({ type: 'change-settings', settings: { share: 'hosts', muteOnEntry: true } });
    await ada.give({ type: 'change-settings', settings: { lobby: false } });
    await world.until(() => bo.view?.settings.lobby === false && world.together([ada, bo]));
    expect(bo.view?.settings).toEqual({
      recording: true,
      verifiedOnly: false,
      suite: 'x25519',
      lobby: false,
      locked: false,
      share: 'hosts',
      chat: true,
      chatLifetimeS: null,
      muteOnEntry: true,
    });
    const cy = await world.join('Cy');
    await world.until(() => world.together([ada, bo, cy]));
    await world.pass(11_000);
    expect(world.delivery.stats.commits).toBeGreaterThan(commits + 2);
    nothingRefused([ada, bo, cy]);
  });

  it('and another one who change the rules at the same time both get what they want', async () => {
    const { world, ada, bo } = await twoHosts();
    void ada.give({ type: 'change-settings', settings: { chat: false } });
    void bo.give({ type: 'change-settings', settings: { muteOnEntry: true } });
    await world.until(
      () => world.together([ada, bo]) && bo.view?.settings.chat === false && bo.view.settings.muteOnEntry,
    );
    expect(ada.view?.settings).toMatchObject({ chat: false, chatLifetimeS: null, muteOnEntry: true });
    nothingRefused([ada, bo]);
  });

  it('sends somebody out at once, although the server never says that they have left', async () => {
    const { world, ada, bo } = await lobby();
    const cy = await world.admit(ada, 'Cy');
    await world.until(() => world.together([ada, bo, cy]));
    await ada.give({ type: 'mark-checked' });
    await bo.give({ type: 'mark-checked' });
    ada.onEmit = (m) => (m.type === 'ask-server' ? undefined : ada.relay(m));
    const started = world.clock.now();
    await ada.give({ type: 'remove', peerId: cy.peerId, how: 'out' });
    await world.until(() => world.together([ada, bo]));
    expect(world.clock.now() - started).toBeLessThan(5 * world.latencyMs);
    expect(ada.epochs().some((e) => e.sendNow && e.leaves.length === 2)).toBe(true);
    await world.until(() => bo.view?.changes.some((c) => c.what === 'removed') === true);
    for (const p of [ada, bo]) expect(p.view?.changes).toMatchObject([{ what: 'removed', name: 'Cy' }]);
    await world.until(() => cy.ended);
    expect(cy.all('ended')).toEqual([{ type: 'ended', reason: 'removed' }]);
    nothingRefused([ada, bo]);
  });

  it('cannot send out the one whose room it is', async () => {
    const { world, ada, bo } = await twoHosts();
    await bo.give({ type: 'remove', peerId: ada.peerId, how: 'block' });
    await bo.give({ type: 'demote', peerId: ada.peerId });
    await world.pass(2000);
    expect(bo.all('deed-refused').map((f) => f.reason)).toEqual([
      'The host whose room it is cannot be sent out.',
      'The group would refuse this: it demotes the root host.',
    ]);
    expect(roleOf(bo, ada)).toBe('host');
  });

  it('made in the meeting lets people in after the first one has left', async () => {
    const { world, ada, bo } = await twoHosts();
    ada.leave();
    await world.until(() => bo.view?.members.length === 1);
    const cy = await world.admit(bo, 'Cy');
    await world.until(() => world.together([bo, cy]));
    nothingRefused([bo, cy]);
  });

  it('cannot stop being one while there is no other', async () => {
    const { world, ada, bo } = await lobby();
    await ada.give({ type: 'demote', peerId: ada.peerId });
    await world.pass(2000);
    expect(ada.all('deed-refused').map((f) => f.reason)).toEqual([
      'There is no other host here. Make somebody else host first.',
    ]);
    expect(roleOf(bo, ada)).toBe('host');
  });

  it('whose room it is steps down, and is host again when it comes back, also where no other is left', async () => {
    const { world, ada, bo, adas } = await twoHosts();
    await ada.give({ type: 'demote', peerId: ada.peerId });
    await world.until(() => roleOf(bo, ada) === 'guest' && roleOf(ada, ada) === 'guest');
    const guest = await world.admit(bo, 'Cy');
    bo.leave();
    ada.leave();
    await world.until(() => guest.view?.members.length === 1);
    const again = await world.join('Ada', adas);
    await world.until(() => world.together([guest, again]) && roleOf(guest, again) === 'host');
    nothingRefused([guest, again]);
  });

  it('who is none any more has an empty door, and its wishes come to nothing', async () => {
    const { world, ada, bo } = await twoHosts();
    const cy = await world.join('Cy');
    await world.until(() => knocksOf(bo).includes(cy.peerId));
    await ada.give({ type: 'demote', peerId: bo.peerId });
    await world.until(() => roleOf(bo, bo) === 'guest');
    expect(knocksOf(bo)).toEqual([]);
    await bo.give({ type: 'admit', ...cy.card });
    expect(bo.all('deed-refused').map((f) => f.reason)).toEqual(['Only a host can do that.']);
  });
});

describe('somebody who was sent out', () => {
  it('does not come back under the old ticket, and does under a new one', async () => {
    const { world, ada, bo, bos } = await lobby();
    await ada.give({ type: 'remove', peerId: bo.peerId, how: 'lobby' });
    await world.until(() => ada.view?.members.length === 1);
    await world.pass(500);
    const again = await world.join('Bo', bos);
    await world.until(() => knocksOf(ada).includes(again.peerId));
    await ada.give({ type: 'admit', ...again.card });
    await world.until(() => world.together([ada, again]));
    nothingRefused([ada, again]);
  });

  it('and is let in while that is still being written down comes in', async () => {
    const { world, ada, bo, bos } = await lobby();
    await ada.give({ type: 'remove', peerId: bo.peerId, how: 'lobby' });
    const again = await world.join('Bo', bos);
    const knock = again.all('entered')[0];
    if (!knock) throw new Error('no knock');
    const { keyPackage, linkProof } = knock;
    world.delivery.tickets.clear();
    const arrival = { peerId: again.peerId, keyPackage, linkProof };
    await ada.give({ type: 'knocked', arrival, since: world.clock.now() });
    await ada.give({ type: 'admit', ...again.card });
    await world.until(() => world.together([ada, again]));
    nothingRefused([ada, again]);
  });
});

describe('a locked meeting', () => {
  /** Early knocks before the lock; Cy was in, and has left before it. */
  async function locked() {
    const { world, ada, bo, bos } = await lobby();
    const early = await world.join('Early');
    await world.until(() => knocksOf(ada).includes(early.peerId));
    const cys = memoryVault();
    const cy = await world.admit(ada, 'Cy', cys);
    cy.leave();
    await world.until(() => ada.view?.members.length === 2);
    const tickets = new Map(world.delivery.tickets);
    await ada.give({ type: 'change-settings', settings: { locked: true } });
    await world.until(() => bo.view?.settings.locked === true && world.delivery.locked);
    return { world, ada, bo, bos, cys, early, tickets };
  }

  it('takes back who was in when it was locked; hosts see all others knock, also who was in before, and may let them in', async () => {
    const { world, ada, bo, bos, cys, early } = await locked();
    bo.leave();
    await world.until(() => ada.view?.members.length === 1);
    const bo2 = await world.join('Bo', bos);
    await world.until(() => world.together([ada, bo2]));
    const cy2 = await world.join('Cy', cys);
    await world.until(() => knocksOf(ada).includes(cy2.peerId));
    expect(knocksOf(ada)).toContain(early.peerId);
    for (const { card } of [early, cy2]) await ada.give({ type: 'admit', ...card });
    await world.until(() => world.together([ada, bo2, early, cy2]));
    nothingRefused([ada, bo2, early, cy2]);
  });

  it('adds nobody by a ticket of before the lock whom the server leads in all the same', async () => {
    const { world, ada, cys, tickets } = await locked();
    for (const [key, ticket] of tickets) world.delivery.tickets.set(key, ticket);
    const cy2 = await world.join('Cy', cys);
    await world.pass(10_000);
    expect(knocksOf(ada)).not.toContain(cy2.peerId);
    expect([cy2.view, ada.view?.members.length]).toEqual([undefined, 2]);
  });
});
