// Whoever a host has blocked stays so whatever the server remembers of it: the one of these tests remembers nothing.
import { describe, expect, it } from 'vitest';
import { hex } from '../link/bytes.ts';
import { memoryVault } from '../vault/deviceKey.ts';
import { knocksOf, type Page, World } from './testing/world.ts';

const refusals = (p: Page) =>
  p.all('ask-server').flatMap((e) => (e.name === 'host:refuse' || e.name === 'host:remove' ? [e] : []));
/** Whom the server was told to turn away, each time. */
const told = (p: Page) =>
  p.all('ask-server').flatMap((e) => (e.name === 'host:blocked' ? [e.data.keyHashes.map(hex)] : []));
function blockedFor(p: Page) {
  const [first] = p.view?.blocked ?? [];
  if (!first) throw new Error('nobody is blocked');
  return first;
}
/** Was this page ever to show that somebody of the name knocks? */
const shownAsWaiting = (p: Page, name: string) =>
  p.all('knocks').some(({ knocks }) => knocks.some((k) => k.name === name));

/** Ada's meeting, from which Eve was sent out, usually for good. Cy is a host, too. */
async function blocked(admission: 'link' | 'lobby', how: 'block' | 'out' = 'block') {
  const world = new World({ admission });
  const [adas, eves] = [memoryVault(), memoryVault()];
  const ada = await world.found('Ada', adas);
  const come = async (name: string, vault = memoryVault()) => {
    if (admission === 'lobby') return world.admit(ada, name, vault);
    const page = await world.join(name, vault);
    await world.until(() => page.view !== undefined);
    return page;
  };
  const [eve, cy] = [await come('Eve', eves), await come('Cy')];
  await world.until(() => world.together([ada, eve, cy]));
  await ada.give({ type: 'promote', peerId: cy.peerId });
  await world.until(() => cy.view?.members.find((m) => m.self)?.role === 'host');
  await ada.give({ type: 'remove', peerId: eve.peerId, how });
  await world.until(() => world.together([ada, cy]));
  await world.pass(5000);
  return { world, ada, cy, adas, eves };
}

