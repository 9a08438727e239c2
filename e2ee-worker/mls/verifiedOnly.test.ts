// Where only verified people may be: whose key no host has compared does not come in, whatever else lets it in, and whoever helps it.
import { describe, expect, it } from 'vitest';
import { keyHash } from '../link/keyHash.ts';
import { memoryVault, type Vault } from '../vault/deviceKey.ts';
import { NOTHING } from './imposed.ts';
import { signTicket } from './issuing.ts';
import { random } from './testing/insider.ts';
import { nothingRefused } from './testing/settled.ts';
import { Siege } from './testing/siege.ts';
import { knocksOf, type Page, World } from './testing/world.ts';

const IMPOSED = { ...NOTHING, verifiedOnly: true };
const COMPARE = 'Only people whose key a host has compared may come in: compare theirs first.';
const deeds = (page: Page) => page.all('deed-refused').map((r) => r.reason);
const knock = (at: Page, of: Page) =>
  at
    .all('knocks')
    .at(-1)
    ?.knocks.find((k) => k.peerId === of.peerId);

async function founded(adas: Vault = memoryVault()) {
  const world = new World({ admission: 'lobby' });
  const ada = world.add('Ada', adas);
  await world.makeRoom(ada);
  world.delivery.imposed = IMPOSED;
  await ada.enter(world.fragment);
  await world.until(() => ada.view !== undefined);
  return { world, ada };
}

async function knocked(world: World, ada: Page, name: string, vault?: Vault): Promise<Page> {
  const page = await world.join(name, vault);
  await world.until(() => knocksOf(ada).includes(page.peerId));
  return page;
}

async function compare(ada: Page, of: Page, otherwise: { name?: string; pairCode?: string[] } = {}) {
  const { name = of.name, pairCode = [] } = knock(ada, of) ?? {};
  await ada.give({ type: 'verify', peerId: of.peerId, name, pairCode, verified: true, ...otherwise });
}

describe('a meeting of verified people', () => {
  it('is told to the server as one with a lobby, and no host undoes either', async () => {
    const { world, ada } = await founded();
    await ada.give({ type: 'change-settings', settings: { verifiedOnly: false, lobby: false } });
    await world.pass(5000);
    expect(ada.view?.settings).toMatchObject({ verifiedOnly: true, lobby: true });
    const told = ada.all('ask-server').flatMap((e) => (e.name === 'host:settings' ? [e.data] : []));
    expect(told.at(-1)).toEqual({ verifiedOnly: true, lobby: true, locked: false });
  });

  it('takes who knocks once the host has compared keys with them, and not before', async () => {
    const { world, ada } = await founded();
    const bo = await knocked(world, ada, 'Bo');
    await ada.give({ type: 'admit', ...bo.card });
    await world.pass(5000);
    expect([deeds(ada), bo.view]).toEqual([[COMPARE], undefined]);
    await compare(ada, bo);
    expect(knock(ada, bo)?.mark).toBe('verified');
    await ada.give({ type: 'admit', ...bo.card });
    await world.until(() => world.together([ada, bo]));
    nothingRefused([ada, bo]);
  });

  it('takes them at the next meeting without comparing again, also after a reload, but not under another name', async () => {
    const [adas, bos] = [memoryVault(), memoryVault()];
    const first = await founded(adas);
    const bo = await knocked(first.world, first.ada, 'Bo', bos);
    await compare(first.ada, bo);
    const next = await founded(adas);
    const again = await knocked(next.world, next.ada, 'Bo', bos);
    await next.ada.give({ type: 'admit', ...again.card });
    await next.world.until(() => next.world.together([next.ada, again]));
    again.leave();
    await next.world.until(() => next.ada.view?.members.length === 1);
    const reloaded = await next.world.join('Bo', bos);
    await next.world.until(() => next.world.together([next.ada, reloaded]));
    reloaded.leave();
    const third = await founded(adas);
    const other = await knocked(third.world, third.ada, 'Charles', bos);
    await third.ada.give({ type: 'admit', ...other.card });
    await third.world.pass(5000);
    expect([deeds(third.ada), other.view]).toEqual([[COMPARE], undefined]);
  });

  it('does not take a comparison with another code or name than who knocks has', async () => {
    const { world, ada } = await founded();
    const bo = await knocked(world, ada, 'Bo');
    await compare(ada, bo, { name: 'Charles' });
    await compare(ada, bo, { pairCode: ['00000', '00000', '00000', '00000'] });
    expect(knock(ada, bo)?.mark).toBe('new');
    expect(deeds(ada)).toHaveLength(2);
  });

  it('lets other devices of its host in, which have shown their code', async () => {
    const { world, ada } = await founded();
    const phone = await knocked(world, ada, 'Ada’s phone');
    await ada.give({ type: 'start-delegation' });
    const code = ada.all('delegation-code').at(-1)?.code ?? [];
    await phone.give({ type: 'delegate', code });
    await world.until(() => world.together([ada, phone]));
    expect(phone.view?.members.find((m) => m.self)?.role).toBe('host');
    nothingRefused([ada, phone]);
  });

  it('is one for who comes from then on when a host wants it', async () => {
    const world = new World();
    const ada = await world.found('Ada');
    const bo = await world.join('Bo');
    await world.until(() => world.together([ada, bo]));
    await ada.give({ type: 'change-settings', settings: { verifiedOnly: true } });
    await world.until(() => bo.view?.settings.verifiedOnly === true);
    const cy = await knocked(world, ada, 'Cy');
    await ada.give({ type: 'admit', ...cy.card });
    await world.pass(5000);
    expect([deeds(ada), cy.view, ada.view?.members.length]).toEqual([[COMPARE], undefined, 2]);
  });
});

describe('an attacker inside, with a server that orders whatever it sends', () => {
  async function besieged() {
    const siege = await Siege.lay();
    for (const page of siege.honest)
      await page.give({ type: 'restricted', latestEnd: siege.world.delivery.latestEnd, imposed: IMPOSED });
    await siege.world.until(() => siege.honest.every((p) => p.view?.imposed.verifiedOnly === true));
    await siege.world.pass(8000);
    await siege.follow();
    await siege.standStill();
    siege.silence();
    return siege;
  }
  const ticketOf = (siege: Siege, key: Uint8Array, verified: boolean) => {
    const { roomId, meetingId, expiresAt } = siege.world.delivery;
    const { revision } = siege.policyNow();
    const rest = { role: 'guest', nonce: random(16), revision, expiresAt, verified } as const;
    return signTicket(siege.root, { roomId, meetingId, subjectHash: keyHash(key), ...rest });
  };

  it('adds nobody whose ticket does not say that a host has compared their key', async () => {
    const siege = await besieged();
    const ghost = await siege.stranger();
    await siege.announce(ghost, await ticketOf(siege, ghost.id.device.publicKey, false));
    await siege.attackWithAdd(ghost);
    await siege.refusedByAll(/may not come in: a ticket for somebody who was not verified/);
  });

  it('can add those of whom it says so', async () => {
    const siege = await besieged();
    const guest = await siege.stranger();
    await siege.announce(guest, await ticketOf(siege, guest.id.device.publicKey, true));
    await siege.attackWithAdd(guest);
    await siege.world.until(() => siege.honest.every((p) => p.view?.members.length === 4));
  });
});
