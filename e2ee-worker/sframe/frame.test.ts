// Seal and open together, against the reference and against everything an SFU could do to a frame.
import { describe, expect, it } from 'vitest';
import { SLOTS, type Slot } from '#protocol';
import { heldPerCase, LEAK_BYTES } from '../../test/harness/heap.ts';
import { dropReasons } from '../messages.ts';
import {
  ALICE,
  BOB,
  baseKeyOf,
  CAROL,
  epochFor,
  FakeClock,
  opened,
  randomFrom,
  seed,
  track,
  twoEnds,
} from './fixtures.testing.ts';
import { parseHeader } from './header.ts';
import { KeyRing } from './keyRing.ts';
import { opener } from './open.ts';
import { referenceWire } from './reference.testing.ts';
import { sealer } from './seal.ts';

const codecsOf = { audio: ['opus'], video: ['vp8', 'vp9', 'av1'] } as const;
const combinations = SLOTS.flatMap((slot) => {
  const audio = slot === 'mic' || slot === 'screen-audio';
  return codecsOf[audio ? 'audio' : 'video'].map((codec) => ({ slot, codec }));
});

function copy(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

/** Alice sends the camera to Bob. */
function cameraCall(codec = 'vp8', slot: Slot = 'camera') {
  const ends = twoEnds();
  const seal = sealer(ends.alice, track(slot, codec));
  const open = opener(ends.bob, ALICE, track(slot, codec));
  return { ...ends, seal, open };
}

/** Alice at that leaf, and Bob beside her. */
function twoEndsAt(leaf: number, epoch: number): [KeyRing, KeyRing] {
  const other = leaf === 0 ? 1 : leaf - 1;
  const leaves = [
    { leaf, peerId: ALICE },
    { leaf: other, peerId: BOB },
  ];
  const clock = new FakeClock();
  const ends: [KeyRing, KeyRing] = [new KeyRing(clock), new KeyRing(clock)];
  for (const [i, selfLeaf] of [leaf, other].entries())
    ends[i]?.install({ epoch, baseKey: baseKeyOf(epoch), selfLeaf, leaves, sendNow: true });
  return ends;
}

describe('a sealed frame', { timeout: 30_000 }, () => {
  it.each(combinations)('opens to the same bytes: $codec in $slot', async ({ slot, codec }) => {
    const { seal, open } = cameraCall(codec, slot);
    for (const type of ['key', 'delta'] as const) {
      for (const size of [1, 2, 17, 100, 20_000]) {
        const plain = new Uint8Array(size).fill(size);
        expect(opened(await open(copy(opened(await seal(copy(plain), type)))))).toEqual(plain);
      }
    }
  });

  it(`is byte for byte what the slow reference makes, 400 random frames (seed ${seed})`, async () => {
    const random = randomFrom(seed);
    for (let i = 0; i < 400; i++) {
      const { slot, codec } = random.pick([...combinations, ...combinations.slice(0, 1)] as [
        (typeof combinations)[0],
      ]);
      // On both sides of each length that key id and counter can have.
      const epoch = random.below(1_000);
      const ctr = random.pick([0, 7, 8, 255, 256, 65_535, 65_536, 300_000]) + random.below(3);
      const leaf = random.pick([0, 1, 15, 16, 100, 1_023]);
      const [alice, bob] = twoEndsAt(leaf, epoch);
      const type = random.pick(['key', 'delta']);
      const seal = sealer(alice, track(slot, codec));
      const key = await alice.sealKey(slot);
      for (let burnt = 0; burnt < ctr; burnt++) key?.counter.take();
      const plaintext = random.bytes(random.below(3) === 0 ? random.below(5_000) : 1 + random.below(100));
      const expected = referenceWire(baseKeyOf(epoch), {
        slot,
        codec,
        type: type === 'key' ? 'key' : 'delta',
        leaf,
        epoch,
        ctr,
        plaintext,
      });
      const wire = opened(await seal(copy(plaintext), type === 'key' ? 'key' : 'delta'));
      expect(Buffer.from(wire)).toEqual(expected);
      expect(opened(await opener(bob, ALICE, track(slot, codec))(copy(expected)))).toEqual(plaintext);
    }
  });

  it('shows of a VP8 frame one bit: key or delta', async () => {
    const { seal } = cameraCall('vp8');
    const first = async (byte: number, type: 'key' | 'delta') =>
      opened(await seal(copy(new Uint8Array(64).fill(byte)), type))[0];
    expect(await first(0x00, 'key')).toBe(await first(0xff, 'key'));
    expect(await first(0x00, 'delta')).toBe(await first(0xff, 'delta'));
    expect(((await first(0, 'key')) ?? 1) & 1).toBe(0);
    expect(((await first(0, 'delta')) ?? 0) & 1).toBe(1);
  });

  it('grows by 22 bytes at most for audio and 24 for video', async () => {
    for (const { slot, codec } of combinations) {
      const { seal } = cameraCall(codec, slot);
      const grown = opened(await seal(new ArrayBuffer(80), 'key')).length - 80;
      // Three counter bytes at most; here the counter is still in the config byte.
      expect(grown + 3).toBeLessThanOrEqual(codec === 'opus' ? 22 : 24);
    }
  });

  it('of 0 bytes passes for Opus silence, but only between ends that have keys', async () => {
    const { alice, bob } = twoEnds();
    const [seal, open] = [sealer(alice, track('mic', 'opus')), opener(bob, ALICE, track('mic', 'opus'))];
    expect(await seal(new ArrayBuffer(0), 'delta')).toBe('untouched');
    expect(await open(new ArrayBuffer(0))).toBe('untouched');
    alice.erase();
    bob.erase();
    expect(await seal(new ArrayBuffer(0), 'delta')).toBe('no-key');
    expect(await open(new ArrayBuffer(0))).toBe('no-key');
  });

  it('of 0 bytes is no silence in video', async () => {
    const { open, seal } = cameraCall();
    expect(await open(new ArrayBuffer(0))).toBe('malformed');
    expect(opened(await seal(new ArrayBuffer(0), 'delta')).length).toBeGreaterThan(16);
  });
});

describe('a stream', () => {
  it('seals one frame at a time: a second would overwrite the nonce of the first', async () => {
    const { seal } = cameraCall();
    await seal(new ArrayBuffer(9), 'key');
    const [first, second] = [seal(new ArrayBuffer(9), 'delta'), seal(new ArrayBuffer(9), 'delta')];
    expect(await second).toBe('fault');
    expect(parseHeader(opened(await first), 1)?.ctr).toBe(1);
    const third = opened(await seal(new ArrayBuffer(9), 'delta'));
    expect(parseHeader(third, 1)?.ctr).toBe(2);
  });

  it('opens one frame at a time, and counts the right one as seen', async () => {
    const { seal, open } = cameraCall();
    const [a, b] = [
      opened(await seal(new ArrayBuffer(9), 'key')),
      opened(await seal(new ArrayBuffer(9), 'delta')),
    ];
    await open(copy(opened(await seal(new ArrayBuffer(9), 'delta'))));
    const [first, second] = [open(copy(a)), open(copy(b))];
    expect(await first).toBeInstanceOf(ArrayBuffer);
    expect(await second).toBe('fault');
    expect(await open(copy(b))).toBeInstanceOf(ArrayBuffer);
    expect(await open(copy(a))).toBe('replay');
  });
});

describe('an SFU', { timeout: 30_000 }, () => {
  it('cannot replay a frame', async () => {
    const { seal, open } = cameraCall();
    const wire = opened(await seal(new ArrayBuffer(50), 'key'));
    expect(typeof (await open(copy(wire)))).toBe('object');
    expect(await open(copy(wire))).toBe('replay');
  });

  it('cannot replay a frame through a second consumer of the same track', async () => {
    const { bob, seal, open } = cameraCall();
    const wire = opened(await seal(new ArrayBuffer(50), 'key'));
    await open(copy(wire));
    expect(await opener(bob, ALICE, track('camera', 'vp8'))(copy(wire))).toBe('replay');
  });

  it('cannot show one member under the name of another', async () => {
    const { bob, seal } = cameraCall();
    const wire = opened(await seal(new ArrayBuffer(50), 'key'));
    expect(await opener(bob, CAROL, track('camera', 'vp8'))(copy(wire))).toBe('wrong-sender');
  });

  it('cannot show a camera as a screen, even with the key id rewritten', async () => {
    const { bob, seal } = cameraCall();
    const wire = opened(await seal(new ArrayBuffer(50), 'key'));
    const screen = opener(bob, ALICE, track('screen', 'vp8'));
    expect(await screen(copy(wire))).toBe('wrong-sender');
    expect(wire[1]).toBe(0b1001_0000);
    const forged = wire.slice();
    forged[2] = 0x80;
    expect(await screen(copy(forged))).toBe('bad-tag');
  });

  it('cannot send a frame as that of another codec or mark a delta frame as a key frame', async () => {
    const { bob, seal } = cameraCall('vp9');
    const wire = opened(await seal(new ArrayBuffer(50), 'key'));
    const asVp8 = new Uint8Array([0x10, ...wire]);
    expect(await opener(bob, ALICE, track('camera', 'vp8'))(copy(asVp8))).toBe('bad-tag');
    const vp8 = cameraCall('vp8');
    const delta = opened(await vp8.seal(new ArrayBuffer(50), 'delta')).slice();
    delta[0] = 0x10;
    expect(await vp8.open(copy(delta))).toBe('bad-tag');
  });

  it('cannot reflect a member to itself', async () => {
    const { alice, seal } = cameraCall();
    const wire = opened(await seal(new ArrayBuffer(50), 'key'));
    expect(await opener(alice, ALICE, track('camera', 'vp8'))(copy(wire))).toBe('wrong-sender');
  });

  it('cannot silence anyone with garbage: after it, and however much, the next good frame opens', async () => {
    const { seal, open } = cameraCall();
    const random = randomFrom(seed);
    const good = opened(await seal(copy(new Uint8Array(50).fill(9)), 'key'));
    for (let i = 0; i < 2_000; i++) {
      const far = good.slice();
      far.set(random.bytes(20), far.length - 20);
      expect(await open(copy(far))).toBe('bad-tag');
      // Key id right, counter far ahead: must not move the window.
      const ahead = new Uint8Array([
        0x10,
        0b1001_1010,
        ...good.subarray(2, 4),
        0xff,
        0xff,
        0xff,
        ...random.bytes(40),
      ]);
      expect(await open(copy(ahead))).toBe('bad-tag');
    }
    expect(opened(await open(copy(good)))).toEqual(new Uint8Array(50).fill(9));
  });
});

describe('any byte', { timeout: 60_000 }, () => {
  it(`flipped, cut off or added is dropped with a reason of the contract, 10,000 frames (seed ${seed})`, async () => {
    const random = randomFrom(seed);
    const seen = new Map<string, number>();
    const calls = combinations.map(({ slot, codec }) => cameraCall(codec, slot));
    const held = await heldPerCase(10_000, async (i) => {
      const call = calls[random.below(calls.length)] ?? calls[0];
      if (call === undefined) throw new Error('no call');
      const plain = copy(random.bytes(1 + random.below(120)));
      const wire = opened(await call.seal(plain, random.pick(['key', 'delta']) === 'key' ? 'key' : 'delta'));
      const damaged = damage(wire, random);
      if (isSizedSpelling(wire, damaged)) return;
      const outcome = await call.open(copy(damaged));
      if (typeof outcome !== 'string') throw new Error(`case ${i} of seed ${seed} opened`);
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
    });
    expect(held).toBeLessThan(LEAK_BYTES);
    const contracted: readonly string[] = dropReasons;
    for (const reason of seen.keys()) expect(contracted).toContain(reason);
    expect(seen.has('fault')).toBe(false);
    expect(seen.get('bad-tag') ?? 0).toBeGreaterThan(1_000);
    expect([...seen.values()].reduce((a, b) => a + b)).toBeGreaterThan(9_990);
  });

  it(`of pure noise is dropped with a reason of the contract, 10,000 frames (seed ${seed})`, async () => {
    const random = randomFrom(seed + 1);
    const calls = combinations.map(({ slot, codec }) => cameraCall(codec, slot));
    const held = await heldPerCase(10_000, async (i) => {
      const outcome = await calls[i % calls.length]?.open(copy(random.bytes(1 + random.below(80))));
      expect(dropReasons).toContain(outcome);
      expect(outcome).not.toBe('fault');
    });
    expect(held).toBeLessThan(LEAK_BYTES);
  });
});

/** Once in thousands of runs, damage writes AV1 the way RTP may: with a size field, which is no damage. */
function isSizedSpelling(wire: Uint8Array, damaged: Uint8Array): boolean {
  return (
    wire[0] === 0x30 &&
    damaged[0] === 0x32 &&
    damaged.length === wire.length + 1 &&
    damaged[1] === wire.length - 1
  );
}

/** Flips bits of one byte, truncates at either end, or inserts a byte; never returns the same bytes nor none. */
function damage(wire: Uint8Array, random: ReturnType<typeof randomFrom>): Uint8Array {
  const at = random.below(wire.length);
  switch (random.below(5)) {
    case 0:
      return wire.subarray(0, Math.max(1, at));
    case 1:
      return wire.subarray(Math.min(wire.length - 1, at + 1));
    case 2:
      return new Uint8Array([...wire.subarray(0, at), random.below(256), ...wire.subarray(at)]);
    default: {
      const out = wire.slice();
      out[at] = (out[at] ?? 0) ^ (1 + random.below(255));
      return out;
    }
  }
}

describe('epochs', () => {
  it('that the receiver does not know drop as no-key', async () => {
    const { alice, bob } = twoEnds(3);
    alice.install(epochFor(0, 4));
    const wire = opened(await sealer(alice, track('mic', 'opus'))(new ArrayBuffer(40), 'delta'));
    expect(await opener(bob, ALICE, track('mic', 'opus'))(copy(wire))).toBe('no-key');
    bob.install(epochFor(1, 4));
    expect(typeof (await opener(bob, ALICE, track('mic', 'opus'))(copy(wire)))).toBe('object');
  });

  it('rotate in mid-stream without the loss of a frame, receivers first', async () => {
    const { alice, bob } = twoEnds();
    const [seal, open] = [sealer(alice, track('mic', 'opus')), opener(bob, ALICE, track('mic', 'opus'))];
    for (let epoch = 1; epoch < 40; epoch++) {
      bob.install(epochFor(1, epoch, false));
      expect(typeof (await open(copy(opened(await seal(new ArrayBuffer(9), 'delta')))))).toBe('object');
      alice.install(epochFor(0, epoch, false));
      expect(typeof (await open(copy(opened(await seal(new ArrayBuffer(9), 'delta')))))).toBe('object');
      alice.sendOn(epoch);
      bob.sendOn(epoch);
      expect(typeof (await open(copy(opened(await seal(new ArrayBuffer(9), 'delta')))))).toBe('object');
    }
  });

  it('of a newcomer do not open what was sent before', async () => {
    const { alice } = twoEnds();
    const early = opened(await sealer(alice, track('mic', 'opus'))(new ArrayBuffer(9), 'delta'));
    const { bob: newcomer } = twoEnds(1);
    expect(await opener(newcomer, ALICE, track('mic', 'opus'))(copy(early))).toBe('no-key');
    const { bob: laterSameBits } = twoEnds(16);
    expect(await opener(laterSameBits, ALICE, track('mic', 'opus'))(copy(early))).toBe('bad-tag');
  });

  it('keep members apart: a key does not open what another leaf sealed', async () => {
    const { alice, bob } = twoEnds();
    const fromBob = opened(await sealer(bob, track('mic', 'opus'))(new ArrayBuffer(9), 'delta')).slice();
    expect(typeof (await opener(alice, BOB, track('mic', 'opus'))(copy(fromBob)))).toBe('object');
    // Bob's leaf replaced by Carol's in the key id (leaf 1 → 2).
    fromBob[1] = 0x20;
    expect(await opener(alice, CAROL, track('mic', 'opus'))(copy(fromBob))).toBe('bad-tag');
  });
});
