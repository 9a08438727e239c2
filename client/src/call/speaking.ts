// Who speaks: from loudness measured here, after decryption. The server is not asked, and packet headers do not tell.
import type { PeerId } from '#protocol';
import type { Remote } from '../media/Receiver.ts';

/** Of full scale. More: quiet people never light up. Less: breathing does. */
const LOUD = 0.015;
/** Words have gaps. */
const HOLD_MS = 700;

export class Speaking {
  readonly #heard = new Map<PeerId, number>();

  /** `levels` by track id, the own one under `own`. */
  update(given: {
    levels: ReadonlyMap<string, number>;
    remotes: readonly Pick<Remote, 'peerId' | 'slot' | 'trackId' | 'muted'>[];
    own: { peerId: PeerId; muted: boolean };
    now: number;
  }): Set<PeerId> {
    const { levels, remotes, own, now } = given;
    for (const { peerId, slot, trackId, muted } of remotes) {
      if (slot === 'mic' && !muted && (levels.get(trackId) ?? 0) >= LOUD) this.#heard.set(peerId, now);
      if (slot === 'mic' && muted) this.#heard.delete(peerId);
    }
    if (own.muted) this.#heard.delete(own.peerId);
    else if ((levels.get('own') ?? 0) >= LOUD) this.#heard.set(own.peerId, now);
    for (const [peerId, at] of this.#heard) if (now - at > HOLD_MS) this.#heard.delete(peerId);
    return new Set(this.#heard.keys());
  }
}

export const sameSet = <T>(a: ReadonlySet<T>, b: ReadonlySet<T>): boolean =>
  a.size === b.size && [...a].every((item) => b.has(item));
