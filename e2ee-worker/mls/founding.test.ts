// A meeting that begins anew, because everybody has left or because the server says so, goes on by the rules of the one before.
import { beforeEach, describe, expect, it } from 'vitest';
import { memoryVault } from '../vault/deviceKey.ts';
import { newMeetingId } from './testing/delivery.ts';
import { knocksOf, type Page, World } from './testing/world.ts';

const roleOf = (at: Page, name: string) => at.view?.members.find((m) => m.name === name)?.role;
const names = (at: Page) => at.view?.members.map((m) => m.name).sort();
const toldOfTheDoor = (p: Page) =>
  p.all('ask-server').flatMap((e) => (e.name === 'host:settings' ? [e.data] : []));

let world: World;
let [adas, bos, eves] = [memoryVault(), memoryVault(), memoryVault()];
beforeEach(() => {
  world = new World();
  [adas, bos, eves] = [memoryVault(), memoryVault(), memoryVault()];
});

/** Ada, who made the room, and Bo, who has the link. */
async function meeting(): Promise<{ ada: Page; bo: Page }> {
  const ada = await world.found('Ada', adas);
  const bo = await world.join('Bo', bos);
  await world.until(() => world.together([ada, bo]));
  return { ada, bo };
}

async function everybodyLeaves(pages: readonly Page[]): Promise<void> {
  for (const p of pages) p.leave();
  await world.pass(1000);
}

/** What a server has, with which it can have another meeting begun: both without a click. */
const triggers = {
  'whose connections it has dropped': async (pages: readonly Page[]) => {
    await everybodyLeaves(pages);
    return back('Ada', adas);
  },
  'that it has told that their group is lost': async ([ada, ...others]: readonly Page[]) => {
    if (!ada) throw new Error('no host');
    await everybodyLeaves(others);
    await ada.give({ type: 'replay-gone' });
    world.delivery.meetingId = newMeetingId();
    world.delivery.epoch = 0;
    world.delivery.log = [];
    world.delivery.locked = false;
    await ada.give({ type: 'found', ...world.delivery.life });
    return ada;
  },
};

/** Comes in again, as the first. */
async function back(name: string, vault: typeof adas): Promise<Page> {
  const page = await world.join(name, vault);
  await world.until(() => page.view !== undefined);
  return page;
}

/** As a server that minds no door: it lets everybody in, and leaves the rest to the group. */
function openDoor(): void {
  world.delivery.lobby = false;
  world.delivery.locked = false;
}

describe.each(Object.entries(triggers))('people %s', (_, begunAnew) => {
  it('are still behind their lock, and those who were in may come back', async () => {
    const { ada, bo } = await meeting();
    await ada.give({
      type: 'change-settings',
      settings: { locked: true, share: 'hosts', muteOnEntry: true },
    });
    await world.until(() => bo.view?.settings.locked === true);
    const again = await begunAnew([ada, bo]);
    await world.until(() => world.delivery.locked);
    expect(again.view?.settings).toMatchObject({ locked: true, share: 'hosts', muteOnEntry: true });
    openDoor();
    const stranger = await world.join('Mallory');
    const known = await world.join('Bo', bos);
    await world.until(() => names(again)?.join() === 'Ada,Bo' && known.view !== undefined);
    await world.pass(20_000);
    expect([names(again), stranger.view]).toEqual([['Ada', 'Bo'], undefined]);
  });

  it('are still rid of whom they have blocked', async () => {
    const { ada, bo } = await meeting();
    const eve = await world.join('Eve', eves);
    await world.until(() => world.together([ada, bo, eve]));
    await ada.give({ type: 'remove', peerId: eve.peerId, how: 'block' });
    await world.until(() => world.together([ada, bo]));
    await world.pass(5000);
    const again = await begunAnew([ada, bo]);
    const blocked = await world.join('Eve', eves);
    await back('Bo', bos);
    await world.pass(20_000);
    expect([names(again), blocked.view]).toEqual([['Ada', 'Bo'], undefined]);
  });
});

describe('a page that stays open', () => {
  /** The line has come back without its session. */
  const comeBack = async (page: Page) => {
    page.online = true;
    page.view = undefined;
    await page.enter(world.fragment);
    await world.until(() => page.view !== undefined);
  };
  const toldOfIt = (page: Page) => page.all('began-anew').map(({ host }) => host);

  it('while the server loses the meeting tells host and guest that it began anew', async () => {
    const { ada, bo } = await meeting();
    expect([toldOfIt(ada), toldOfIt(bo)]).toEqual([[], []]);
    await everybodyLeaves([ada, bo]);
    await comeBack(ada);
    await comeBack(bo);
    await world.until(() => world.together([ada, bo]));
    expect([toldOfIt(ada), toldOfIt(bo)]).toEqual([[true], [false]]);
  });

  it('tells the host so, too, when the server has it found a group in place of one that it calls lost', async () => {
    const { ada, bo } = await meeting();
    const again = await triggers['that it has told that their group is lost']([ada, bo]);
    await world.pass(1000);
    expect([again === ada, toldOfIt(ada)]).toEqual([true, [true]]);
  });

  it('says nothing when it comes back into the meeting that it was in', async () => {
    const { ada, bo } = await meeting();
    await everybodyLeaves([bo]);
    await comeBack(bo);
    await world.until(() => world.together([ada, bo]));
    expect([toldOfIt(ada), toldOfIt(bo)]).toEqual([[], []]);
  });
});

