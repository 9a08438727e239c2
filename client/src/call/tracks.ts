// The tracks of the media worker, and what it has counted of each, read from the memory that it shares with the page.
import { type Counts, type FromMedia, readCounts, type SharedCounts } from '#e2ee/messages.ts';

type Named = Pick<Extract<FromMedia, { type: 'track' }>, 'consumerId' | 'slot'>;
export type TrackStats = Named & Counts;

/** A consumer id is no slot: it is a UUID. */
export const idOf = ({ consumerId, slot }: Named): string => consumerId ?? slot;

export class Tracks {
  readonly #tracks = new Map<string, Named & { readonly counts: SharedCounts }>();

  take(message: Extract<FromMedia, { type: 'track' | 'track-ended' }>): void {
    if (message.type === 'track') this.#tracks.set(idOf(message), message);
    else this.#tracks.delete(idOf(message));
  }

  /** As it is now. */
  read(): TrackStats[] {
    return [...this.#tracks.values()].map(({ consumerId, slot, counts }) => ({
      ...(consumerId !== undefined && { consumerId }),
      slot,
      ...readCounts(counts),
    }));
  }
}
