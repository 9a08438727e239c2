// Where those who knock at one door come from, so that none of them keeps the others out. In memory only, and told to nobody.
//
// Nobody is refused for their address alone: as long as nobody else needs them, one network may have all places and all knocks.
import { MAX_WAITING } from '#protocol';
import type { Clock } from '../clock.ts';
import { TokenBucket } from '../limits.ts';
import type { Peer } from '../peer.ts';

/** Knocks that hosts hear of, from all strangers together. More: a flood costs hosts. Less: a class takes long to knock. */
const KNOCKS = { burst: MAX_WAITING, perSecond: 5 };
/** Of one source: half of what there is. More: two of them keep others out. Less: an office knocks slowly. */
const OF_ONE = { burst: MAX_WAITING, perSecond: 2.5 };
/** For the first knocks of sources, whatever the others do. */
const FIRSTS = { burst: 50, perSecond: 1 };
/** More: memory. Less: who has so many networks is taken for new with each. */
const MAX_SOURCES = 1_000;

/** An account, or else a network (address.ts). */
export const sourceOf = ({ account, network }: Pick<Peer, 'account' | 'network'>): string =>
  account ? `account ${account.id}` : `network ${network}`;

export class Knocks {
  readonly #clock: Clock;
  readonly #all: TokenBucket;
  readonly #firsts: TokenBucket;
  /** In the order of their last knock. */
  readonly #of = new Map<string, TokenBucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#all = new TokenBucket(KNOCKS, clock);
    this.#firsts = new TokenBucket(FIRSTS, clock);
  }

  /** Counts one more; false when that is too many. */
  take(source: string): boolean {
    const known = this.#of.get(source);
    const own = known ?? new TokenBucket(OF_ONE, this.#clock);
    this.#of.delete(source);
    this.#of.set(source, own);
    const [oldest] = this.#of.keys();
    if (oldest !== undefined && this.#of.size > MAX_SOURCES) this.#of.delete(oldest);
    return own.take() && (this.#all.take() || (!known && this.#firsts.take()));
  }
}

/** Of those who wait, in their order, the newest of the source that has the most, if that has more than `source` would have then. */
export function whoGivesWay(waiting: readonly Peer[], source: string): Peer | undefined {
  const bySource = Map.groupBy(waiting, sourceOf);
  const most = [...bySource.values()].reduce((a, b) => (b.length > a.length ? b : a), []);
  return most.length > (bySource.get(source)?.length ?? 0) + 1 ? most.at(-1) : undefined;
}