describe('the host of a room by certificate', () => {
  /** Another device of Ada's, by the digits. */
  async function withPhone(): Promise<{ ada: Page; bo: Page; phone: Page }> {
    world = new World({ admission: 'lobby' });
    const ada = await world.found('Ada', adas);
    const bo = await world.admit(ada, 'Bo', bos);
    await ada.give({ type: 'start-delegation' });
    const code = ada.all('delegation-code')[0]?.code;
    if (!code) throw new Error('no code');
    const phone = await world.join('Phone', eves);
    await world.until(() => knocksOf(ada).includes(phone.peerId));
    await phone.give({ type: 'delegate', code });
    await world.until(() => world.together([ada, bo, phone]) && roleOf(ada, 'Phone') === 'host');
    return { ada, bo, phone };
  }

  it('who was demoted is not host again in a meeting that the server has begun anew', async () => {
    const { ada, bo, phone } = await withPhone();
    // So that it comes in as anybody does.
    await ada.give({ type: 'change-settings', settings: { lobby: false } });
    await ada.give({ type: 'demote', peerId: phone.peerId });
    await world.until(() => roleOf(bo, 'Phone') === 'guest');
    await everybodyLeaves([ada, bo, phone]);
    const again = await back('Ada', adas);
    const demoted = await world.join('Phone', eves);
    await world.until(() => world.together([again, demoted]));
    await world.pass(20_000);
    expect([roleOf(again, 'Ada'), roleOf(again, 'Phone')]).toEqual(['host', 'guest']);
  });

  it('who was sent out neither', async () => {
    const { ada, bo, phone } = await withPhone();
    await ada.give({ type: 'remove', peerId: phone.peerId, how: 'out' });
    await world.until(() => world.together([ada, bo]));
    await world.pass(5000);
    await everybodyLeaves([ada, bo, phone]);
    const again = await back('Ada', adas);
    const out = await world.join('Phone', eves);
    await world.pass(20_000);
    expect([names(again), out.view]).toEqual([['Ada'], undefined]);
  });

  it('who was sent out and let in again is a guest, and does not ask to be more, which all would refuse', async () => {
    const { ada, bo, phone } = await withPhone();
    await ada.give({ type: 'say', what: 'end' });
    await everybodyLeaves([ada, bo, phone]);
    // This device has forgotten whom it has made a host, so that its next meeting does not list the phone.
    const room = await adas.memory.room(world.delivery.roomId);
    if (!room) throw new Error('no room');
    await adas.memory.rememberRoom({ ...room, issued: [] });
    const again = await back('Ada', adas);
    // Sent out before it has put itself on the list.
    const early = world.add('Phone', eves);
    early.onEmit = (m) => (m.type === 'send-commit' ? undefined : early.relay(m));
    await early.enter(world.fragment);
    await world.until(() => early.view !== undefined);
    await again.give({ type: 'remove', peerId: early.peerId, how: 'out' });
    await world.until(() => again.view?.members.length === 1);
    await world.pass(1000);
    const guest = await world.admit(again, 'Phone', eves);
    await world.until(() => world.together([again, guest]));
    await world.pass(5000);
    expect(roleOf(again, 'Phone')).toBe('guest');
    expect(guest.all('deed-refused')).toEqual([]);
  });

  it('founds the next meeting by the rules of the last, too', async () => {
    const { ada, bo, phone } = await withPhone();
    await ada.give({ type: 'change-settings', settings: { lobby: false, locked: true } });
    await world.until(() => phone.view?.settings.locked === true);
    await everybodyLeaves([ada, bo, phone]);
    const again = await back('Phone', eves);
    expect(again.view?.settings).toMatchObject({ lobby: false, locked: true });
    expect(roleOf(again, 'Phone')).toBe('host');
  });
});

describe('a meeting that a host has ended', () => {
  it('leaves the room its lobby, and takes lock and blocks with it', async () => {
    const { ada, bo } = await meeting();
    await ada.give({ type: 'refresh' });
    await ada.give({ type: 'remove', peerId: bo.peerId, how: 'block' });
    await ada.give({ type: 'change-settings', settings: { lobby: true, locked: true } });
    await world.until(() => world.delivery.locked && ada.view?.members.length === 1);
    await ada.give({ type: 'say', what: 'end' });
    await everybodyLeaves([ada, bo]);
    const again = await back('Ada', adas);
    expect(again.view?.settings).toMatchObject({ lobby: true, locked: false });
    await world.admit(again, 'Bo', bos);
    expect(names(again)).toEqual(['Ada', 'Bo']);
  });

  it('by another host, is over for this one’s memory, too', async () => {
    const { ada, bo } = await meeting();
    await ada.give({ type: 'promote', peerId: bo.peerId });
    await world.until(() => roleOf(bo, 'Bo') === 'host');
    await bo.give({ type: 'change-settings', settings: { locked: true } });
    await world.until(() => ada.view?.settings.locked === true);
    await bo.give({ type: 'say', what: 'end' });
    await world.until(() => ada.ended);
    await everybodyLeaves([ada, bo]);
    expect((await back('Ada', adas)).view?.settings.locked).toBe(false);
  });
});

describe('a lobby that a host has switched', () => {
  it.each([true, false])(
    'to %s is so at the next meeting, for the group and for the server',
    async (lobby) => {
      world = new World({ admission: lobby ? 'link' : 'lobby' });
      const ada = await world.found('Ada', adas);
      await ada.give({ type: 'change-settings', settings: { lobby } });
      await world.until(() => toldOfTheDoor(ada).at(-1)?.lobby === lobby);
      await everybodyLeaves([ada]);
      // It has not heard, or has forgotten.
      world.delivery.lobby = !lobby;
      const again = await back('Ada', adas);
      await world.until(() => world.delivery.lobby === lobby);
      expect(again.view?.settings.lobby).toBe(lobby);
      if (lobby) await world.admit(again, 'Bo', bos);
      else await back('Bo', bos);
      expect(names(again)).toEqual(['Ada', 'Bo']);
    },
  );
});
