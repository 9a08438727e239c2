// What the server says of who is there. It decides whom we wait for and whom a commit may remove, never who gets keys.
import type { PeerId } from '#protocol';

export type PresenceState = 'here' | 'away' | 'left';

/** Peers remembered, more than a meeting of 100 has in a day of reloads. The oldest go. */
const MAX_KNOWN = 4096;

function bound(map: Map<PeerId, unknown>): void {
  for (const oldest of map.keys()) {
    if (map.size <= MAX_KNOWN) break;
    map.delete(oldest);
  }
}

export class Presence {
  readonly #states = new Map<PeerId, 'here' | 'away'>();
  readonly #gone = new Map<PeerId, { readonly nth: number; readonly at: number; readonly back: boolean }>();

  /** `nth` orders departures among announcements: a peer may come back under its old id with a new key package. */
  set(peerId: PeerId, state: PresenceState, when: { nth: number; at: number }): void {
    if (state !== 'left') {
      this.#states.set(peerId, state);
      bound(this.#states);
      return;
    }
    this.#states.delete(peerId);
    if (!this.isGone(peerId)) this.#gone.set(peerId, { ...when, back: false });
    bound(this.#gone);
  }

  /** Somebody of whom the server has said nothing is taken to be there: nobody can be removed by silence. */
  of(peerId: PeerId): PresenceState {
    return this.isGone(peerId) ? 'left' : (this.#states.get(peerId) ?? 'here');
  }

  /** The leaf of this peer should be removed. */
  isGone(peerId: PeerId): boolean {
    return this.#gone.get(peerId)?.back === false;
  }

  /** The leaf of this peer may be removed: it had left, though it may be back; not everybody can know that it is. */
  hasLeft(peerId: PeerId): boolean {
    return this.#gone.has(peerId);
  }

  gone(peerId: PeerId): { readonly nth: number; readonly at: number } | undefined {
    return this.#gone.get(peerId);
  }

  /** Was this announced by somebody who has not left since? */
  isCurrent(n: { peerId: PeerId; nth: number }): boolean {
    const gone = this.#gone.get(n.peerId);
    return gone === undefined || gone.back || n.nth > gone.nth;
  }

  /** It stands by the leaf that it has. */
  returned(peerId: PeerId): void {
    const gone = this.#gone.get(peerId);
    if (gone) this.#gone.set(peerId, { ...gone, back: true });
  }

  /** A new leaf of a peer that had left before: it is back. */
  added(n: { peerId: PeerId; nth: number }): void {
    if (this.isCurrent(n)) this.#gone.delete(n.peerId);
  }
}
