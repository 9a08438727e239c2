// Counting over tracks that come and go, and noticing pictures that stand still.
import { describe, expect, it } from 'vitest';
import type { TrackStats } from '#e2ee/messages.ts';
import { FrameLedger, STALL_MS, StallWatch } from './flows.ts';

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

  it('counts all of the many streams that a server has offered and ended, each once', () => {
    const ledger = new FrameLedger();
    for (let i = 0; i < 100; i++) ledger.report([received(`consumer ${i}`, 2, { replay: 1 })]);
    expect(ledger.report([sent(1)])).toEqual({ encrypted: 1, decrypted: 200, dropped: { replay: 100 } });
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
