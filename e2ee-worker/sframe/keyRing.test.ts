import { expect, it } from 'vitest';
import { SLOTS, type Slot } from '#protocol';
import { ALICE, BOB, epochFor, FakeClock, randomFrom, seed, track, twoEnds } from './fixtures.testing.ts';
import { parseHeader } from './header.ts';
import { epochLowBits } from './keyId.ts';
import { KeyRing, OVERLAP_MS, type SealKey } from './keyRing.ts';
import { opener } from './open.ts';
import { sealer } from './seal.ts';

const mic = (leaf: number, epoch: number) => ({ slot: 'mic' as const, leaf, epochLow: epochLowBits(epoch) });

function usable(key: unknown): boolean {
  return typeof key === 'object';
}

it('has no key before the first epoch', async () => {
  const ring = new KeyRing(new FakeClock());
  expect(await ring.sealKey('mic')).toBeUndefined();
  expect(await ring.openKey(mic(0, 0), ALICE)).toBe('no-key');
});

it('receives on a new epoch at once and sends on it when told', async () => {
  const { bob } = twoEnds();
  const before = await bob.sealKey('mic');
  bob.install(epochFor(1, 1, false));
  expect(usable(await bob.openKey(mic(0, 1), ALICE))).toBe(true);
  expect(await bob.sealKey('mic')).toBe(before);
  bob.sendOn(1);
  expect((await bob.sealKey('mic'))?.kid).toBe(0x11);
});

it('sends on the new epoch at once when someone was removed, even with the key not yet derived', async () => {
  const { bob } = twoEnds();
  await bob.sealKey('mic');
  bob.install(epochFor(1, 1, true));
  expect((await bob.sealKey('mic'))?.kid).toBe(0x11);
});

it('opens frames of the epoch before for 10 seconds after the new keys came, and not a millisecond longer', async () => {
  const { clock, bob } = twoEnds();
  clock.advance(60_000);
  bob.install(epochFor(1, 1, false));
  clock.advance(1_000);
  bob.sendOn(1);
  clock.advance(OVERLAP_MS - 1_001);
  expect(usable(await bob.openKey(mic(0, 0), ALICE))).toBe(true);
  clock.advance(1);
  expect(await bob.openKey(mic(0, 0), ALICE)).toBe('no-key');
  expect(usable(await bob.openKey(mic(0, 1), ALICE))).toBe(true);
});

it('sends nothing on an epoch that has died because nobody said to go on to the next', async () => {
  const { clock, bob } = twoEnds();
  bob.install(epochFor(1, 1, false));
  clock.advance(OVERLAP_MS);
  expect(bob.sealKey('mic')).toBeUndefined();
  bob.sendOn(1);
  expect((await bob.sealKey('mic'))?.kid).toBe(0x11);
});

it('lets no older key outlive 10 seconds although rotation goes on and on', async () => {
  const { clock, bob } = twoEnds();
  for (let epoch = 1; epoch <= 12; epoch++) {
    bob.install(epochFor(1, epoch, true));
    clock.advance(1_000);
  }
  for (let epoch = 0; epoch <= 12; epoch++) {
    // Epoch e was replaced at (e + 1) − 1 seconds; 12 have passed.
    expect(usable(await bob.openKey(mic(0, epoch), ALICE)), `epoch ${epoch}`).toBe(epoch > 2);
  }
});

it('forgets an old key when no timer fires, as in a page that sleeps', async () => {
  let now = 0;
  const bob = new KeyRing({ now: () => now, after: () => undefined });
  bob.install(epochFor(1, 0));
  bob.install(epochFor(1, 1));
  now = OVERLAP_MS;
  expect(await bob.openKey(mic(0, 0), ALICE)).toBe('no-key');
});

