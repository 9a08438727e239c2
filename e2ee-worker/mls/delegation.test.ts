// Another device of the same person: made a host of the room by a code that is read from one screen and typed at another.
import { describe, expect, it } from 'vitest';
import { memoryVault, type Vault } from '../vault/deviceKey.ts';
import { Delegation, delegationMac } from './delegation.ts';
import { newPeerId } from './testing/delivery.ts';
import { random, someone } from './testing/insider.ts';
import { knocksOf, type Page, World } from './testing/world.ts';

const roleOf = (at: Page, of: Page) => at.view?.members.find((m) => m.peerId === of.peerId)?.role;

async function knocking(vault: Vault = memoryVault()) {
  const world = new World({ admission: 'lobby' });
  const adas = memoryVault();
  const ada = await world.found('Ada', adas);
  const phone = await world.join('Ada on the phone', vault);
  await world.until(() => knocksOf(ada).includes(phone.peerId));
  await ada.give({ type: 'start-delegation' });
  const [shown] = ada.all('delegation-code');
  if (!shown) throw new Error('no code');
  return { world, ada, adas, phone, vault, code: shown.code };
}

describe('another device', () => {
  it('with the code comes in as a host, and is one in later meetings without the first device', async () => {
    const { world, ada, phone, vault, code } = await knocking();
    expect(code.join(' ')).toMatch(/^(\d{5} ){3}\d{5}$/);
    await phone.give({ type: 'delegate', code });
    await world.until(() => world.together([ada, phone]) && roleOf(ada, phone) === 'host');
    expect(ada.all('refused')).toEqual([]);
    ada.leave();
    phone.leave();
    await world.pass(1000);
    const later = await world.join('Ada on the phone', vault);
    await world.until(() => later.view !== undefined);
    expect(roleOf(later, later)).toBe('host');
    const guest = await world.admit(later, 'Bo');
    await world.until(() => world.together([later, guest]));
    expect(guest.all('refused')).toEqual([]);
  });

  it('that comes to a meeting whose policy does not know it puts itself on the list of hosts', async () => {
    const { world, ada, adas, phone, vault, code } = await knocking();
    await phone.give({ type: 'delegate', code });
    await world.until(() => world.together([ada, phone]));
    ada.leave();
    phone.leave();
    await world.pass(1000);
    // As if the first device had lost what it knew of the second.
    const { roomId } = world.delivery;
    await adas.memory.rememberRoom({ roomId, lobby: true, issued: [], usedAt: 1 });
    const first = await world.join('Ada', adas);
    await world.until(() => first.view !== undefined);
    const again = await world.join('Ada on the phone', vault);
    await world.until(() => world.together([first, again]) && roleOf(first, again) === 'host');
    expect([...first.all('refused'), ...again.all('refused'), ...again.all('fault')]).toEqual([]);
  });

  it('that the link has let in already becomes a host by the code, and is one in later meetings without the first device', async () => {
    const world = new World();
    const ada = await world.found('Ada');
    const vault = memoryVault();
    const phone = await world.join('Ada on the phone', vault);
    const bo = await world.join('Bo');
    await world.until(() => world.together([ada, phone, bo]));
    await ada.give({ type: 'start-delegation' });
    const code = ada.all('delegation-code')[0]?.code ?? [];
    await bo.give({ type: 'delegate', code: ['00000', '00000', '00000', '00000'] });
    await world.pass(2000);
    expect(ada.all('refused').map((r) => r.reason)).toEqual(['a wrong or used code for another device']);
    await phone.give({ type: 'delegate', code });
    await world.until(() => roleOf(bo, phone) === 'host' && roleOf(phone, phone) === 'host');
    // Overheard and used again: too late.
    await bo.give({ type: 'delegate', code });
    await world.pass(2000);
    expect(roleOf(ada, bo)).toBe('guest');
    for (const page of [ada, phone, bo]) page.leave();
    await world.pass(1000);
    const later = await world.join('Ada on the phone', vault);
    await world.until(() => later.view !== undefined);
    expect(roleOf(later, later)).toBe('host');
  });

  it('that nobody has heard of at the door, with digits or junk, changes nothing for a host or a guest', async () => {
    const { world, ada } = await knocking();
    const bo = await world.admit(ada, 'Bo');
    for (const page of [ada, bo]) {
      const before = page.emitted.length;
      await page.give({ type: 'knock-delegated', peerId: newPeerId(), mac: random(32) });
      await world.pass(1000);
      expect(page.emitted.slice(before).filter((m) => m.type !== 'view')).toEqual([]);
    }
  });

  it('with a wrong code stays outside', async () => {
    const { world, ada, phone } = await knocking();
    await phone.give({ type: 'delegate', code: ['00000', '00000', '00000', '00000'] });
    await world.pass(5000);
    expect(ada.all('refused')).toEqual([
      { type: 'refused', what: 'knock', reason: 'a wrong or used code for another device' },
    ]);
    expect(phone.view).toBeUndefined();
    expect(ada.all('ask-server').map((e) => e.name)).not.toContain('host:admit');
  });

  it('cannot use the code that another one has used', async () => {
    const { world, ada, phone, code } = await knocking();
    await phone.give({ type: 'delegate', code });
    await world.until(() => world.together([ada, phone]));
    const second = await world.join('Mallory');
    await world.until(() => knocksOf(ada).includes(second.peerId));
    await second.give({ type: 'delegate', code });
    await world.pass(5000);
    expect(second.view).toBeUndefined();
    expect(ada.all('refused').map((r) => r.reason)).toEqual(['a wrong or used code for another device']);
  });

  it('is let in although a stranger at the door has shown wrong codes', async () => {
    const { world, ada, phone, code } = await knocking();
    const mallory = await world.join('Mallory');
    await world.until(() => knocksOf(ada).includes(mallory.peerId));
    for (let i = 0; i < 10; i++)
      await ada.give({ type: 'knock-delegated', peerId: mallory.peerId, mac: random(16) });
    await phone.give({ type: 'delegate', code });
    await world.until(() => world.together([ada, phone]) && roleOf(ada, phone) === 'host');
  });

  it('troubles no host who has shown no code', async () => {
    const { world, ada, phone, code } = await knocking();
    const bo = await world.admit(ada, 'Bo');
    await world.until(() => world.together([ada, bo]));
    await ada.give({ type: 'promote', peerId: bo.peerId });
    await world.until(() => knocksOf(bo).includes(phone.peerId));
    await bo.give({ type: 'knock-delegated', peerId: phone.peerId, mac: random(16) });
    await bo.give({ type: 'knock-delegated', peerId: newPeerId(), mac: random(16) });
    await phone.give({ type: 'delegate', code });
    await world.until(() => world.together([ada, bo, phone]));
    expect([...bo.all('refused'), ...bo.all('fault')]).toEqual([]);
  });

  it('is made by the device that made the room only: a host of one meeting cannot pass that on for ever', async () => {
    const world = new World();
    const [ada, bo] = await world.meeting(2);
    if (!ada || !bo) throw new Error('no members');
    await ada.give({ type: 'promote', peerId: bo.peerId });
    await world.until(() => roleOf(bo, bo) === 'host');
    await bo.give({ type: 'start-delegation' });
    expect(bo.all('delegation-code')).toEqual([]);
    expect(bo.all('fault')).toEqual([]);
    expect(bo.all('deed-refused')).toHaveLength(1);
  });
});

