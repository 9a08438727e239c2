// The tracks of the media worker, and what it has counted of each, read from the memory that it shares with the page.
import { type Counts, type FromMedia, readCounts, type SharedCounts } from '#e2ee/messages.ts';
import type { FrameCounts } from './model.ts';

type Named = Pick<Extract<FromMedia, { type: 'track' }>, 'consumerId' | 'slot'>;
export type TrackStats = Named & Counts;

/** A consumer id is no slot: it is a UUID. */
const idOf = ({ consumerId, slot }: Named): string => consumerId ?? slot;

export class Tracks {
  readonly #tracks = new Map<string, Named & { readonly counts: SharedCounts }>();
  /** Of those that have ended only the sum stays: a server can offer tracks without end. */
  #ended: FrameCounts = { encrypted: 0, decrypted: 0, dropped: {} };

  take(message: Extract<FromMedia, { type: 'track' | 'track-ended' }>): void {
    const before = this.#tracks.get(idOf(message));
    if (before) this.#ended = add(this.#ended, statsOf(before));
    this.#tracks.delete(idOf(message));
    if (message.type === 'track') this.#tracks.set(idOf(message), message);
  }

  /** As they are now. */
  read(): TrackStats[] {
    return [...this.#tracks.values()].map(statsOf);
  }

  /** Of all tracks that there ever were; `now` is what was read of those that there are. */
  sum(now: readonly TrackStats[]): FrameCounts {
    return now.reduce(add, this.#ended);
  }
}

const statsOf = ({ consumerId, slot, counts }: Named & { readonly counts: SharedCounts }): TrackStats => ({
  ...(consumerId !== undefined && { consumerId }),
  slot,
  ...readCounts(counts),
});

function add(counts: FrameCounts, { consumerId, frames, drops }: TrackStats): FrameCounts {
  const dropped = { ...counts.dropped };
  for (const [reason, n] of Object.entries(drops)) dropped[reason] = (dropped[reason] ?? 0) + n;
  const sent = consumerId === undefined;
  const encrypted = counts.encrypted + (sent ? frames : 0);
  const decrypted = counts.decrypted + (sent ? 0 : frames);
  return { encrypted, decrypted, dropped };
}
