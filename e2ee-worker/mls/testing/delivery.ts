// For tests and benches only: does for one room what signaling does. Orders commits by compare-and-swap, keeps the log,
// releases the Welcome with the winning commit, spreads confirmations, leads people to the lobby and hosts' errands to their ends. Calls clients directly; latency is the network's.
import { randomBytes } from 'node:crypto';
import {
  type Arrival,
  COMMIT_LOG_LENGTH,
  type Imposed,
  type LoggedCommit,
  MeetingId,
  PeerId,
  type Push,
  RoomId,
} from '#protocol';
import { hex } from '../../link/bytes.ts';

const id = () => randomBytes(16).toString('base64url');
export const newPeerId = () => PeerId.parse(id());
export const newRoomId = () => RoomId.parse(id());
export const newMeetingId = () => MeetingId.parse(id());

type PushOf =
  | { type: 'arrived'; arrival: Arrival }
  | { type: 'presence'; peerId: PeerId; presence: 'here' | 'away' | 'left' }
  | { type: 'committed'; commit: LoggedCommit }
  | { type: 'reverted'; epoch: number; from: PeerId }
  | { type: 'welcomed'; epoch: number; welcome: Uint8Array }
  | ({ type: 'confirmed' } & Push<'group:confirmed'>)
  | { type: 'found'; meetingId: MeetingId; expiresAt: number; latestEnd: number; imposed?: Imposed }
  | { type: 'knocked'; arrival: Arrival; since: number }
  | { type: 'knock-left'; peerId: PeerId }
  | { type: 'knock-delegated'; peerId: PeerId; mac: Uint8Array }
  | { type: 'said'; word: Uint8Array }
  | { type: 'chat-received'; message: Uint8Array }
  | { type: 'let-in'; answer: LetIn }
  | { type: 'turned-away'; reason: 'refused' | 'blocked' | 'removed' };
export interface LetIn {
  readonly meetingId: MeetingId;
  readonly right?: Uint8Array | undefined;
  readonly peers: readonly { peerId: PeerId; presence: 'here' | 'away'; arrival: Arrival | undefined }[];
}
export type ServerPush = PushOf;

interface Peer {
  readonly peerId: PeerId;
  readonly push: (p: ServerPush) => void;
  presence: 'here' | 'away';
  state: 'lobby' | 'joining' | 'member';
  arrival: Arrival | undefined;
  /** Of the device, in hex. */
  key: string;
}

/** What a joiner has shown of itself; without it, it is nobody in particular. */
export interface Shown {
  readonly key: Uint8Array;
  readonly isHost: boolean;
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
  latestEnd: number;
  /** What a host has told it of a later end. */
  extended: Uint8Array | undefined;
  /** What the installation wants of the next meeting. */
  imposed: Imposed | undefined;
  epoch = 0;
  log: LoggedCommit[] = [];
  /** Sizes and counts, for benches. */
  readonly stats = { commits: 0, commitBytes: 0, welcomeBytes: 0, refusedOffers: 0 };
  lobby = false;
  locked = false;
  /** Device keys, in hex. */
  readonly hosts = new Set<string>();
  readonly tickets = new Map<string, Uint8Array>();
  /** In this meeting, by host:remove: a certificate makes nobody a host again. */
  readonly #sentOut = new Set<string>();
  readonly #peers = new Map<PeerId, Peer>();
  readonly #now: () => number;
  readonly #setTimer: (ms: number, fire: () => void) => unknown;
  #tags: Push<'group:confirmed'>['tags'] = [];
  #tagsEpoch = -1;

  constructor(o: {
    expiresAt: number;
    latestEnd: number;
    setTimer: (ms: number, fire: () => void) => unknown;
    now: () => number;
  }) {
    this.expiresAt = o.expiresAt;
    this.latestEnd = o.latestEnd;
    this.#now = o.now;
    this.#setTimer = o.setTimer;
  }

  #others(than: PeerId): Peer[] {
    return [...this.#peers.values()].filter((p) => p.peerId !== than && p.state !== 'lobby');
  }

  #members(): Peer[] {
    return [...this.#peers.values()].filter((p) => p.state === 'member');
  }

