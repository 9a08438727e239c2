// What the media worker says of each stream: does it open, and if not why; does it go on.
import type { DropReason } from '#e2ee/messages.ts';
import type { TrackStats } from './tracks.ts';

/** Of one receiving stream. */
export interface Flow {
  readonly flowing: boolean;
  readonly reason: DropReason | undefined;
}

/** All tracks, as they are counted at one moment. */
type Reading = readonly TrackStats[];

/**
 * Readings in a row, of one a second, without a frame: a picture that stopped 2 to 3 s ago is not shown as live. Counted in
 * readings, so that a page or laptop that stood still itself blames nobody. More: a frozen face. Less: cameras of one frame
 * a second blink, and so does everybody whose key frame was lost and had to be asked for again.
 */
export const STILL_READINGS = 2;

/** Notices streams that should bring frames and do not. */
export class StallWatch {
  readonly #seen = new Map<string, { readonly frames: number; still: number }>();

  /** Once for each reading: the streams asked for that have stood still. */
  check(expected: ReadonlySet<string>, tracks: Reading): Set<string> {
    const frames = new Map(tracks.map((track) => [track.consumerId ?? '', track.frames]));
    for (const id of this.#seen.keys()) if (!expected.has(id)) this.#seen.delete(id);
    const stalled = new Set<string>();
    for (const id of expected) {
      const count = frames.get(id) ?? -1;
      const seen = this.#seen.get(id);
      if (seen?.frames !== count) this.#seen.set(id, { frames: count, still: 0 });
      else if (++seen.still >= STILL_READINGS) stalled.add(id);
    }
    return stalled;
  }
}

/**
 * Tells streams that have brought something since they were asked for: one that was paused meanwhile and goes on needs a key
 * frame again, however much of it was seen before. A picture that comes before the first reading is not noticed: a screen that
 * stands still costs one key frame more then.
 */
export class Unseen {
  readonly #from = new Map<string, number>();

  /** At every change of what is asked for: two of them may fall between two readings. */
  asked(ids: ReadonlySet<string>): void {
    for (const id of this.#from.keys()) if (!ids.has(id)) this.#from.delete(id);
  }

  /** Once for each reading: those of which nothing has come. */
  of(ids: ReadonlySet<string>, tracks: Reading): Set<string> {
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
  due<Id extends string>(expected: ReadonlySet<Id>, tracks: Reading, now: number): Id[] {
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
