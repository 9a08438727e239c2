// The MLS delivery service of one group: orders commits, keeps the log, reads nothing (RFC 9750 section 5).
import { COMMIT_LOG_LENGTH, type LoggedCommit, type PeerId, type Req } from '#protocol';
import { Refusal } from '../refusal.ts';

/** An ack or a push may carry this many byte fields: Socket.IO's decoder drops the connection at more than 10. */
export const MAX_ATTACHMENTS = 10;

interface Entry {
  readonly logged: LoggedCommit;
  readonly added: readonly PeerId[];
}

export class Group {
  #epoch = 0;
  /** Without gaps; the last entry ended the epoch before the current one. */
  readonly #log: Entry[] = [];
  /** The latest epoch that each has said to be on; whoever is on one has applied all before it. */
  readonly #applied = new Map<PeerId, number>();

  get epoch(): number {
    return this.#epoch;
  }

  /** Compare-and-swap: only the first commit for the current epoch is accepted. `mayBeAdded` decides who is waiting. */
  commit(from: PeerId, offer: Req<'group:commit'>, mayBeAdded: (peer: PeerId) => boolean): LoggedCommit {
    if (offer.epoch !== this.#epoch) throw new Refusal('EPOCH_TAKEN');
    if (new Set(offer.added).size !== offer.added.length) throw new Refusal('BAD_REQUEST', 'added twice');
    if (offer.added.includes(from) || !offer.added.every(mayBeAdded)) {
      throw new Refusal('BAD_REQUEST', 'added is not waiting');
    }
    if (offer.added.length > 0 !== (offer.welcome !== undefined)) {
      throw new Refusal('BAD_REQUEST', 'a welcome goes with added, and only with it');
    }
    const logged: LoggedCommit = { epoch: this.#epoch, from, commit: Uint8Array.from(offer.commit) };
    this.#log.push({ logged, added: [...offer.added] });
    if (this.#log.length > COMMIT_LOG_LENGTH) this.#log.shift();
    this.#epoch += 1;
    for (const [peer, epoch] of this.#applied) if (epoch < this.#oldest) this.#applied.delete(peer);
    return logged;
  }

  applied(from: PeerId, epoch: number): void {
    this.#applied.set(from, Math.max(epoch, this.#applied.get(from) ?? 0));
  }

  /**
   * The commit that ended `epoch`, and those that were built on it; none if they are followed by anybody but those who sent
   * them and those whom they added.
   */
  unfollowed(epoch: number): Entry[] {
    const commits = this.#log.filter(({ logged }) => logged.epoch >= epoch);
    if (commits[0]?.logged.epoch !== epoch) return [];
    const theirs = new Set(commits.flatMap(({ logged, added }) => [logged.from, ...added]));
    const followed = [...this.#applied].some(([peer, reached]) => reached > epoch && !theirs.has(peer));
    return followed ? [] : commits;
  }

  /** As if the commit that ended `epoch`, and all that followed, had never come. */
  takeBack(epoch: number): void {
    this.#log.splice(Math.max(0, epoch - this.#oldest));
    this.#epoch = epoch;
    for (const [peer, reached] of this.#applied) if (reached > epoch) this.#applied.delete(peer);
  }

  /** The commits that end `since` and the epochs after it. */
  replay(since: number): LoggedCommit[] {
    if (since > this.#epoch) throw new Refusal('BAD_REQUEST', 'an epoch that has not begun');
    if (!this.holds(since)) throw new Refusal('EPOCH_GONE');
    return this.#log.slice(since - this.#oldest).map(({ logged }) => logged);
  }

  holds(since: number): boolean {
    return since >= this.#oldest;
  }

  get #oldest(): number {
    return this.#epoch - this.#log.length;
  }
}
