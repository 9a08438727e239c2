// How much one address may ask of the HTTP routes. Sockets are limited per peer (limits.ts); here there is no peer yet.
import { networkOf } from '../address.ts';
import type { Clock } from '../clock.ts';
import { type BucketSize, TokenBucket } from '../limits.ts';
import type { KeyHolder } from './accounts.ts';

export interface AddressLimitSizes {
  readonly requests: BucketSize;
  /** Those that fail: passwords cost 50 ms of a thread each. At once, also those that do not, as nobody knows yet. */
  readonly signIns: BucketSize;
  /** Of one e-mail address, from wherever: guesses by many machines. Passkeys do not pass here. */
  readonly guesses: BucketSize;
  /** Of one API key that was made without a number of its own. */
  readonly keys: BucketSize;
}

export const defaultAddressLimits: AddressLimitSizes = {
  requests: { burst: 120, perSecond: 10 },
  signIns: { burst: 30, perSecond: 0.5 },
  guesses: { burst: 20, perSecond: 1 / 30 },
  keys: { burst: 60, perSecond: 5 },
};

/** Of each kind. The one that was longest ago is forgotten first. */
const MAX_BUCKETS = 10_000;

export class AddressLimits {
  readonly #requests: Buckets;
  readonly #signIns: Buckets;
  readonly #guesses: Buckets;
  readonly #keys: Buckets;

  constructor(clock: Clock, sizes = defaultAddressLimits) {
    this.#requests = new Buckets(sizes.requests, clock);
    this.#signIns = new Buckets(sizes.signIns, clock);
    this.#guesses = new Buckets(sizes.guesses, clock);
    this.#keys = new Buckets(sizes.keys, clock);
  }

  takeRequest(address: string): boolean {
    return this.#requests.take(networkOf(address));
  }

  takeSignIn(address: string): boolean {
    return this.#signIns.take(networkOf(address));
  }

  /**
   * It was somebody who may: an office behind one address signs in as fast as it comes, while each failure goes on costing what it
   * did, whatever successes lie between.
   */
  returnSignIn(address: string): void {
    this.#signIns.giveBack(networkOf(address));
  }

  takeKey({ keyId, perMinute }: Pick<KeyHolder, 'keyId' | 'perMinute'>): boolean {
    return this.#keys.take(keyId, perMinute === null ? undefined : bucketFor(perMinute));
  }

  takeGuess(email: string): boolean {
    return this.#guesses.take(email.trim().toLowerCase());
  }
}

/** A fifth of it at once, so that a program need not count milliseconds. */
const bucketFor = (perMinute: number): BucketSize => ({
  burst: Math.max(1, Math.ceil(perMinute / 5)),
  perSecond: perMinute / 60,
});

class Buckets {
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #size: BucketSize;
  readonly #clock: Clock;

  constructor(size: BucketSize, clock: Clock) {
    this.#size = size;
    this.#clock = clock;
  }

  /** `size` when it is another than the usual one. */
  take(name: string, size = this.#size): boolean {
    const bucket = this.#buckets.get(name) ?? new TokenBucket(size, this.#clock);
    this.#buckets.delete(name);
    this.#buckets.set(name, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MAX_BUCKETS && oldest !== undefined) this.#buckets.delete(oldest);
    return bucket.take();
  }

  /** A bucket that is forgotten is full. */
  giveBack(name: string): void {
    this.#buckets.get(name)?.giveBack();
  }
}
