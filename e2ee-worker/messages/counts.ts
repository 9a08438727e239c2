// What is counted of one track: in memory that the media worker shares with the page, which reads it whenever it likes.
//
// In messages, one a second, a frame of two cameras cost 4 % more: a timer wakes a thread that sleeps between frames.
import * as z from 'zod/mini';

export const dropReasons = [
  /** No key for this epoch and sender (yet, or any more). */
  'no-key',
  /** The tag did not verify. */
  'bad-tag',
  /** Counter seen before, or older than the window. */
  'replay',
  /** The key id names another member or slot than the stream claims to be. */
  'wrong-sender',
  'unknown-codec',
  /** Not an SFrame, or too short to be one. */
  'malformed',
  /** Waited too long in a queue. */
  'stale',
  /** Anything that threw. */
  'fault',
] as const;
export const DropReason = z.enum(dropReasons);
export type DropReason = z.infer<typeof DropReason>;

/** Since the transform was attached. */
export interface Counts {
  /** Encrypted or decrypted. */
  readonly frames: number;
  /** By reason; absent reasons are 0. */
  readonly drops: Readonly<Partial<Record<DropReason, number>>>;
}

const LENGTH = 1 + dropReasons.length;
/** Where the frames are counted. */
export const FRAMES = 0;
export const placeOf = (reason: DropReason): number => 1 + dropReasons.indexOf(reason);

/** Frames, then drops in the order of `dropReasons`. For one writer; readers see each number as it was before or is after. */
export type SharedCounts = Uint32Array<SharedArrayBuffer>;
export const SharedCounts = z.custom<SharedCounts>(
  (v) => v instanceof Uint32Array && v.buffer instanceof SharedArrayBuffer && v.length === LENGTH,
);
export const newCounts = (): SharedCounts =>
  new Uint32Array(new SharedArrayBuffer(LENGTH * Uint32Array.BYTES_PER_ELEMENT));

/** As they are now. */
export function readCounts([frames = 0, ...dropped]: Uint32Array): Counts {
  const drops: Partial<Record<DropReason, number>> = {};
  for (const [i, reason] of dropReasons.entries()) if (dropped[i]) drops[reason] = dropped[i];
  return { frames, drops };
}
