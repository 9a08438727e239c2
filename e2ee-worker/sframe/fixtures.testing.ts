// What the frame tests share: a clock that is moved by hand, two ends with the same epoch, a random source that repeats.
import { PeerId, type Slot } from '#protocol';
import { findCodec } from '../codecs/index.ts';
import type { Clock } from './clock.ts';
import { type EpochInstall, KeyRing } from './keyRing.ts';
import type { TrackIdentity } from './metadata.ts';

export class FakeClock implements Clock {
  #now = 1_000;
  #timers: { at: number; run: () => void }[] = [];

  now = (): number => this.#now;

  after(ms: number, run: () => void): void {
    this.#timers.push({ at: this.#now + ms, run });
  }

  advance(ms: number): void {
    this.#now += ms;
    const due = this.#timers.filter((timer) => timer.at <= this.#now);
    this.#timers = this.#timers.filter((timer) => timer.at > this.#now);
    for (const timer of due) timer.run();
  }
}

export const ALICE = PeerId.parse('alice-----------------');
export const BOB = PeerId.parse('bob-------------------');
export const CAROL = PeerId.parse('carol-----------------');
const leaves = [
  { leaf: 0, peerId: ALICE },
  { leaf: 1, peerId: BOB },
  { leaf: 2, peerId: CAROL },
];

/** Every member's base key of an epoch is the same, every epoch's differs. */
export function baseKeyOf(epoch: number): Uint8Array<ArrayBuffer> {
  const key = new Uint8Array(16).fill(0xa5);
  new DataView(key.buffer).setUint32(0, epoch);
  return key;
}

export function epochFor(selfLeaf: number, epoch: number, sendNow = true): EpochInstall {
  return { epoch, baseKey: baseKeyOf(epoch), selfLeaf, leaves, sendNow };
}

/** Alice (leaf 0) and Bob (leaf 1) in the given epoch. */
export function twoEnds(epoch = 0) {
  const clock = new FakeClock();
  const alice = new KeyRing(clock);
  const bob = new KeyRing(clock);
  alice.install(epochFor(0, epoch));
  bob.install(epochFor(1, epoch));
  return { clock, alice, bob };
}

const kinds = { mic: 'audio', camera: 'video', screen: 'video', 'screen-audio': 'audio' } as const;

export function track(slot: Slot, codec: string): TrackIdentity {
  const found = findCodec(kinds[slot], codec);
  if (found === undefined) throw new Error(`no codec ${codec}`);
  return { slot, kind: kinds[slot], codec: found };
}

/** mulberry32: small, repeatable, good enough to choose test inputs. */
export function randomFrom(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number) => Math.floor(next() * n);
  return {
    below,
    bytes: (n: number) => Uint8Array.from({ length: n }, () => below(256)),
    pick: <T>(from: readonly [T, ...T[]]): T => from[below(from.length)] ?? from[0],
  };
}

/** Printed by the tests that use it; `SEED=n` repeats a run. */
export const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

export function opened(outcome: ArrayBuffer | string): Uint8Array {
  if (typeof outcome === 'string') throw new Error(`expected a frame, got ${outcome}`);
  return new Uint8Array(outcome);
}
