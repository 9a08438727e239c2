// The MLS delivery service of one group: orders commits, keeps the log, reads nothing (RFC 9750 section 5).
import { COMMIT_LOG_LENGTH, type LoggedCommit, type PeerId, type Req } from '#protocol';
import { Refusal } from '../refusal.ts';

/** An ack or a push may carry this many byte fields: Socket.IO's decoder drops the connection at more than 10. */
export const MAX_ATTACHMENTS = 10;

export class Group {
  #epoch = 0;
  /** Without gaps; the last entry ended the epoch before the current one. */
  readonly #log: LoggedCommit[] = [];

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
    this.#log.push(logged);
    if (this.#log.length > COMMIT_LOG_LENGTH) this.#log.shift();
    this.#epoch += 1;
    return logged;
  }

  /** The commits that end `since` and the epochs after it. */
  replay(since: number): LoggedCommit[] {
    if (since > this.#epoch) throw new Refusal('BAD_REQUEST', 'an epoch that has not begun');
    if (!this.holds(since)) throw new Refusal('EPOCH_GONE');
    return this.#log.slice(since - this.#oldest);
  }

  holds(since: number): boolean {
    return since >= this.#oldest;
  }

  get #oldest(): number {
    return this.#epoch - this.#log.length;
  }
}
