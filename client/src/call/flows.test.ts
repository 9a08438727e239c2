// Noticing pictures that stand still, and those that never came.
import { describe, expect, it } from 'vitest';
import { MISSING_MS, MissingPictures, STILL_READINGS, StallWatch, Unseen } from './flows.ts';
import type { TrackStats } from './tracks.ts';

const received = (consumerId: string, frames: number, drops: TrackStats['drops'] = {}): TrackStats => ({
  consumerId,
  slot: 'camera',
  frames,
  drops,
});

describe('StallWatch', () => {
  const expected = new Set(['a']);
  const REPORT_MS = 1_000;

  /** Since when the picture of a camera that brought frames at these moments is called stalled; the first report is at `phase`. */
  function stalls({ frames, phase, untilMs }: { frames: number[]; phase: number; untilMs: number }) {
    const watch = new StallWatch();
    const changes: { at: number; stalled: boolean }[] = [];
    for (let at = phase; at <= untilMs; at += REPORT_MS) {
      const count = frames.filter((frame) => frame <= at).length;
      const stalled = watch.check(expected, [received('a', count)]).has('a');
      if (stalled !== (changes.at(-1)?.stalled ?? false)) changes.push({ at, stalled });
    }
    return changes;
  }
  const camera = ({ everyMs, forMs }: { everyMs: number; forMs: number }) =>
    Array.from({ length: Math.floor(forMs / everyMs) }, (_, i) => i * everyMs);
  const PHASES = [0, 1, 77, 250, 499, 999];

  it('calls a picture stalled from 2 to 3 s after its last frame, however reports fall, and lets it go with the next frame', () => {
    for (const phase of PHASES) {
      const before = camera({ everyMs: 33, forMs: 5_000 });
      const last = before.at(-1) ?? 0;
      const changes = stalls({ frames: [...before, 9_000, 9_033], phase, untilMs: 10_100 });
      expect(changes.map(({ stalled }) => stalled)).toEqual([true, false]);
      const [stopped, back] = changes.map(({ at }) => at);
      expect(stopped).toBeGreaterThanOrEqual(last + 2_000);
      expect(stopped).toBeLessThanOrEqual(last + 3_000);
      expect(back).toBeLessThanOrEqual(9_000 + REPORT_MS);
    }
  });

  it('never blames a camera that is slow, down to one frame a second, or that pauses for as long as a lost key frame takes', () => {
    for (const phase of PHASES) {
      for (const everyMs of [33, 200, 1_000])
        expect(stalls({ frames: camera({ everyMs, forMs: 60_000 }), phase, untilMs: 59_000 })).toEqual([]);
      const pausing = camera({ everyMs: 33, forMs: 60_000 }).filter((at) => at % 5_000 > 1_400);
      expect(stalls({ frames: pausing, phase: 1_500 + phase, untilMs: 59_900 })).toEqual([]);
    }
  });

  it('blames nobody when the page itself stood still, whether it lost the reports of that time or gets them all at once', () => {
    const watch = new StallWatch();
    watch.check(expected, [received('a', 5)]);
    // A minute later, after sleep: the first report may be from before the first frame.
    expect(watch.check(expected, [received('a', 5)]).size).toBe(0);
    for (const count of [6, 20, 35, 50]) expect(watch.check(expected, [received('a', count)]).size).toBe(0);
  });

  it('notices a stream that the media worker does not report at all', () => {
    const watch = new StallWatch();
    for (let i = 0; i < STILL_READINGS; i++) expect(watch.check(expected, []).size).toBe(0);
    expect(watch.check(expected, [])).toEqual(new Set(['a']));
  });

  it('starts afresh when a stream was not expected for a while, as after a muted camera', () => {
    const watch = new StallWatch();
    const still = [received('a', 5)];
    for (let i = 0; i < STILL_READINGS; i++) watch.check(expected, still);
    watch.check(new Set(), still);
    for (let i = 0; i < STILL_READINGS; i++) expect(watch.check(expected, still).size).toBe(0);
    expect(watch.check(expected, still)).toEqual(expected);
  });
});

describe('Unseen', () => {
  const asked: ReadonlySet<string> = new Set(['a']);
  const nothing = new Set<string>();

  it('is a screen until something of it has come; then it may stand still', () => {
    const unseen = new Unseen();
    expect(unseen.of(asked, [])).toEqual(asked);
    expect(unseen.of(asked, [received('a', 0)])).toEqual(asked);
    expect(unseen.of(asked, [received('a', 1)])).toEqual(nothing);
    expect(unseen.of(asked, [received('a', 1)])).toEqual(nothing);
  });

  it('is one again that was asked for no more and is now, if only between two reports, until something new has come', () => {
    const unseen = new Unseen();
    unseen.of(asked, [received('a', 0)]);
    expect(unseen.of(asked, [received('a', 4)])).toEqual(nothing);
    unseen.asked(nothing);
    unseen.asked(asked);
    for (let i = 0; i < 5; i++) expect(unseen.of(asked, [received('a', 5)])).toEqual(asked);
    expect(unseen.of(asked, [received('a', 6)])).toEqual(nothing);
    unseen.of(nothing, [received('a', 6)]);
    expect(unseen.of(asked, [received('a', 6)])).toEqual(asked);
  });

  it('is one that is attached anew, and counts from 0', () => {
    const unseen = new Unseen();
    unseen.of(asked, [received('a', 9)]);
    expect(unseen.of(asked, [received('a', 10)])).toEqual(nothing);
    expect(unseen.of(asked, [received('a', 0)])).toEqual(asked);
    expect(unseen.of(asked, [received('a', 1)])).toEqual(nothing);
  });
});

describe('MissingPictures', () => {
  it('asks for a picture that never came, again and again until it comes', () => {
    const missing = new MissingPictures();
    const expected = new Set(['a']);
    const asked: number[] = [];
    for (let now = 0; now <= 4 * MISSING_MS; now += 1_000) {
      if (missing.due(expected, [received('a', 0)], now).length > 0) asked.push(now);
    }
    expect(asked).toEqual([MISSING_MS, 2 * MISSING_MS, 3 * MISSING_MS, 4 * MISSING_MS]);
    expect(missing.due(expected, [received('a', 1)], 5 * MISSING_MS)).toEqual([]);
  });

  it('asks for no picture that moves, or that nobody asks for any more', () => {
    const missing = new MissingPictures();
    for (let now = 0; now <= 3 * MISSING_MS; now += 1_000) {
      expect(missing.due(new Set(['a']), [received('a', now)], now)).toEqual([]);
    }
    expect(missing.due(new Set<string>(), [received('a', 5)], 9 * MISSING_MS)).toEqual([]);
  });

  it('asks for a few at a time, and for all in the end', () => {
    const missing = new MissingPictures();
    const many: ReadonlySet<string> = new Set(Array.from({ length: 40 }, (_, i) => `c${i}`));
    missing.due(many, [], 0);
    const [first, ...more] = [0, 1, 2].map((s) => missing.due(many, [], MISSING_MS + 1_000 * s));
    expect(first?.length).toBeLessThanOrEqual(16);
    expect(new Set([...(first ?? []), ...more.flat()])).toEqual(many);
  });
});