describe('a blocked key', () => {
  it('that the server lets knock again is turned away by the host’s page, which shows no card and lets nobody decide', async () => {
    const { world, ada, cy, eves } = await blocked('lobby');
    const before = ada.all('knocks').length;
    const eve = await world.join('Eve', eves);
    await world.until(() => eve.turnedAway === 'blocked');
    await ada.give({ type: 'admit', ...eve.card });
    await world.pass(10_000);
    for (const host of [ada, cy]) {
      expect(
        host
          .all('knocks')
          .slice(before)
          .flatMap((k) => k.knocks),
      ).toEqual([]);
      expect(refusals(host).at(-1)?.data).toEqual({ peerId: eve.peerId, block: true });
      expect(host.all('refused')).toEqual([]);
    }
    expect(ada.all('deed-refused').map((d) => d.reason)).toEqual(['That person does not wait any more.']);
    expect([eve.view, ada.view?.members.length]).toEqual([undefined, 2]);
  });

  it('that waits when a meeting begins is turned away by whoever founds it', async () => {
    const { world, ada, cy, adas, eves } = await blocked('lobby');
    for (const p of [ada, cy]) p.leave();
    await world.pass(1000);
    const eve = await world.join('Eve', eves);
    const again = await world.join('Ada', adas);
    await world.until(() => eve.turnedAway === 'blocked');
    await world.pass(1000);
    expect([shownAsWaiting(again, 'Eve'), knocksOf(again)]).toEqual([false, []]);
  });

  it('at the door is turned away there by one host, and afterwards by another one’s page', async () => {
    const { world, ada, cy } = await blocked('lobby');
    const vault = memoryVault();
    const mallory = await world.join('Mallory', vault);
    await world.until(() => knocksOf(cy).includes(mallory.peerId));
    await cy.give({ type: 'refuse', ...mallory.card, block: true });
    await world.until(() => mallory.turnedAway === 'blocked');
    await world.pass(500);
    cy.leave();
    const shown = ada.all('knocks').length;
    const again = await world.join('Mallory', vault);
    await world.until(() => again.turnedAway === 'blocked');
    expect(
      ada
        .all('knocks')
        .slice(shown)
        .flatMap((k) => k.knocks),
    ).toEqual([]);
  });

  it('that the server lets in by the link is sent away by the hosts’ pages, once each', async () => {
    const { world, ada, cy, eves } = await blocked('link');
    const before = refusals(ada).length;
    const eve = await world.join('Eve', eves);
    await world.until(() => eve.turnedAway === 'removed');
    await world.join('Di');
    await world.until(() => ada.view?.members.length === 3);
    await world.pass(10_000);
    expect(
      refusals(ada)
        .slice(before)
        .map((e) => e.data),
    ).toEqual([{ peerId: eve.peerId, how: 'block' }]);
    expect(refusals(cy).map((e) => e.data)).toEqual([{ peerId: eve.peerId, how: 'block' }]);
    expect(eve.view).toBeUndefined();
  });

  it('that was only sent out, and that the server lets in by the link, is sent back to the door by the hosts’ pages, once each', async () => {
    const { world, ada, cy, eves } = await blocked('link', 'out');
    const before = refusals(ada).length;
    const eve = await world.join('Eve', eves);
    await world.until(() => eve.turnedAway === 'removed');
    await world.join('Di');
    await world.until(() => ada.view?.members.length === 3);
    await world.pass(10_000);
    for (const asked of [refusals(ada).slice(before), refusals(cy)])
      expect(asked.map((e) => e.data)).toEqual([{ peerId: eve.peerId, how: 'lobby' }]);
    expect(eve.view).toBeUndefined();
  });

  it('that a host has unblocked may knock again; nothing that it had before lets it in, and another host sees its name', async () => {
    const { world, ada, cy, eves } = await blocked('lobby');
    const eve = blockedFor(cy);
    expect(eve.name).toBe('Eve');
    await cy.give({ type: 'unblock', key: eve.key });
    await world.until(() => ada.view?.blocked.length === 0 && told(cy).length > 0);
    expect([told(ada), told(cy)]).toEqual([[[eve.key]], [[]]]);
    const again = await world.join('Eve', eves);
    await world.until(() => knocksOf(ada).includes(again.peerId));
    await world.pass(10_000);
    expect(again.turnedAway).toBeUndefined();
    // What it had been admitted by the first time.
    const old = ada.all('ask-server').flatMap((e) => (e.name === 'host:admit' ? [e.data.ticket] : []))[0];
    if (!old) throw new Error('Eve was never admitted');
    world.delivery.admit(again.peerId, old, undefined);
    await world.pass(5_000);
    expect([again.view, ada.view?.members.length]).toEqual([undefined, 2]);
  });

  it('is unblocked by no guest, who is shown none, nor twice, nor where it was never blocked', async () => {
    const { world, ada, cy } = await blocked('lobby');
    const { key } = blockedFor(cy);
    await ada.give({ type: 'demote', peerId: cy.peerId });
    await world.until(() => cy.view?.members.find((m) => m.self)?.role === 'guest');
    expect(cy.view?.blocked).toEqual([]);
    await cy.give({ type: 'unblock', key });
    await ada.give({ type: 'unblock', key: '0'.repeat(64) });
    await world.pass(2_000);
    expect(ada.view?.blocked).toHaveLength(1);
    await ada.give({ type: 'unblock', key });
    await ada.give({ type: 'unblock', key });
    await world.pass(2_000);
    expect(ada.view?.blocked).toEqual([]);
    const said = (p: Page) => p.all('deed-refused').map(({ reason }) => reason);
    expect(said(cy)).toEqual(['Only a host can do that.']);
    expect(said(ada)).toEqual(Array(2).fill('That device is not blocked any more.'));
  });

  it('that was blocked at the door is called there by the name it knocked under, and whoever founds the next meeting tells the server of all', async () => {
    const { world, ada, cy, adas } = await blocked('lobby');
    const mallory = await world.join('Mallory');
    await world.until(() => knocksOf(ada).includes(mallory.peerId));
    await ada.give({ type: 'refuse', ...mallory.card, block: true });
    await world.until(() => ada.view?.blocked.length === 2 && told(ada).length === 2);
    expect(ada.view?.blocked.map(({ name }) => name)).toEqual(['Eve', 'Mallory']);
    const keys = ada.view?.blocked.map(({ key }) => key);
    for (const p of [ada, cy]) p.leave();
    await world.pass(1_000);
    const again = await world.join('Ada', adas);
    await world.until(() => told(again).length > 0);
    expect([told(ada).at(-1), told(again)]).toEqual([keys, [keys]]);
  });

  it('is nothing to guests: their pages ask the server for nothing', async () => {
    const { world, ada, cy, eves } = await blocked('link');
    await ada.give({ type: 'demote', peerId: cy.peerId });
    await world.until(() => cy.view?.members.find((m) => m.self)?.role === 'guest');
    const eve = await world.join('Eve', eves);
    await world.until(() => eve.turnedAway === 'removed');
    await world.pass(1000);
    expect(refusals(cy)).toEqual([]);
  });
});
