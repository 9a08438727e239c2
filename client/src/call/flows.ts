// What the media worker says of each stream: does it open, and if not why; does it go on; and what was counted so far.
import type { DropReason } from '#e2ee/messages.ts';
import type { FrameCounts } from './model.ts';
import { idOf, type TrackStats } from './tracks.ts';

/** Of one receiving stream. */
export interface Flow {
  readonly flowing: boolean;
  readonly reason: DropReason | undefined;
}

type Report = readonly TrackStats[];

/**
 * Reports in a row, of one a second, without a frame: a picture that stopped 2 to 3 s ago is not shown as live. Counted in
 * reports, so that a page or laptop that stood still itself blames nobody. More: a frozen face. Less: cameras of one frame
 * a second blink, and so does everybody whose key frame was lost and had to be asked for again.
 */
export const STILL_REPORTS = 2;

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

function add(counts: FrameCounts, { consumerId, frames, drops }: TrackStats): FrameCounts {
  const dropped = { ...counts.dropped };
  for (const [reason, n] of Object.entries(drops)) dropped[reason] = (dropped[reason] ?? 0) + n;
  const sent = consumerId === undefined;
  const encrypted = counts.encrypted + (sent ? frames : 0);
  const decrypted = counts.decrypted + (sent ? 0 : frames);
  return { encrypted, decrypted, dropped };
}

/** Notices streams that should bring frames and do not. */
export class StallWatch {
  readonly #seen = new Map<string, { readonly frames: number; still: number }>();

  /** Once for each report: the streams asked for that have stood still. */
  check(expected: ReadonlySet<string>, tracks: Report): Set<string> {
    const frames = new Map(tracks.map((track) => [track.consumerId ?? '', track.frames]));
    for (const id of this.#seen.keys()) if (!expected.has(id)) this.#seen.delete(id);
    const stalled = new Set<string>();
    for (const id of expected) {
      const count = frames.get(id) ?? -1;
      const seen = this.#seen.get(id);
      if (seen?.frames !== count) this.#seen.set(id, { frames: count, still: 0 });
      else if (++seen.still >= STILL_REPORTS) stalled.add(id);
    }
    return stalled;
  }
}

/**
 * Tells streams that have brought something since they were asked for: one that was paused meanwhile and goes on needs a key
 * frame again, however much of it was seen before. A picture that comes before the first report is not noticed: a screen that
 * stands still costs one key frame more then.
 */
export class Unseen {
  readonly #from = new Map<string, number>();

  /** At every change of what is asked for: two of them may fall between two reports. */
  asked(ids: ReadonlySet<string>): void {
    for (const id of this.#from.keys()) if (!ids.has(id)) this.#from.delete(id);
  }

  /** Once for each report: those of which nothing has come. */
  of(ids: ReadonlySet<string>, tracks: Report): Set<string> {
    this.asked(ids);
    const frames = new Map(tracks.map((track) => [track.consumerId ?? '', track.frames]));
    const unseen = new Set<string>();
    for (const id of ids) {
      const count = frames.get(id) ?? 0;
      const from = this.#from.get(id) ?? count;
      if (count <= from) unseen.add(id);
      // One that is attached anew counts from 0.
      this.#from.set(id, Math.min(from, count));
    }
    return unseen;
  }
}

/** More: somebody is missed for longer. Less: a sender is kept busy with key frames, which are large. */
export const MISSING_MS = 3_000;
/** More: a page that sees nothing asks with most of what it may ask at all. Less: a large meeting that lost much heals slowly. */
const ASKED_AT_ONCE = 16;

/**
 * Pictures to ask a key frame for. The media server asks twice and then never again, and the browser asks for none of a stream
 * of which nothing has come: without this, two lost requests are a tile without a picture for as long as the call lasts.
 */
export class MissingPictures {
  readonly #seen = new Map<string, { readonly frames: number; readonly since: number }>();

  /** Every MISSING_MS for each that goes on missing. */
  due<Id extends string>(expected: ReadonlySet<Id>, tracks: Report, now: number): Id[] {
    const frames = new Map(tracks.map((track) => [track.consumerId ?? '', track.frames]));
    const known: ReadonlySet<string> = expected;
    for (const id of this.#seen.keys()) if (!known.has(id)) this.#seen.delete(id);
    const due: Id[] = [];
    for (const id of expected) {
      const count = frames.get(id) ?? -1;
      const seen = this.#seen.get(id);
      const overdue = seen?.frames === count && now - seen.since >= MISSING_MS;
      if (overdue && due.length < ASKED_AT_ONCE) due.push(id);
      if (seen?.frames !== count || due.at(-1) === id) this.#seen.set(id, { frames: count, since: now });
    }
    return due;
  }
}
