// What the media worker says of each stream: does it open, and if not why; does it go on; and what was counted so far.
import type { DropReason, FromMedia, TrackStats } from '#e2ee/messages.ts';
import type { FrameCounts } from './model.ts';

/** Of one receiving stream. */
export interface Flow {
  readonly flowing: boolean;
  readonly reason: DropReason | undefined;
}

type Report = Extract<FromMedia, { type: 'stats' }>['tracks'];

/** A picture that stood still for this long is not shown as live. More: a frozen face. Less: flicker on bad networks. */
export const STALL_MS = 3_000;

const idOf = (track: TrackStats): string => `${track.direction} ${track.slot} ${track.consumerId ?? ''}`;

/** Adds up frames over tracks that come and go. Of those that ended only the sum stays: a server can offer them without end. */
export class FrameLedger {
  #latest: ReadonlyMap<string, TrackStats> = new Map();
  #before: FrameCounts = { encrypted: 0, decrypted: 0, dropped: {} };

  report(tracks: Report): FrameCounts {
    const latest = new Map(tracks.map((track) => [idOf(track), track]));
    for (const [id, earlier] of this.#latest) {
      const track = latest.get(id);
      // Gone, or attached anew: then it counts from 0 again.
      if (!track || total(track) < total(earlier)) this.#before = add(this.#before, earlier);
    }
    this.#latest = latest;
    return [...latest.values()].reduce(add, this.#before);
  }
}

const total = ({ frames, drops }: TrackStats): number =>
  Object.values(drops).reduce((sum, n) => sum + n, frames);

function add(counts: FrameCounts, { direction, frames, drops }: TrackStats): FrameCounts {
  const dropped = { ...counts.dropped };
  for (const [reason, n] of Object.entries(drops)) dropped[reason] = (dropped[reason] ?? 0) + n;
  const encrypted = counts.encrypted + (direction === 'send' ? frames : 0);
  const decrypted = counts.decrypted + (direction === 'receive' ? frames : 0);
  return { encrypted, decrypted, dropped };
}

/** Notices streams that should bring frames and do not. */
export class StallWatch {
  readonly #seen = new Map<string, { frames: number; since: number }>();

  /** The streams asked for that have stood still, at `now` in ms. */
  check(expected: ReadonlySet<string>, tracks: Report, now: number): Set<string> {
    const frames = new Map(tracks.map((track) => [track.consumerId ?? '', track.frames]));
    for (const id of this.#seen.keys()) if (!expected.has(id)) this.#seen.delete(id);
    const stalled = new Set<string>();
    for (const id of expected) {
      const count = frames.get(id) ?? -1;
      const seen = this.#seen.get(id);
      if (seen?.frames !== count) this.#seen.set(id, { frames: count, since: now });
      else if (now - seen.since >= STALL_MS) stalled.add(id);
    }
    return stalled;
  }
}
