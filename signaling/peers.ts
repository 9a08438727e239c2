// All peers, and the 30 s for which the place of a disconnected one is held.
import { type LeaveReason, PeerId, RESUME_WINDOW_MS, type ResumeToken } from '#protocol';
import type { Cancel, Clock } from './clock.ts';
import type { Allowance } from './limits.ts';
import { newId } from './newId.ts';
import type { Link } from './outbox.ts';
import { type Claim, PeerTokens } from './PeerTokens.ts';
import { Peer } from './peer.ts';
import { Refusal } from './refusal.ts';

/** Bounds memory against a flood of connections. */
const MAX_PEERS_HELD = 10_000;

interface Watchers {
  away(peer: Peer): void;
  back(peer: Peer): void;
  /** Resolves when everybody knows. */
  gone(peer: Peer, reason: LeaveReason): Promise<void>;
}

type From = Pick<Peer, 'account' | 'sessionId' | 'network'>;
/** Who stands behind a connection. */
type Owner = Pick<Peer, 'account' | 'sessionId'>;

export class Peers {
  readonly #peers = new Map<PeerId, Peer>();
  readonly #places = new Map<PeerId, Cancel>();
  readonly #clock: Clock;
  readonly #tokens: PeerTokens;
  readonly #watchers: Watchers;
  readonly #max: number;

  constructor(clock: Clock, watchers: Watchers, max = MAX_PEERS_HELD) {
    this.#clock = clock;
    this.#tokens = new PeerTokens(clock);
    this.#watchers = watchers;
    this.#max = max;
  }

  start(link: Link, allowance: Allowance, from: From): Peer {
    if (this.#peers.size >= this.#max) this.#makeRoom();
    const peer = new Peer({ id: newId(PeerId), allowance, ...from });
    peer.link = link;
    this.#peers.set(peer.id, peer);
    return peer;
  }

  /** The peer on its new link, or nothing when its place is gone. A link it still had is closed. */
  resume(claim: Claim, link: Link, { account, sessionId }: Partial<Owner> = {}): Peer | undefined {
    const peer = this.find(claim);
    if (!peer || peer.behind) return undefined;
    // Who signs out while the line is down is not that account any more when it is up again.
    if (peer.account && peer.account.id !== account?.id) return undefined;
    const old = peer.link;
    peer.link = link;
    peer.sessionId = sessionId;
    this.#release(peer);
    if (old) old.end();
    else this.#watchers.back(peer);
    return peer;
  }

  find(claim: Claim): Peer | undefined {
    return this.#tokens.isGood(claim) ? this.#peers.get(claim.peerId) : undefined;
  }

  tokenFor({ id }: Peer): ResumeToken {
    return this.#tokens.tokenFor(id);
  }

  /** The connection broke: the place is held for a while. */
  lost(peer: Peer, link: Link): void {
    if (peer.link !== link || peer.gone) return;
    peer.link = undefined;
    const cancel = this.#clock.after(RESUME_WINDOW_MS, () => void this.drop(peer, 'timeout'));
    this.#places.set(peer.id, cancel);
    this.#watchers.away(peer);
  }

  /** Those whose place is held. */
  away(): Peer[] {
    return [...this.#places.keys()].flatMap((id) => this.#peers.get(id) ?? []);
  }

  /** Gone for good: the id and its tokens are worth nothing from now on. */
  async drop(peer: Peer, reason: LeaveReason): Promise<void> {
    if (!this.#peers.delete(peer.id)) return;
    peer.gone = true;
    this.#release(peer);
    const link = peer.link;
    peer.link = undefined;
    const told = this.#watchers.gone(peer, reason);
    link?.end();
    await told;
  }

  /**
   * Whoever is in no meeting and at no door goes, the absent first, then who has been here for longest: its page comes back by itself and
   * has lost nothing.
   */
  #makeRoom(): void {
    const peer = this.#firstOutside(this.#places.keys()) ?? this.#firstOutside(this.#peers.keys());
    if (!peer) throw new Refusal('RATE_LIMITED', 'the server is full');
    void this.drop(peer, 'timeout');
  }

  #firstOutside(ids: Iterable<PeerId>): Peer | undefined {
    for (const id of ids) {
      const peer = this.#peers.get(id);
      if (peer?.state === 'outside') return peer;
    }
    return undefined;
  }

  #release(peer: Peer): void {
    this.#places.get(peer.id)?.();
    this.#places.delete(peer.id);
  }
}