  #hosts(): Peer[] {
    return this.#members().filter((p) => this.hosts.has(p.key));
  }

  /** As meeting:join. The answer also says what the page tells its group worker about those who are there. */
  join(arrival: Arrival, push: (p: ServerPush) => void, shown?: Shown) {
    const { peerId } = arrival;
    const key = hex(shown?.key ?? new Uint8Array());
    if (shown?.isHost && !this.#sentOut.has(key)) this.hosts.add(key);
    const isHost = this.hosts.has(key);
    const empty = this.#members().length === 0;
    const right = this.tickets.get(key);
    const peer: Peer = { peerId, push, presence: 'here', state: 'lobby', arrival, key };
    if (empty && isHost) return this.#found(peer);
    const waits = empty || ((this.lobby || this.locked) && !isHost && !right);
    if (waits) {
      this.#peers.set(peerId, peer);
      const since = this.#now();
      for (const h of this.#hosts()) h.push({ type: 'knocked', arrival, since });
      return { entry: 'lobby' as const };
    }
    peer.arrival = right || arrival.right ? { ...arrival, right: right ?? arrival.right } : arrival;
    return { entry: 'wait' as const, ...this.#letIn(peer) };
  }

  #found(peer: Peer) {
    this.meetingId = newMeetingId();
    this.epoch = 0;
    this.log = [];
    this.tickets.clear();
    this.#sentOut.clear();
    this.locked = false;
    for (const p of this.#others(peer.peerId)) this.#arrivedFor(peer.arrival, p);
    this.#peers.set(peer.peerId, { ...peer, state: 'member', arrival: undefined });
    this.#tellKnocks(peer);
    return { entry: 'found' as const, ...this.life, peers: [] };
  }

  #arrivedFor(arrival: Arrival | undefined, to: Peer): void {
    if (arrival) to.push({ type: 'arrived', arrival });
  }

  #letIn(peer: Peer): LetIn {
    const others = this.#others(peer.peerId);
    for (const p of others) this.#arrivedFor(peer.arrival, p);
    this.#peers.set(peer.peerId, { ...peer, state: 'joining' });
    return {
      meetingId: this.meetingId,
      right: peer.arrival?.right,
      peers: others.map((p) => ({ peerId: p.peerId, presence: p.presence, arrival: p.arrival })),
    };
  }

  /** As it tells a founder. */
  get life() {
    const { meetingId, expiresAt, latestEnd, extended, imposed } = this;
    return {
      ...{ meetingId, expiresAt, latestEnd },
      ...(extended && { extended: Uint8Array.from(extended) }),
      ...(imposed && { imposed }),
    };
  }

  // ── what hosts ask ───────────────────────────────────────────────────────────────────────────────────────────────────

  isHost(peerId: PeerId): boolean {
    return this.hosts.has(this.#peers.get(peerId)?.key ?? 'nobody');
  }

  admit(peerId: PeerId, ticket: Uint8Array, certificate: Uint8Array | undefined): void {
    const peer = this.#peers.get(peerId);
    if (peer?.state !== 'lobby' || !peer.arrival) return;
    this.tickets.set(peer.key, ticket);
    if (certificate) this.hosts.add(peer.key);
    const right = Uint8Array.from(certificate ?? ticket);
    const answer = this.#letIn({ ...peer, arrival: { ...peer.arrival, right } });
    peer.push({ type: 'let-in', answer });
    this.#knockOver(peerId);
  }

  #knockOver(peerId: PeerId): void {
    for (const h of this.#hosts()) h.push({ type: 'knock-left', peerId });
  }

  /** It remembers no block: the next knock of the same key is shown to hosts again. */
  refuse(peerId: PeerId, block: boolean): void {
    const peer = this.#peers.get(peerId);
    if (peer?.state !== 'lobby' || !this.#peers.delete(peerId)) return;
    peer.push({ type: 'turned-away', reason: block ? 'blocked' : 'refused' });
    this.#knockOver(peerId);
  }

  remove(peerId: PeerId): void {
    const peer = this.#peers.get(peerId);
    if (!peer) return;
    this.tickets.delete(peer.key);
    this.hosts.delete(peer.key);
    this.#sentOut.add(peer.key);
    peer.push({ type: 'turned-away', reason: 'removed' });
    this.leave(peerId);
  }

  reject(epoch: number): void {
    const commit = this.log.at(-1);
    if (commit?.epoch !== epoch) return;
    this.log = this.log.slice(0, -1);
    this.epoch = epoch;
    this.remove(commit.from);
    for (const p of this.#members()) p.push({ type: 'reverted', epoch, from: commit.from });
  }

  /** A lock makes the tickets of those void who are not in. */
  set(settings: { lobby: boolean; locked: boolean }): void {
    const inNow = new Set(this.#members().map((p) => p.key));
    if (settings.locked && !this.locked)
      for (const key of this.tickets.keys()) if (!inNow.has(key)) this.tickets.delete(key);
    this.lobby = settings.lobby;
    this.locked = settings.locked;
  }

  promote(certificate: Uint8Array): void {
    const key = hex(certificate.slice(33, 65));
    this.hosts.add(key);
    for (const p of this.#members()) if (p.key === key) this.#tellKnocks(p);
  }

  demote(peerId: PeerId): void {
    this.hosts.delete(this.#peers.get(peerId)?.key ?? 'nobody');
  }

  delegate(peerId: PeerId, mac: Uint8Array): void {
    for (const h of this.#hosts()) h.push({ type: 'knock-delegated', peerId, mac });
  }

  say(from: PeerId, to: PeerId | undefined, word: Uint8Array): void {
    for (const p of this.#members())
      if (p.peerId !== from && (to === undefined || to === p.peerId)) p.push({ type: 'said', word });
  }

  chat(from: PeerId, epoch: number, message: Uint8Array): 'accepted' | 'epoch-taken' | 'failed' {
    if (this.#peers.get(from)?.state !== 'member') return 'failed';
    if (epoch !== this.epoch) return 'epoch-taken';
    for (const p of this.#members()) if (p.peerId !== from) p.push({ type: 'chat-received', message });
    return 'accepted';
  }

  // ── the group ────────────────────────────────────────────────────────────────────────────────────────────────────────

  commit(from: PeerId, offer: CommitOffer): 'accepted' | 'epoch-taken' | 'failed' {
    if (this.#peers.get(from)?.state !== 'member') return 'failed';
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
      p.state = 'member';
      if (this.hosts.has(p.key)) this.#tellKnocks(p);
      p.arrival = undefined;
      if (offer.welcome) p.push({ type: 'welcomed', epoch: this.epoch, welcome: offer.welcome });
    }
  }

  #tellKnocks(host: Peer): void {
    for (const p of this.#peers.values())
      if (p.state === 'lobby' && p.arrival)
        host.push({ type: 'knocked', arrival: p.arrival, since: this.#now() });
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
    const waited = this.#peers.get(peerId)?.state === 'lobby';
    if (!this.#peers.delete(peerId)) return;
    if (waited) this.#knockOver(peerId);
    else for (const p of this.#others(peerId)) p.push({ type: 'presence', peerId, presence: 'left' });
  }
}
