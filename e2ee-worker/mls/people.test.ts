// Marks: what this device says of people, from what it remembers of keys and names.
import { describe, expect, it } from 'vitest';
import { memoryVault } from '../vault/deviceKey.ts';
import { forgetfulStore, MAX_NAMES, MAX_PEOPLE, memoryIn, type Person } from '../vault/memory.ts';
import { markOf } from './people.ts';
import { fingerprint, pairCode } from './safetyCode.ts';
import { newRoomId } from './testing/delivery.ts';
import { random } from './testing/insider.ts';
import { knocksOf, type Page, World } from './testing/world.ts';

const person = (name: string, o: Partial<Person> = {}): Person => ({
  keyHash: 'ab'.repeat(32),
  names: [name],
  firstMet: 10,
  lastMet: 20,
  verified: false,
  ...o,
});
const sure = (name: string, o: Partial<Person> = {}) =>
  person(name, { verified: true, verifiedAs: [name], ...o });
const seen = (at: Page, of: Page) => at.view?.members.find((m) => m.peerId === of.peerId);
const CODE = ['00000', '00000', '00000', '00000'];
/** `of` as they are seen at that moment, and what of them was seen otherwise. */
async function compare(
  at: Page,
  of: Page,
  verified: boolean,
  otherwise: { name?: string; pairCode?: string[] } = {},
) {
  const { name = of.name, pairCode: code } = seen(at, of) ?? {};
  const pairCode = code?.length ? code : CODE;
  await at.give({ type: 'verify', peerId: of.peerId, name, pairCode, verified, ...otherwise });
}

describe('a mark', () => {
  const ada = person('Ada');
  it.each<[string, Parameters<typeof markOf>, string]>([
    ['of a key never met', ['Ada', undefined, [], false], 'new'],
    ['of a key that was met', ['Ada', ada, [ada], true], 'met'],
    ['of a key that was met under another name', ['Bo', ada, [ada], true], 'met'],
    ['of a key that was verified', ['ADA', sure('Ada'), [], true], 'verified'],
    ['of a verified key under a new name', ['Bo', sure('Ada'), [], true], 'met'],
    ['of a key verified just now under a new name', ['Bo', sure('Ada'), [], false], 'met'],
    [
      'of a verified key that takes a verified name',
      ['Ada', sure('Mallory'), [sure('Ada')], true],
      'impostor',
    ],
    [
      'of a verified key that has taken a verified name before',
      ['Ada', sure('Mallory', { names: ['Ada', 'Mallory'] }), [sure('Ada')], true],
      'impostor',
    ],
    [
      'of a key verified under a name that another verified key has taken since',
      ['Ada', sure('Ada'), [sure('Mallory', { names: ['Ada', 'Mallory'] })], true],
      'verified',
    ],
    ['of two verified keys with one name', ['Ada', sure('Ada'), [sure('Ada')], true], 'verified'],
    [
      'of another key with a name that a verified key has used unverified',
      ['Cy', undefined, [sure('Mallory', { names: ['Cy', 'Mallory'] })], false],
      'name-reused',
    ],
    [
      'of a verified name with an invisible character',
      ['Ada\ufe0f', undefined, [sure('Ada')], false],
      'impostor',
    ],
    ['of a verified name with a Cyrillic letter', ['\u0410da', undefined, [sure('Ada')], false], 'impostor'],
    ['of another key with a name that was used', ['Ada', undefined, [ada], false], 'name-reused'],
    [
      'of another key with a name written a little differently',
      [' ADA\u200b ', undefined, [ada], false],
      'name-reused',
    ],
    ['of another key with a verified name', ['ada', undefined, [sure('Ada')], false], 'impostor'],
    ['of a known key that takes a verified name', ['Ada', person('Bo'), [sure('Ada')], true], 'impostor'],
    [
      'of a known key that takes the name of another',
      ['Ada', person('Bo', { firstMet: 11 }), [ada], true],
      'name-reused',
    ],
    ['of the first of two with one name', ['Ada', ada, [ada, person('Ada', { firstMet: 15 })], false], 'new'],
    ['of two old acquaintances with one name', ['Ada', person('Ada', { firstMet: 15 }), [ada], true], 'met'],
  ])('%s is as it should be', (_, args, expected) => {
    expect(markOf(...args)).toBe(expected);
  });
});

describe('the two-person code', () => {
  it('is the same at both ends, other for every pair, and empty for oneself', async () => {
    const world = new World();
    const [ada, bo, cy] = await world.meeting(3);
    if (!ada || !bo || !cy) throw new Error('no members');
    const code = seen(ada, bo)?.pairCode;
    expect(code?.join(' ')).toMatch(/^(\d{5} ){3}\d{5}$/);
    expect(seen(bo, ada)?.pairCode).toEqual(code);
    expect(seen(cy, bo)?.pairCode).not.toEqual(code);
    expect(seen(ada, ada)).toMatchObject({ pairCode: [], mark: 'self' });
    const [a, b] = [random(32), random(32)];
    expect(pairCode(a, b)).toEqual(pairCode(b, a));
  });

  it('looks like the fingerprint of a key, and is never it', () => {
    const [a, b] = [random(32), random(32)];
    expect(fingerprint(a)).toMatch(/^(\d{5} ){3}\d{5}$/);
    expect(fingerprint(a)).not.toBe(fingerprint(b));
    expect(fingerprint(a)).not.toBe(pairCode(a, a).join(' '));
  });
});

