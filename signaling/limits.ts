// How much one peer may ask of us. Nobody is refused for their address alone: a whole office may share one.
import type { Clock } from './clock.ts';

export interface BucketSize {
  readonly burst: number;
  readonly perSecond: number;
}

/** More of any: one hostile page costs others more. Less: honest pages meet RATE_LIMITED on join and on layout changes. */
export interface PeerLimits {
  readonly messages: BucketSize;
  readonly bytes: BucketSize;
  /** media:open makes two transports each time. */
  readonly transports: BucketSize;
  /**
   * media:produce makes a consumer at the sfu, and a negotiation in the page, of everybody else, also for who only waits to be
   * added. An honest page has four streams and makes all of them anew with each pair of transports.
   */
  readonly streams: BucketSize;
  /**
   * media:mute is told to everybody else, whose pages lay all their tiles out anew when it is about a shared screen. People press
   * a switch a few times in a row; pages that are refused ask again after a second (client/src/media/Sender.ts).
   */
  readonly mutes: BucketSize;
  readonly rooms: BucketSize;
  /**
   * Of all peers of one network together, and only once half of the places for rooms are taken (desk.ts). An office behind one
   * address makes tens a day. More than 0.5 a second: one machine takes the other half, too, within a day.
   */
  readonly roomsOfNetwork: BucketSize;
  /**
   * Every member works on each commit, and with each the key id's epoch goes on, modulo 16. Honest pages gather changes for
   * 300 ms (e2ee-worker/mls/committer.ts).
   */
  readonly commits: BucketSize;
  /**
   * Each message is a signature to check for every member, and lies in the outbox of whoever is away. Nobody types faster. Less:
   * who pastes some lines one after the other waits.
   */
  readonly chats: BucketSize;
  /** Hosts hear of each knock, and of each claim to be a host's own device. */
  readonly knocks: BucketSize;
  /** What a peer may do wrong before it is thrown out, in points; see the dispatcher. */
  readonly patience: BucketSize;
  /** Requests that may wait for earlier ones of the same peer. */
  readonly waiting: number;
}

export const defaultLimits: PeerLimits = {
  messages: { burst: 200, perSecond: 50 },
  bytes: { burst: 2 * 1024 * 1024, perSecond: 512 * 1024 },
  transports: { burst: 6, perSecond: 0.25 },
  streams: { burst: 12, perSecond: 1 },
  mutes: { burst: 20, perSecond: 2 },
  rooms: { burst: 10, perSecond: 0.1 },
  roomsOfNetwork: { burst: 200, perSecond: 0.2 },
  commits: { burst: 20, perSecond: 4 },
  chats: { burst: 10, perSecond: 1 },
  knocks: { burst: 10, perSecond: 0.2 },
  patience: { burst: 250, perSecond: 5 },
  waiting: 64,
};

export class TokenBucket {
  readonly #size: BucketSize;
  readonly #clock: Clock;
  #tokens: number;
  #at: number;

  constructor(size: BucketSize, clock: Clock) {
    this.#size = size;
    this.#clock = clock;
    this.#tokens = size.burst;
    this.#at = clock.now();
  }

  /** False, and nothing taken, when there is not enough left. */
  take(cost = 1): boolean {
    const now = this.#clock.now();
    const earned = (Math.max(0, now - this.#at) / 1000) * this.#size.perSecond;
    this.#tokens = Math.min(this.#size.burst, this.#tokens + earned);
    this.#at = now;
    if (cost > this.#tokens) return false;
    this.#tokens -= cost;
    return true;
  }

  /** What was taken was not what is limited. */
  giveBack(cost = 1): void {
    this.#tokens = Math.min(this.#size.burst, this.#tokens + cost);
  }
}

/** The buckets of one peer. They go with the peer when it resumes on a new socket, or reconnecting would refill them. */
export class Allowance {
  readonly messages: TokenBucket;
  readonly bytes: TokenBucket;
  readonly transports: TokenBucket;
  readonly streams: TokenBucket;
  readonly mutes: TokenBucket;
  readonly rooms: TokenBucket;
  readonly commits: TokenBucket;
  readonly chats: TokenBucket;
  readonly knocks: TokenBucket;
  readonly patience: TokenBucket;
  readonly waiting: number;

  constructor(limits: PeerLimits, clock: Clock) {
    this.messages = new TokenBucket(limits.messages, clock);
    this.bytes = new TokenBucket(limits.bytes, clock);
    this.transports = new TokenBucket(limits.transports, clock);
    this.streams = new TokenBucket(limits.streams, clock);
    this.mutes = new TokenBucket(limits.mutes, clock);
    this.rooms = new TokenBucket(limits.rooms, clock);
    this.commits = new TokenBucket(limits.commits, clock);
    this.chats = new TokenBucket(limits.chats, clock);
    this.knocks = new TokenBucket(limits.knocks, clock);
    this.patience = new TokenBucket(limits.patience, clock);
    this.waiting = limits.waiting;
  }
}
