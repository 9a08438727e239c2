// For tests and benches only: does for one room what signaling does. Orders commits by compare-and-swap, keeps the log,
// releases the Welcome with the winning commit, spreads confirmations. Calls clients directly; latency is the network's.
import { randomBytes } from 'node:crypto';
import {
  type Arrival,
  COMMIT_LOG_LENGTH,
  type LoggedCommit,
  MeetingId,
  PeerId,
  type Push,
  RoomId,
} from '#protocol';

const id = () => randomBytes(16).toString('base64url');
export const newPeerId = () => PeerId.parse(id());
export const newRoomId = () => RoomId.parse(id());
export const newMeetingId = () => MeetingId.parse(id());

type PushOf =
  | { type: 'arrived'; arrival: Arrival }
  | { type: 'presence'; peerId: PeerId; presence: 'here' | 'away' | 'left' }
  | { type: 'committed'; commit: LoggedCommit }
  | { type: 'welcomed'; epoch: number; welcome: Uint8Array }
  | ({ type: 'confirmed' } & Push<'group:confirmed'>)
  | { type: 'found'; meetingId: MeetingId; expiresAt: number };
export type ServerPush = PushOf;

interface Peer {
  readonly peerId: PeerId;
  readonly push: (p: ServerPush) => void;
  presence: 'here' | 'away';
  inGroup: boolean;
  arrival: Arrival | undefined;
}

export interface CommitOffer {
  readonly epoch: number;
  readonly commit: Uint8Array;
  readonly welcome?: Uint8Array | undefined;
  readonly added: readonly PeerId[];
}

/** Confirmations are gathered this long. */
const BATCH_MS = 20;

export class DeliveryService {
  readonly roomId = newRoomId();
  meetingId = newMeetingId();
  expiresAt: number;
  epoch = 0;
  log: LoggedCommit[] = [];
  /** Sizes and counts, for benches. */
  readonly stats = { commits: 0, commitBytes: 0, welcomeBytes: 0, refusedOffers: 0 };
  readonly #peers = new Map<PeerId, Peer>();
  readonly #setTimer: (ms: number, fire: () => void) => unknown;
  #tags: Push<'group:confirmed'>['tags'] = [];
  #tagsEpoch = -1;

  constructor(o: { expiresAt: number; setTimer: (ms: number, fire: () => void) => unknown }) {
    this.expiresAt = o.expiresAt;
    this.#setTimer = o.setTimer;
  }

  #others(than: PeerId): Peer[] {
    return [...this.#peers.values()].filter((p) => p.peerId !== than);
  }

  #members(): Peer[] {
    return [...this.#peers.values()].filter((p) => p.inGroup);
  }

  /** As meeting:join. The answer also says what the page tells its group worker about those who are there. */
  join(arrival: Arrival, push: (p: ServerPush) => void) {
    const found = this.#members().length === 0;
    const others = this.#others(arrival.peerId);
    for (const p of others) {
      p.push({ type: 'arrived', arrival });
    }
    if (found) {
      this.meetingId = newMeetingId();
      this.epoch = 0;
      this.log = [];
    }
    const peer: Peer = {
      peerId: arrival.peerId,
      push,
      presence: 'here',
      inGroup: found,
      arrival: found ? undefined : arrival,
    };
    this.#peers.set(arrival.peerId, peer);
    return {
      entry: found ? ('found' as const) : ('wait' as const),
      meetingId: this.meetingId,
      expiresAt: this.expiresAt,
      peers: others.map((p) => ({ peerId: p.peerId, presence: p.presence, arrival: p.arrival })),
    };
  }

  commit(from: PeerId, offer: CommitOffer): 'accepted' | 'epoch-taken' | 'failed' {
    if (!this.#peers.get(from)?.inGroup) return 'failed';
    if (offer.epoch !== this.epoch) {
      this.stats.refusedOffers++;
      return 'epoch-taken';
    }
    this.publish({ epoch: offer.epoch, from, commit: offer.commit }, offer);
    return 'accepted';
  }

  /** Also what a hostile server does when it makes up a commit. */
  publish(commit: LoggedCommit, offer: Pick<CommitOffer, 'welcome' | 'added'>): void {
    this.stats.commits++;
    this.stats.commitBytes += commit.commit.byteLength;
    this.stats.welcomeBytes += offer.welcome?.byteLength ?? 0;
    this.log = [...this.log, commit].slice(-COMMIT_LOG_LENGTH);
    this.epoch = commit.epoch + 1;
    for (const p of this.#members()) {
      if (!offer.added.includes(p.peerId)) p.push({ type: 'committed', commit });
    }
    for (const peerId of offer.added) {
      const p = this.#peers.get(peerId);
      if (!p) continue;
      p.inGroup = true;
      p.arrival = undefined;
      if (offer.welcome) p.push({ type: 'welcomed', epoch: this.epoch, welcome: offer.welcome });
    }
  }

  replay(since: number): { epoch: number; commits: LoggedCommit[] } | undefined {
    const first = this.epoch - this.log.length;
    if (since < first) return undefined;
    return { epoch: this.epoch, commits: this.log.filter((c) => c.epoch >= since) };
  }

  rejoin(arrival: Arrival): void {
    const peer = this.#peers.get(arrival.peerId);
    if (!peer) return;
    peer.arrival = arrival;
    for (const p of this.#others(arrival.peerId)) p.push({ type: 'arrived', arrival });
  }

  applied(peerId: PeerId, epoch: number, tag: Uint8Array): void {
    if (epoch !== this.#tagsEpoch) this.#flush();
    this.#tagsEpoch = epoch;
    if (this.#tags.length === 0) this.#setTimer(BATCH_MS, () => this.#flush());
    this.#tags.push({ peerId, tag });
  }

  #flush(): void {
    const tags = this.#tags;
    this.#tags = [];
    if (tags.length === 0) return;
    for (const p of this.#members()) p.push({ type: 'confirmed', epoch: this.#tagsEpoch, tags });
  }

  presence(peerId: PeerId, presence: 'here' | 'away'): void {
    const peer = this.#peers.get(peerId);
    if (!peer) return;
    peer.presence = presence;
    for (const p of this.#others(peerId)) p.push({ type: 'presence', peerId, presence });
  }

  leave(peerId: PeerId): void {
    if (!this.#peers.delete(peerId)) return;
    for (const p of this.#others(peerId)) p.push({ type: 'presence', peerId, presence: 'left' });
  }
}