/** Ada and Bo meet; then Bo, and somebody else under that name, meet Ada again. */
async function secondMeeting(verified: boolean) {
  const [adas, bos] = [memoryVault(), memoryVault()];
  const first = new World();
  const ada = await first.found('Ada', adas);
  const bo = await first.join('Bo', bos);
  await first.until(() => first.together([ada, bo]));
  expect(seen(ada, bo)?.mark).toBe('new');
  if (verified) await compare(ada, bo, true);
  const markThen = seen(ada, bo)?.mark;
  const world = new World({ admission: 'lobby' });
  const again = await world.found('Ada', adas);
  return { world, again, adas, bos, markThen };
}

describe('a device', () => {
  it('knows whom it has met, also at the door, and by which names', async () => {
    const { world, again, adas, bos } = await secondMeeting(false);
    const bo = await world.join('Roberta', bos);
    await world.until(() => knocksOf(again).includes(bo.peerId));
    expect(again.all('knocks').at(-1)?.knocks).toMatchObject([{ mark: 'met', knownAs: ['Bo'] }]);
    const other = await world.join('bo');
    await world.until(() => knocksOf(again).includes(other.peerId));
    expect(again.all('knocks').at(-1)?.knocks[1]).toMatchObject({ mark: 'name-reused', knownAs: [] });
    const [then] = await adas.memory.people();
    await world.pass(60_000);
    await again.give({ type: 'admit', ...bo.card });
    await world.until(() => world.together([again, bo]));
    expect(seen(again, bo)?.mark).toBe('met');
    const [now] = await adas.memory.people();
    expect(then?.lastMet).toBe(then?.firstMet);
    expect([now?.firstMet, now?.names]).toEqual([then?.firstMet, ['Roberta', 'Bo']]);
    expect(now?.lastMet).toBeGreaterThanOrEqual((then?.lastMet ?? 0) + 60_000);
  });

  it('knows whom it has verified, and warns of another key under that name', async () => {
    const { world, again, bos, markThen } = await secondMeeting(true);
    expect(markThen).toBe('verified');
    const other = await world.admit(again, 'Bo');
    expect(seen(again, other)?.mark).toBe('impostor');
    const bo = await world.admit(again, 'Bo', bos);
    await world.until(() => seen(again, bo) !== undefined);
    expect(seen(again, bo)?.mark).toBe('verified');
    await compare(again, bo, false);
    expect(seen(again, bo)?.mark).toBe('met');
  });

  it('does not call somebody verified who comes back under the name of another verified person', async () => {
    const [adas, bos, mallorys] = [memoryVault(), memoryVault(), memoryVault()];
    const first = new World();
    const ada = await first.found('Ada', adas);
    const bo = await first.join('Bo', bos);
    const mallory = await first.join('Mallory', mallorys);
    await first.until(() => first.together([ada, bo, mallory]));
    for (const each of [bo, mallory]) await compare(ada, each, true);
    expect(seen(ada, mallory)?.mark).toBe('verified');
    const world = new World({ admission: 'lobby' });
    const again = await world.found('Ada', adas);
    const posing = await world.join('Bo', mallorys);
    await world.until(() => knocksOf(again).includes(posing.peerId));
    expect(again.all('knocks').at(-1)?.knocks).toMatchObject([{ mark: 'impostor', knownAs: ['Mallory'] }]);
    await again.give({ type: 'admit', ...posing.card });
    await world.until(() => world.together([again, posing]));
    expect(seen(again, posing)?.mark).toBe('impostor');
    const real = await world.admit(again, 'Bo', bos);
    await world.until(() => seen(again, real) !== undefined);
    expect(seen(again, real)?.mark).toBe('verified');
    // Ada's person has asked, and is content with the new name.
    await compare(again, posing, true);
    expect(seen(again, posing)?.mark).toBe('verified');
    expect((await adas.memory.people()).flatMap((p) => p.verifiedAs)).toEqual(
      expect.arrayContaining(['Bo', 'Mallory']),
    );
  });

  it('has met nobody who only stood at the door', async () => {
    const { world, again, adas } = await secondMeeting(false);
    const cy = await world.join('Cy');
    await world.until(() => knocksOf(again).includes(cy.peerId));
    expect((await adas.memory.people()).map((p) => p.names)).toEqual([['Bo']]);
  });

  it.each([true, false])(
    'takes no word (verified: %s) for somebody whose key or name is not the one that was compared',
    async (verified) => {
      const world = new World();
      const [ada, bo, cy] = await world.meeting(3);
      if (!ada || !bo || !cy) throw new Error('no members');
      if (!verified) await compare(ada, bo, true);
      const before = seen(ada, bo)?.mark;
      // As if the one who was compared had been taken out since, and another added in their place.
      const { pairCode = [] } = seen(ada, cy) ?? {};
      await compare(ada, bo, verified, { pairCode });
      await compare(ada, bo, verified, { name: 'Cy' });
      expect(ada.all('deed-refused').map((m) => m.reason)).toEqual([
        expect.stringContaining('Compare the code again'),
        expect.stringContaining('Compare the code again'),
      ]);
      expect(seen(ada, bo)?.mark).toBe(before);
      await compare(ada, bo, verified);
      expect(seen(ada, bo)?.mark).toBe(verified ? 'verified' : 'new');
    },
  );

  it('says so when it is to verify somebody who is not there', async () => {
    const { again, world } = await secondMeeting(false);
    await compare(again, again, true);
    expect(again.all('deed-refused')).toHaveLength(1);
    expect(world.pages).toHaveLength(1);
  });
});

