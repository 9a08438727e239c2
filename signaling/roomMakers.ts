// How many rooms each network has made lately. In memory only: the database never learns where a room comes from.
import type { Clock } from './clock.ts';
import { type BucketSize, TokenBucket } from './limits.ts';

/** More: memory. Less: somebody with so many networks starts afresh by going round them. */
const MAX_NETWORKS = 10_000;

export class RoomMakers {
  readonly #size: BucketSize;
  readonly #clock: Clock;
  /** In the order of their last room. */
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(size: BucketSize, clock: Clock) {
    this.#size = size;
    this.#clock = clock;
  }

  /** Counts one more; false when this network has made more than its share. */
  take(network: string): boolean {
    const bucket = this.#buckets.get(network) ?? new TokenBucket(this.#size, this.#clock);
    this.#buckets.delete(network);
    this.#buckets.set(network, bucket);
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined && this.#buckets.size > MAX_NETWORKS) this.#buckets.delete(oldest);
    return bucket.take();
  }
}