it('does not open with an old key from memory either, once its time is over', async () => {
  let now = 0;
  const clock = { now: () => now, after: () => undefined };
  const [alice, bob] = [new KeyRing(clock), new KeyRing(clock)];
  alice.install(epochFor(0, 0));
  bob.install(epochFor(1, 0));
  const [seal, open] = [sealer(alice, track('mic', 'opus')), opener(bob, ALICE, track('mic', 'opus'))];
  const frames: ArrayBuffer[] = [];
  for (let i = 0; i < 3; i++) {
    const sealed = await seal(new ArrayBuffer(9), 'delta');
    if (typeof sealed === 'string') throw new Error(sealed);
    frames.push(sealed);
  }
  const [first, second, third] = frames;
  if (!first || !second || !third) throw new Error('no frames');
  expect(await open(first)).toBeInstanceOf(ArrayBuffer);
  bob.install(epochFor(1, 1));
  now = OVERLAP_MS - 1;
  expect(await open(second)).toBeInstanceOf(ArrayBuffer);
  now = OVERLAP_MS;
  expect(await open(third)).toBe('no-key');
});

it('forgets an old key when nobody asks for it any more', async () => {
  const { clock, bob } = twoEnds();
  const key = await bob.openKey(mic(0, 0), ALICE);
  bob.install(epochFor(1, 1));
  clock.advance(OVERLAP_MS);
  expect(typeof key === 'object' && key.life.over && key.salt.every((byte) => byte === 0)).toBe(true);
});

it('drops a frame whose key dies while the frame is under it, at whatever point', async () => {
  for (let ticks = 0; ticks < 20; ticks++) {
    const { alice, bob } = twoEnds();
    const [seal, open] = [sealer(alice, track('mic', 'opus')), opener(bob, ALICE, track('mic', 'opus'))];
    const [first, second] = [
      await seal(new ArrayBuffer(9), 'delta'),
      await seal(new ArrayBuffer(9), 'delta'),
    ];
    if (typeof first === 'string' || typeof second === 'string') throw new Error('not sealed');
    await open(first);
    const [sealing, opening] = [seal(new ArrayBuffer(9), 'delta'), open(second)];
    for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
    alice.erase();
    bob.erase();
    expect([await sealing, await opening], `after ${ticks} ticks`).toEqual(['no-key', 'no-key']);
  }
});

it('uses the newer of two epochs with the same four bits', async () => {
  const { bob } = twoEnds();
  const old = await bob.openKey(mic(0, 0), ALICE);
  for (let epoch = 1; epoch <= 16; epoch++) bob.install(epochFor(1, epoch, false));
  const reused = await bob.openKey(mic(0, 16), ALICE);
  expect(usable(reused)).toBe(true);
  expect(reused).not.toBe(old);
  expect(typeof old === 'object' && old.life.over).toBe(true);
  expect(typeof old === 'object' && old.salt.every((byte) => byte === 0)).toBe(true);
  // Its own sending key died with epoch 0: it goes on with the newest instead of falling silent.
  expect((await bob.sealKey('mic'))?.kid).toBe(0x10);
});

it('never goes back to an older epoch to send', async () => {
  const { bob } = twoEnds(5);
  bob.install(epochFor(1, 6, true));
  const key = await bob.sealKey('mic');
  bob.sendOn(5);
  expect(await bob.sealKey('mic')).toBe(key);
});

it.each([6, 4])(
  'told of epoch %i after epoch 6, has no key any more until a newer one comes',
  async (epoch) => {
    const { bob } = twoEnds(5);
    bob.install(epochFor(1, 6, true));
    expect(await bob.sealKey('mic')).toBeDefined();
    bob.install(epochFor(1, epoch, true));
    expect(bob.sealKey('mic')).toBeUndefined();
    expect(await bob.openKey(mic(0, 6), ALICE)).toBe('no-key');
    bob.install(epochFor(1, 6, true));
    expect(bob.sealKey('mic')).toBeUndefined();
    bob.install(epochFor(1, 7, true));
    expect((await bob.sealKey('mic'))?.kid).toBeDefined();
  },
);

it('that is held sends on no epoch that it has, opens what it gets, and sends on the next one', async () => {
  const { bob } = twoEnds(5);
  bob.hold();
  bob.sendOn(5);
  expect(bob.sealKey('mic')).toBeUndefined();
  expect(usable(await bob.openKey(mic(0, 5), ALICE))).toBe(true);
  bob.install(epochFor(1, 6, false));
  expect(bob.sealKey('mic')).toBeUndefined();
  bob.sendOn(6);
  expect(await bob.sealKey('mic')).toBeDefined();
});