describe('a private session', () => {
  it('knows nobody, is remembered nowhere on its device, and is nobody whom others have met', async () => {
    const vault = memoryVault();
    const first = new World();
    const ada = await first.found('Ada');
    const bo = await first.join('Bo', vault);
    await first.until(() => first.together([ada, bo]));
    const people = await vault.memory.people();
    expect(people.map((p) => p.names)).toEqual([['Ada']]);
    const hidden = first.add('Bo', vault);
    const { roomId } = first.delivery;
    const { peerId } = hidden;
    const { fragment } = first;
    await hidden.give({
      type: 'enter',
      roomId,
      fragment,
      peerId,
      name: 'Bo',
      suite: 'x25519',
      privateSession: true,
    });
    await first.until(() => first.together([ada, bo, hidden]));
    expect(seen(hidden, ada)?.mark).toBe('new');
    expect(hidden.all('entered')[0]?.certificate).toBeUndefined();
    expect(seen(ada, hidden)?.mark).toBe('name-reused');
  });

  it('writes nothing', async () => {
    const vault = memoryVault();
    const world = new World();
    const ada = await world.found('Ada');
    const page = world.add('Bo', vault);
    const { roomId } = world.delivery;
    const { peerId } = page;
    const { fragment } = world;
    await page.give({
      type: 'enter',
      roomId,
      fragment,
      peerId,
      name: 'Bo',
      suite: 'x25519',
      privateSession: true,
    });
    await world.until(() => world.together([ada, page]));
    await compare(page, ada, true);
    expect(seen(page, ada)?.mark).toBe('verified');
    expect(await vault.memory.people()).toEqual([]);
    expect(await vault.memory.room(roomId)).toBeUndefined();
  });
});

describe('what is remembered', () => {
  const hash = (n: number) => n.toString(16).padStart(64, '0');

  it('of people has bounds: whoever was not met for longest goes, those verified last', async () => {
    const memory = memoryIn(forgetfulStore());
    const extra = 5;
    for (let n = 0; n < MAX_PEOPLE + extra; n++)
      await memory.rememberPerson(person('x', { keyHash: hash(n), lastMet: n, verified: n === 0 }));
    const kept = (await memory.people()).map((p) => p.keyHash);
    expect(kept).toHaveLength(MAX_PEOPLE);
    expect(kept).toContain(hash(0));
    expect(kept).not.toContain(hash(1));
    expect(kept).not.toContain(hash(extra));
    expect(kept).toContain(hash(extra + 1));
    // And it was thrown away, not only left out.
    expect(await memory.people()).toHaveLength(MAX_PEOPLE);
  });

  it('of who was verified by an earlier version holds for the latest name they were known by', async () => {
    const store = forgetfulStore();
    await store.put('people', 'a', { ...person('Bo'), names: ['Bo', 'Ada'], verified: true });
    expect(await memoryIn(store).people()).toMatchObject([{ names: ['Bo', 'Ada'], verifiedAs: ['Bo'] }]);
  });

  it('and is not what it should be is as if it were not there', async () => {
    const store = forgetfulStore();
    const memory = memoryIn(store);
    const roomId = newRoomId();
    await store.put('people', 'a', { ...person('Ada'), names: Array(MAX_NAMES + 1).fill('x') });
    await store.put('people', 'b', { ...person('Ada'), extra: 1 });
    await store.put('people', 'c', null);
    await store.put('rooms', roomId, { roomId, lobby: 'yes', issued: [], usedAt: 1 });
    expect(await memory.people()).toEqual([]);
    expect(await memory.room(roomId)).toBeUndefined();
  });

  it('of a room does not lose its certificates when the creator chooses once more', async () => {
    const vault = memoryVault();
    const world = new World();
    const page = world.add('Ada', vault);
    const roomId = newRoomId();
    const issued = [random(161)];
    await vault.memory.rememberRoom({ roomId, lobby: true, issued, usedAt: 1 });
    await page.give({
      type: 'keep-room',
      roomId,
      lobby: false,
      suite: 'x25519',
      lifetimeMs: 1,
      longestMs: 1,
      expiresAt: 1,
      latestEnd: 1,
    });
    expect(page.all('room-kept')).toHaveLength(1);
    expect(await vault.memory.room(roomId)).toMatchObject({ lobby: false, issued });
  });
});
