// Tracks as the worker makes them: reasons, flow, key frame requests.
import { describe, expect, it } from 'vitest';
import type { Slot } from '#protocol';
import { type DropReason, type FromMedia, readCounts, type TransformOptions } from '../messages.ts';
import { ALICE, BOB, epochFor, FakeClock } from './fixtures.testing.ts';
import { REQUEST_INTERVAL_MS } from './keyFrames.ts';
import { KeyRing } from './keyRing.ts';
import { FLOW_LASTS_MS } from './meter.ts';
import type { Frame } from './pump.ts';
import type { Outcome } from './seal.ts';
import { makeTrack, type Track } from './track.ts';

const CONSUMER = '00000000-0000-4000-8000-000000000000';

function videoFrame(bytes: ArrayBuffer, type: 'key' | 'delta', timestamp = 0): Frame {
  return { data: bytes, type, timestamp };
}

/** What the pump does with an outcome, without streams. */
async function through(track: Track, frame: Frame): Promise<Outcome> {
  const outcome = await steps(track, frame);
  if (outcome instanceof ArrayBuffer) track.passed(frame);
  else if (outcome === 'untouched') track.silent();
  else track.dropped(outcome);
  return outcome;
}

async function steps(track: Track, frame: Frame): Promise<Outcome> {
  try {
    return track.finish(await track.begin(frame));
  } catch (error) {
    return track.failed(error);
  }
}

/** Alice sends, Bob receives; both rings are empty until told. */
function call({ slot = 'camera' as Slot, codec = 'VP8', kind = 'video' as 'video' | 'audio' } = {}) {
  const clock = new FakeClock();
  const posted: FromMedia[] = [];
  const asked: number[] = [];
  const receivers: Track[] = [];
  const alice = new KeyRing(clock);
  const bob = new KeyRing(clock, () => {
    for (const track of receivers) track.keysArrived();
  });
  const outside = {
    now: clock.now,
    wallNow: clock.now,
    post: (message: FromMedia) => void posted.push(message),
    sendKeyFrameRequest: async () => void asked.push(clock.now()),
  };
  const send: TransformOptions = { direction: 'send', slot, kind, codec };
  const receive: TransformOptions = {
    direction: 'receive',
    consumerId: CONSUMER,
    peerId: ALICE,
    slot,
    kind,
    codec,
  };
  const sender = makeTrack(send, { ...outside, keys: alice });
  const receiver = makeTrack(receive, { ...outside, keys: bob });
  receivers.push(receiver);
  const seal = async (type: 'key' | 'delta' = 'delta') => {
    const outcome = await through(sender, videoFrame(new ArrayBuffer(30), type, clock.now() * 90));
    if (!(outcome instanceof ArrayBuffer)) throw new Error(`not sealed: ${outcome}`);
    return outcome;
  };
  const open = (bytes: ArrayBuffer, type: 'key' | 'delta' = 'delta') =>
    through(receiver, videoFrame(bytes, type, clock.now() * 90));
  const meet = (epoch = 0) => {
    alice.install(epochFor(0, epoch));
    bob.install(epochFor(1, epoch));
  };
  return { clock, alice, bob, sender, receiver, posted, asked, seal, open, meet };
}

const garbage = () => Uint8Array.from([0x10, 0x90, 0x40, 0x00, ...new Uint8Array(40)]).buffer;
const flows = (posted: FromMedia[]) => posted.filter((message) => message.type === 'flow');

describe('a track without keys', () => {
  it('drops everything in both directions, counts it and says so once', async () => {
    const { sender, receiver, posted, open } = call();
    for (let i = 0; i < 5; i++) {
      expect(await through(sender, videoFrame(new ArrayBuffer(30), 'key'))).toBe('no-key');
      expect(await open(garbage())).toBe('no-key');
    }
    expect(readCounts(sender.counts)).toEqual({ frames: 0, drops: { 'no-key': 5 } });
    expect(readCounts(receiver.counts)).toEqual({ frames: 0, drops: { 'no-key': 5 } });
    expect(flows(posted)).toEqual([{ type: 'flow', consumerId: CONSUMER, flowing: false, reason: 'no-key' }]);
  });
});

describe('a track of an unknown codec', () => {
  it('drops everything in both directions, with keys and all', async () => {
    const { sender, meet, open } = call({ codec: 'H264' });
    meet();
    expect(await through(sender, videoFrame(new ArrayBuffer(30), 'key'))).toBe('unknown-codec');
    expect(await open(garbage())).toBe('unknown-codec');
  });
});

