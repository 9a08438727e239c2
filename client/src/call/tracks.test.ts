// Counts that worker and page share: what is written at one end is what is read at the other.
import { expect, it } from 'vitest';
import { dropReasons, FRAMES, FromMedia, newCounts, placeOf } from '#e2ee/messages.ts';
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
