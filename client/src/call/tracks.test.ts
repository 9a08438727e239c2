// Counts that worker and page share: what is written at one end is what is read at the other.
import { describe, expect, it } from 'vitest';
import {
  type DropReason,
  dropReasons,
  FRAMES,
  FromMedia,
  newCounts,
  placeOf,
  type SharedCounts,
} from '#e2ee/messages.ts';
import { Tracks } from './tracks.ts';

const [A, B] = ['00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-00000000000b'];

it('reads every count as it is now, of the tracks that there are now', () => {
  const tracks = new Tracks();
  const [mic, camera] = [newCounts(), newCounts()];
  tracks.take({ type: 'track', slot: 'mic', counts: mic });
  tracks.take({ type: 'track', slot: 'camera', consumerId: A, counts: camera });
  expect(tracks.read()).toEqual([
    { slot: 'mic', frames: 0, drops: {} },
    { slot: 'camera', consumerId: A, frames: 0, drops: {} },
  ]);
  mic[FRAMES] = 2;
  // As many as its place in the list, so that no two can be mixed up.
  for (const [i, reason] of dropReasons.entries()) camera[placeOf(reason)] = i + 1;
  const drops = Object.fromEntries(dropReasons.map((reason, i) => [reason, i + 1]));
  expect(tracks.read()).toEqual([
    { slot: 'mic', frames: 2, drops: {} },
    { slot: 'camera', consumerId: A, frames: 0, drops },
  ]);

  const again = newCounts();
  again[FRAMES] = 1;
  tracks.take({ type: 'track', slot: 'mic', counts: again });
  tracks.take({ type: 'track-ended', slot: 'camera', consumerId: B });
  tracks.take({ type: 'track-ended', slot: 'camera', consumerId: A });
  expect(tracks.read()).toEqual([{ slot: 'mic', frames: 1, drops: {} }]);
});

it('takes no memory of another size, or that is not shared', () => {
  const counts = newCounts();
  const track = { type: 'track', slot: 'mic', counts };
  expect(FromMedia.safeParse(track).success).toBe(true);
  const { length, buffer } = counts;
  for (const other of [
    counts.subarray(1),
    new Uint32Array(length),
    new Uint8Array(buffer, 0, length),
    buffer,
    null,
  ])
    expect(FromMedia.safeParse({ ...track, counts: other }).success).toBe(false);
});

describe('the sum', () => {
  const counted = (frames: number, drops: Partial<Record<DropReason, number>> = {}): SharedCounts => {
    const counts = newCounts();
    counts[FRAMES] = frames;
    for (const [i, reason] of dropReasons.entries()) counts[1 + i] = drops[reason] ?? 0;
    return counts;
  };
  const sumOf = (tracks: Tracks) => tracks.sum(tracks.read());

  it('is over both directions, and by reason', () => {
    const tracks = new Tracks();
    tracks.take({ type: 'track', slot: 'mic', counts: counted(5) });
    tracks.take({ type: 'track', slot: 'mic', consumerId: A, counts: counted(3, { 'no-key': 2 }) });
    tracks.take({
      type: 'track',
      slot: 'mic',
      consumerId: B,
      counts: counted(4, { 'no-key': 1, replay: 7 }),
    });
    expect(sumOf(tracks)).toEqual({ encrypted: 5, decrypted: 7, dropped: { 'no-key': 3, replay: 7 } });
  });

  it('keeps all that was counted of tracks that have ended or were attached anew, also since they were last read', () => {
    const tracks = new Tracks();
    const first = counted(10);
    tracks.take({ type: 'track', slot: 'mic', counts: first });
    expect(sumOf(tracks).encrypted).toBe(10);
    first[FRAMES] = 12;
    // More than the one before had: nothing tells them apart but that it is another one.
    tracks.take({ type: 'track', slot: 'mic', counts: counted(20) });
    expect(sumOf(tracks).encrypted).toBe(32);
    tracks.take({ type: 'track-ended', slot: 'mic' });
    expect(sumOf(tracks).encrypted).toBe(32);
  });

  it('has all of the many streams that a server has offered and ended, each once', () => {
    const tracks = new Tracks();
    for (let i = 0; i < 100; i++) {
      const named = { slot: 'camera', consumerId: `consumer ${i}` } as const;
      tracks.take({ type: 'track', ...named, counts: counted(2, { replay: 1 }) });
      tracks.take({ type: 'track-ended', ...named });
    }
    expect(tracks.read()).toEqual([]);
    expect(sumOf(tracks)).toEqual({ encrypted: 0, decrypted: 200, dropped: { replay: 100 } });
  });
});
