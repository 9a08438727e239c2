// Words of hosts: heard once, by whom they are for, in this meeting, from somebody who is a host here.
import { describe, expect, it } from 'vitest';
import { MeetingId, PeerId, WORDS } from '#protocol';
import { toBase64url } from '../link/base64url.ts';
import { type DeviceKey, makeThrowAwayKey, memoryVault } from '../vault/deviceKey.ts';
import { random } from './testing/insider.ts';
import { type Page, World } from './testing/world.ts';
import { Words } from './words.ts';

async function three() {
  const world = new World();
  const vaults = [memoryVault(), memoryVault(), memoryVault()];
  const ada = await world.found('Ada', vaults[0]);
  const [bo, cy] = [await world.join('Bo', vaults[1]), await world.join('Cy', vaults[2])];
  await world.until(() => world.together([ada, bo, cy]));
  const devices = await Promise.all(vaults.map((v) => v.deviceKey()));
  const [adas, bos] = devices;
  if (!adas || !bos) throw new Error('no devices');
  return { world, ada, bo, cy, adas, bos };
}

const words = (p: Page) => p.all('asked').map((a) => `${a.by}: ${a.what}`);
const reasons = (p: Page) => p.all('refused').map((r) => r.reason);
const word = (device: DeviceKey, o: { meetingId: MeetingId; now: number; to?: PeerId }) =>
  new Words(PeerId.parse(toBase64url(random(16))), 0).say(device, { to: undefined, what: 'mute', ...o });

describe('a word', () => {
  it('to one reaches that one only, and one to all reaches all others', async () => {
    const { world, ada, bo, cy } = await three();
    await ada.give({ type: 'say', to: bo.peerId, what: 'ask-unmute' });
    await ada.give({ type: 'say', what: 'mute' });
    await world.pass(100);
    expect([words(ada), words(bo), words(cy)]).toEqual([[], ['Ada: ask-unmute', 'Ada: mute'], ['Ada: mute']]);
    expect(reasons(bo)).toEqual([]);
  });

  it('that ends the meeting erases the keys of all, its own too', async () => {
    const { world, ada, bo, cy } = await three();
    await ada.give({ type: 'say', what: 'end' });
    await world.until(() => [ada, bo, cy].every((p) => p.ended));
    for (const p of [ada, bo, cy]) {
      expect(p.all('ended')).toEqual([{ type: 'ended', reason: 'ended-by-host' }]);
      expect(p.media.at(-1)).toEqual({ type: 'erase' });
    }
    expect(ada.all('ask-server').map((e) => e.name)).toEqual(['host:settings', 'host:say', 'host:end']);
  });

  it('by a guest, of another meeting, for somebody else, or with a changed byte is refused', async () => {
    const { world, ada, bo, cy, adas, bos } = await three();
    const { meetingId } = world.delivery;
    const now = world.clock.now();
    const other = MeetingId.parse(toBase64url(random(16)));
    const give = async (w: Uint8Array<ArrayBuffer>) => {
      await cy.give({ type: 'said', word: w });
      return reasons(cy).at(-1);
    };
    expect(await give(await word(bos, { meetingId, now }))).toBe('it is not by a host who is here');
    const stranger = await makeThrowAwayKey();
    expect(await give(await word(stranger, { meetingId, now }))).toBe('it is not by a host who is here');
    expect(await give(await word(adas, { meetingId: other, now }))).toBe('it is for another meeting');
    expect(await give(await word(adas, { meetingId, now, to: bo.peerId }))).toBe('it is for somebody else');
    const changed = await word(adas, { meetingId, now });
    changed[33] = WORDS.indexOf('end');
    expect(await give(changed)).toBe('it is not signed by its host');
    expect(words(cy)).toEqual([]);
    expect(cy.ended || ada.ended).toBe(false);
  });

  it('is heard once, and not after a later one', async () => {
    const { world, ada, cy, adas } = await three();
    const { meetingId } = world.delivery;
    const early = await word(adas, { meetingId, now: world.clock.now() - 5 });
    await ada.give({ type: 'say', what: 'mute' });
    await world.until(() => words(cy).length === 1);
    const said = ada.all('ask-server').find((e) => e.name === 'host:say');
    if (said?.name !== 'host:say') throw new Error('no word');
    await cy.give({ type: 'said', word: Uint8Array.from(said.data.word) });
    await cy.give({ type: 'said', word: early });
    expect(words(cy)).toEqual(['Ada: mute']);
    expect(reasons(cy)).toEqual(['it was said before', 'it was said before']);
  });

  it('of long before we came, or of tomorrow, is not for us', async () => {
    const { world, cy, adas } = await three();
    const { meetingId } = world.delivery;
    for (const offset of [-3600_000, 3600_000])
      await cy.give({ type: 'said', word: await word(adas, { meetingId, now: world.clock.now() + offset }) });
    expect(reasons(cy)).toEqual(['it is of another time', 'it is of another time']);
  });

  it('that was held back for longer than clocks differ is of no use any more', async () => {
    const { world, cy, adas } = await three();
    const { meetingId } = world.delivery;
    const said = await word(adas, { meetingId, now: world.clock.now() });
    await world.pass(11 * 60_000);
    await cy.give({ type: 'said', word: said });
    expect(reasons(cy)).toEqual(['it is of another time']);
    expect(words(cy)).toEqual([]);
  });

  it('of a host who is none any more, or has gone, does not count', async () => {
    const { world, ada, bo, cy, bos } = await three();
    const { meetingId } = world.delivery;
    await ada.give({ type: 'promote', peerId: bo.peerId });
    await world.until(() => cy.view?.members.find((m) => m.peerId === bo.peerId)?.role === 'host');
    await cy.give({ type: 'said', word: await word(bos, { meetingId, now: world.clock.now() }) });
    expect(words(cy)).toEqual(['Bo: mute']);
    await ada.give({ type: 'demote', peerId: bo.peerId });
    await world.until(() => cy.view?.members.find((m) => m.peerId === bo.peerId)?.role === 'guest');
    await cy.give({ type: 'said', word: await word(bos, { meetingId, now: world.clock.now() + 9 }) });
    expect(reasons(cy)).toEqual(['it is not by a host who is here']);
  });
});