describe('a code', () => {
  async function made() {
    const world = new World();
    await world.found();
    const { id } = await someone({ roomId: world.delivery.roomId, fragment: world.fragment });
    const delegation = new Delegation(id.link);
    const code = delegation.start({ now: 0, random });
    const macFor = (key: Uint8Array) => delegationMac(id.link, code, key);
    return { delegation, macFor, mine: random(32), other: random(32) };
  }

  it('is good for one key, once, for five minutes', async () => {
    const { delegation, macFor, mine, other } = await made();
    const mac = await macFor(mine);
    expect(await delegation.redeem(other, mac, 1)).toBe('wrong');
    expect(await delegation.redeem(mine, mac, 5 * 60_000)).toBe('none');
    expect(await delegation.redeem(mine, mac, 1)).toBe('good');
    expect(await delegation.redeem(mine, mac, 1)).toBe('wrong');
    expect(await delegation.redeem(other, await macFor(other), 1)).toBe('wrong');
  });

  it('allows a key four mistakes', async () => {
    const { delegation, macFor, mine, other } = await made();
    for (let i = 0; i < 4; i++) await delegation.redeem(mine, random(32), 1);
    for (let i = 0; i < 5; i++) await delegation.redeem(other, random(32), 1);
    expect(await delegation.redeem(other, await macFor(other), 1)).toBe('wrong');
    expect(await delegation.redeem(mine, await macFor(mine), 1)).toBe('good');
  });

  it('is not used up by strangers, with one key or with many', async () => {
    const { delegation, macFor, mine, other } = await made();
    for (let i = 0; i < 50; i++) await delegation.redeem(other, random(32), 1);
    for (let i = 0; i < 1000; i++) await delegation.redeem(random(32), random(32), 1);
    expect(await delegation.redeem(mine, await macFor(mine), 1)).toBe('good');
  });
});
