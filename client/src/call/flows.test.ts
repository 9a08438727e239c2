// Counting over tracks that come and go, and noticing pictures that stand still.
import { describe, expect, it } from 'vitest';
import type { TrackStats } from '#e2ee/messages.ts';
import { FrameLedger, MissingPictures, STALL_MS, StallWatch } from './flows.ts';

const received = (consumerId: string, frames: number, drops: TrackStats['drops'] = {}): TrackStats => ({
  direction: 'receive',
  consumerId,
  slot: 'camera',
  kind: 'video',
  codec: 'VP8',
  frames,
  bytes: 0,
  drops,
});
const sent = (frames: number): TrackStats => ({
  direction: 'send',
  slot: 'mic',
  kind: 'audio',
  codec: 'opus',
  frames,
  bytes: 0,
  drops: {},
});

describe('FrameLedger', () => {
  it('adds up both directions and drops by reason', () => {
    const counts = new FrameLedger().report([
      sent(5),
      received('a', 3, { 'no-key': 2 }),
      received('b', 4, { 'no-key': 1, replay: 7 }),
    ]);
    expect(counts).toEqual({ encrypted: 5, decrypted: 7, dropped: { 'no-key': 3, replay: 7 } });
  });

  it('keeps what a track had counted when it is gone', () => {
    const ledger = new FrameLedger();
    ledger.report([received('a', 3, { 'bad-tag': 1 })]);
    expect(ledger.report([received('b', 1)])).toEqual({
      encrypted: 0,
      decrypted: 4,
      dropped: { 'bad-tag': 1 },
    });
  });

  it('goes on counting when a slot is attached anew and starts from 0', () => {
    const ledger = new FrameLedger();
    ledger.report([sent(10)]);
    ledger.report([sent(2)]);
    expect(ledger.report([sent(3)]).encrypted).toBe(13);
  });
});

describe('StallWatch', () => {
  const expected = new Set(['a']);

  it('calls a picture stalled when its count has not moved for long enough, and not before', () => {
    const watch = new StallWatch();
    watch.check(expected, [received('a', 5)], 0);
    expect(watch.check(expected, [received('a', 5)], STALL_MS - 1).size).toBe(0);
    expect(watch.check(expected, [received('a', 5)], STALL_MS)).toEqual(new Set(['a']));
    expect(watch.check(expected, [received('a', 6)], STALL_MS + 1).size).toBe(0);
  });

  it('notices a stream that the media worker does not report at all', () => {
    const watch = new StallWatch();
    watch.check(expected, [], 0);
    expect(watch.check(expected, [], STALL_MS)).toEqual(new Set(['a']));
  });

  it('starts afresh when a stream was not expected for a while, as after a muted camera', () => {
    const watch = new StallWatch();
    watch.check(expected, [received('a', 5)], 0);
    watch.check(new Set(), [received('a', 5)], STALL_MS);
    expect(watch.check(expected, [received('a', 5)], STALL_MS + 1).size).toBe(0);
  });
});

describe('MissingPictures', () => {
  it('asks for a picture that never came, again and again until it comes', () => {
    const missing = new MissingPictures();
    const expected = new Set(['a']);
    const asked: number[] = [];
    for (let now = 0; now <= 4 * STALL_MS; now += 1_000) {
      if (missing.due(expected, [received('a', 0)], now).length > 0) asked.push(now);
    }
    expect(asked).toEqual([STALL_MS, 2 * STALL_MS, 3 * STALL_MS, 4 * STALL_MS]);
    expect(missing.due(expected, [received('a', 1)], 5 * STALL_MS)).toEqual([]);
  });

  it('asks for no picture that moves, or that nobody asks for any more', () => {
    const missing = new MissingPictures();
    for (let now = 0; now <= 3 * STALL_MS; now += 1_000) {
      expect(missing.due(new Set(['a']), [received('a', now)], now)).toEqual([]);
    }
    expect(missing.due(new Set<string>(), [received('a', 5)], 9 * STALL_MS)).toEqual([]);
  });

  it('asks for a few at a time, and for all in the end', () => {
    const missing = new MissingPictures();
    const many: ReadonlySet<string> = new Set(Array.from({ length: 40 }, (_, i) => `c${i}`));
    missing.due(many, [], 0);
    const [first, ...more] = [0, 1, 2].map((s) => missing.due(many, [], STALL_MS + 1_000 * s));
    expect(first?.length).toBeLessThanOrEqual(16);
    expect(new Set([...(first ?? []), ...more.flat()])).toEqual(many);
  });
});