it('zeroes the base key that it is given, also one that it refuses', async () => {
  const { bob } = twoEnds(5);
  const [fresh, stale] = [epochFor(1, 6), epochFor(1, 5)];
  bob.install(fresh);
  bob.install(stale);
  await bob.sealKey('mic');
  expect(fresh.baseKey.every((byte) => byte === 0)).toBe(true);
  expect(stale.baseKey.every((byte) => byte === 0)).toBe(true);
});

it('erases everything at once and takes a new meeting from epoch 0', async () => {
  const { bob } = twoEnds(7);
  const key = await bob.sealKey('mic');
  bob.erase();
  expect(key?.life.over).toBe(true);
  expect(key?.salt.every((byte) => byte === 0)).toBe(true);
  expect(await bob.sealKey('mic')).toBeUndefined();
  expect(await bob.openKey(mic(0, 7), ALICE)).toBe('no-key');
  bob.install(epochFor(1, 0));
  expect(usable(await bob.sealKey('mic'))).toBe(true);
});

it('knows only the leaves of the epoch, each under its own name', async () => {
  const { alice } = twoEnds();
  expect(usable(await alice.openKey(mic(1, 0), BOB))).toBe(true);
  expect(await alice.openKey(mic(1, 0), ALICE)).toBe('wrong-sender');
  expect(await alice.openKey(mic(77, 0), BOB)).toBe('wrong-sender');
});

it('derives a key once although many frames ask at the same time', async () => {
  const { bob } = twoEnds();
  const keys = await Promise.all(Array.from({ length: 20 }, () => bob.sealKey('camera')));
  expect(new Set(keys).size).toBe(1);
});

it(`gives no pair of key and counter out twice over epochs, slots and layers (seed ${seed})`, {
  timeout: 30_000,
}, async () => {
  const random = randomFrom(seed);
  const clock = new FakeClock();
  const ring = new KeyRing(clock);
  const sealOnce = (slot: Slot) =>
    sealer(ring, track(slot, slot === 'mic' || slot === 'screen-audio' ? 'opus' : 'vp9'))(
      new ArrayBuffer(5),
      'delta',
    );
  const used = new Set<string>();
  let epoch = 0;
  ring.install(epochFor(0, epoch));
  for (let step = 0; step < 1_500; step++) {
    const action = random.below(10);
    if (action === 0) ring.install(epochFor(0, ++epoch, random.below(2) === 0));
    if (action === 1) ring.sendOn(epoch - random.below(3));
    // One twice: every key dies. The next one sends.
    if (action === 2) {
      ring.install(epochFor(0, epoch));
      expect(ring.sealKey('mic')).toBeUndefined();
      ring.install(epochFor(0, ++epoch, true));
    }
    if (action === 3) clock.advance(random.below(4_000));
    // Up to three layers of up to four tracks at once, as simulcast does.
    const slots = Array.from({ length: 1 + random.below(12) }, () => random.pick(SLOTS));
    // The epoch that was sent on may have died before anybody said to go on: then nothing is sent.
    const sending = await sendingEpoch(ring);
    const outcomes = await Promise.all(slots.map(sealOnce));
    if (sending === undefined) {
      expect(new Set(outcomes)).toEqual(new Set(['no-key']));
      continue;
    }
    for (const outcome of outcomes) {
      if (!(outcome instanceof ArrayBuffer)) throw new Error(`dropped: ${outcome}`);
      const header = parseHeader(new Uint8Array(outcome));
      const pair = `${sending} ${header?.kid} ${header?.ctr}`;
      expect(used.has(pair), pair).toBe(false);
      used.add(pair);
    }
  }
  expect(used.size).toBeGreaterThan(5_000);
});

/** Epochs 16 apart share a key id but no key: the key itself tells them apart. */
const numbers = new WeakMap<SealKey['life'], number>();
let known = 0;
async function sendingEpoch(ring: KeyRing): Promise<number | undefined> {
  const life = (await ring.sealKey('mic'))?.life;
  if (life === undefined) return undefined;
  const number = numbers.get(life) ?? ++known;
  numbers.set(life, number);
  return number;
}
