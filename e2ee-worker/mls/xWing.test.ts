// Meetings whose keys are of X-Wing: everything that others do, and no way to a weaker group.
import { describe, expect, it } from 'vitest';
import { SUITES, type Suite } from '#protocol';
import { makeThrowAwayKey, memoryVault, type Vault } from '../vault/deviceKey.ts';
import { NOTHING } from './imposed.ts';
import { isStrongEnough, MLS_NAMES, suiteFor } from './suite.ts';
import { OPEN_DOOR } from './testing/policies.ts';
import { nothingRefused } from './testing/settled.ts';
import { type Page, World } from './testing/world.ts';

const reasons = (page: Page) => page.all('refused').map((r) => r.reason);
/** The server says that the meeting is of this suite, whatever the room's is. */
const enterAs = (page: Page, world: World, suite: Suite) =>
  page.give({
    type: 'enter',
    roomId: world.delivery.roomId,
    fragment: world.fragment,
    peerId: page.peerId,
    name: page.name,
    suite,
    privateSession: false,
  });

describe('a meeting of X-Wing', () => {
  it('is joined, talked in and left like any other, and everybody sees what it is', async () => {
    const world = new World({ suite: 'x-wing' });
    const [ada, bo, cy] = await world.meeting(3);
    if (!ada || !bo || !cy) throw new Error('nobody');
    for (const page of [ada, bo, cy]) {
      expect(page.view?.suite).toBe(MLS_NAMES['x-wing']);
      expect(page.all('entered')[0]?.suite).toBe('x-wing');
    }
    await ada.give({ type: 'chat-send', text: 'Hello' });
    await world.until(() => [bo, cy].every((p) => p.all('chat').some((m) => m.message.text === 'Hello')));
    const before = ada.view?.safetyCode.join();
    cy.leave();
    await world.until(() => world.together([ada, bo]));
    expect(ada.view?.safetyCode.join()).not.toBe(before);
    const epoch = ada.view?.epoch;
    await bo.give({ type: 'refresh' });
    await world.until(
      () => ada.view?.safetyCode.join() === bo.view?.safetyCode.join() && ada.view?.epoch !== epoch,
    );
    expect(new Set([ada, bo].map((p) => p.epochs().at(-1)?.baseKey.length))).toEqual(new Set([16]));
    nothingRefused([ada, bo]);
  });

  it('takes back who was away for long, in one commit', async () => {
    const world = new World({ suite: 'x-wing' });
    const [ada, bo] = await world.meeting(2);
    if (!ada || !bo) throw new Error('nobody');
    await world.pass(8000);
    await bo.give({ type: 'replay-gone' });
    await world.until(() => world.together([ada, bo]));
    nothingRefused([ada, bo]);
  });
});

describe('a weaker group than was agreed on', () => {
  async function room(vault: Vault): Promise<{ world: World; ada: Page }> {
    const world = new World({ suite: 'x-wing' });
    const ada = world.add('Ada', vault);
    await world.makeRoom(ada);
    return { world, ada };
  }

  it('is not founded by the device that made the room, whatever the server says of it', async () => {
    const { world, ada } = await room(memoryVault());
    await enterAs(ada, world, 'x25519');
    await world.until(() => ada.view !== undefined);
    expect(ada.view?.suite).toBe(MLS_NAMES['x-wing']);
    expect(ada.all('entered')[0]?.suite).toBe('x-wing');
    const bo = world.add('Bo');
    await enterAs(bo, world, 'x25519');
    await world.pass(20_000);
    expect(reasons(ada)).toContain('another cipher suite');
    expect(bo.view).toBeUndefined();
  });

  it('is not founded where the installation asks for more than the key packages are of', async () => {
    const world = new World();
    const ada = world.add('Ada');
    await world.makeRoom(ada);
    world.delivery.imposed = { ...NOTHING, suite: 'x-wing' };
    await ada.enter(world.fragment);
    await world.pass(5000);
    expect(ada.view).toBeUndefined();
    expect(reasons(ada)).toEqual(['told to found a group of a weaker cipher suite than it must have']);
  });

  it('is told from one that is strong enough, by what hosts and installation have asked for', async () => {
    const device = await makeThrowAwayKey();
    for (const [has, settings, imposed, is] of [
      ['x25519', 'x25519', 'x25519', true],
      ['x25519', 'x-wing', 'x25519', false],
      ['x25519', 'x25519', 'x-wing', false],
      ['x-wing', 'x25519', 'x25519', true],
      ['x-wing', 'x-wing', 'x-wing', true],
    ] as const) {
      const asked = { settings: { ...OPEN_DOOR, suite: settings }, imposed: { ...NOTHING, suite: imposed } };
      expect(isStrongEnough(await suiteFor(device, has), asked)).toBe(is);
    }
  });

  it('is not made of one that exists: its suite stays, whatever hosts ask and the server announces', async () => {
    const world = new World();
    const [ada, bo] = await world.meeting(2);
    if (!ada || !bo) throw new Error('nobody');
    await ada.give({ type: 'change-settings', settings: { suite: 'x-wing', chat: false } });
    const { latestEnd } = world.delivery;
    await ada.give({ type: 'restricted', latestEnd, imposed: { ...NOTHING, suite: 'x-wing', lobby: true } });
    await world.until(() => bo.view?.settings.lobby === true && !bo.view.settings.chat);
    expect([bo.view?.settings.suite, bo.view?.imposed.suite]).toEqual(['x25519', 'x25519']);
    nothingRefused([ada, bo]);
  });
});

it('there are two suites, the weakest first', () => {
  expect(SUITES).toEqual(['x25519', 'x-wing']);
  expect(MLS_NAMES).toEqual({
    x25519: 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519',
    'x-wing': 'MLS_256_XWING_AES256GCM_SHA512_Ed25519',
  });
});