describe('flow', () => {
  it('turns true with the first frame that opens, false with the third in a row that does not once the last good one is old, true again', async () => {
    const { clock, posted, meet, seal, open } = call();
    meet();
    await open(await seal('key'), 'key');
    await open(garbage());
    await open(garbage());
    await open(await seal());
    clock.advance(FLOW_LASTS_MS);
    await open(garbage());
    await open(garbage());
    expect(flows(posted)).toHaveLength(1);
    for (let i = 0; i < 6; i++) await open(garbage());
    await open(await seal());
    expect(flows(posted).map((m) => [m.flowing, m.reason])).toEqual([
      [true, undefined],
      [false, 'bad-tag'],
      [true, undefined],
    ]);
  });

  it('is told by no frame of 0 bytes, which anybody on the way can make: silence closes no lock and hides no failures', async () => {
    const { posted, sender, receiver, meet, open } = call({ slot: 'mic', codec: 'opus', kind: 'audio' });
    meet();
    for (let i = 0; i < 5; i++) expect(await open(new ArrayBuffer(0))).toBe('untouched');
    expect(await through(sender, videoFrame(new ArrayBuffer(0), 'delta'))).toBe('untouched');
    expect(flows(posted)).toEqual([]);
    for (let i = 0; i < 9; i++) {
      await open(garbage());
      await open(new ArrayBuffer(0));
    }
    expect(flows(posted)).toHaveLength(1);
    expect(flows(posted)[0]).toMatchObject({ flowing: false });
    expect(readCounts(receiver.counts)).toMatchObject({ frames: 0 });
    expect(readCounts(sender.counts)).toMatchObject({ frames: 0 });
  });

  it('does not change with junk between real frames, however much', async () => {
    const { clock, posted, meet, seal, open } = call();
    meet();
    for (let frame = 0; frame < 20; frame++) {
      await open(await seal('key'), 'key');
      for (let i = 0; i < 50; i++) await open(garbage());
      clock.advance(FLOW_LASTS_MS / 3);
    }
    expect(flows(posted).map((m) => m.flowing)).toEqual([true]);
  });

  it('of a member under a wrong name is false with the reason', async () => {
    const { bob, clock, posted, meet, seal } = call();
    meet();
    const wrong: TransformOptions = {
      direction: 'receive',
      consumerId: CONSUMER,
      peerId: BOB,
      slot: 'camera',
      kind: 'video',
      codec: 'VP8',
    };
    const outside = {
      keys: bob,
      now: clock.now,
      wallNow: clock.now,
      post: (m: FromMedia) => void posted.push(m),
    };
    const track = makeTrack(wrong, { ...outside, sendKeyFrameRequest: async () => undefined });
    for (let i = 0; i < 3; i++) await through(track, videoFrame(await seal('key'), 'key'));
    expect(flows(posted)).toEqual([
      { type: 'flow', consumerId: CONSUMER, flowing: false, reason: 'wrong-sender' satisfies DropReason },
    ]);
  });
});

describe('a picture that lost frames', () => {
  it('asks for a key frame when a delta frame opens again, and only once per loss', async () => {
    const { asked, meet, seal, open } = call();
    meet();
    await open(await seal('key'), 'key');
    await open(garbage());
    expect(asked).toHaveLength(0);
    await open(await seal());
    await open(await seal());
    expect(asked).toHaveLength(1);
  });

  it('does not ask when the frame that opens is a key frame, nor after a replay', async () => {
    const { asked, meet, seal, open } = call();
    meet();
    const first = await seal('key');
    await open(first.slice(0), 'key');
    await open(garbage());
    await open(await seal('key'), 'key');
    await open(first.slice(0), 'key');
    await open(await seal());
    expect(asked).toHaveLength(0);
  });

  it('asks at most twice a second, and still asks in the end', async () => {
    const { clock, asked, meet, seal, open } = call();
    meet();
    for (let i = 0; i < 20; i++) {
      await open(garbage());
      await open(await seal());
      clock.advance(50);
    }
    expect(asked.length).toBeGreaterThanOrEqual(2);
    for (let i = 1; i < asked.length; i++) {
      expect((asked[i] ?? 0) - (asked[i - 1] ?? 0)).toBeGreaterThanOrEqual(REQUEST_INTERVAL_MS);
    }
  });

  it('asks as soon as the key arrives that it waited for', async () => {
    const { clock, alice, bob, asked, meet, seal, open } = call();
    meet(0);
    await open(await seal('key'), 'key');
    alice.install(epochFor(0, 1));
    expect(await open(await seal())).toBe('no-key');
    clock.advance(10);
    bob.install(epochFor(1, 1));
    expect(asked).toEqual([clock.now()]);
  });

  it('is no matter for audio', async () => {
    const { asked, meet, open, seal } = call({ slot: 'mic', codec: 'opus', kind: 'audio' });
    meet();
    await open(garbage());
    await open(await seal());
    expect(asked).toHaveLength(0);
  });
});

describe('frames that waited in a queue', () => {
  it('are dropped as stale, and a key frame is asked for', async () => {
    const { clock, receiver, asked, meet, seal, open } = call();
    meet();
    await open(await seal('key'), 'key');
    const [queued, queuedAt] = [await seal(), clock.now() * 90];
    clock.advance(5_000);
    expect(await through(receiver, videoFrame(queued, 'delta', queuedAt))).toBe('stale');
    expect(await open(await seal())).toBeInstanceOf(ArrayBuffer);
    expect(asked).toEqual([clock.now()]);
  });
});
