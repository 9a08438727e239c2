// Who else is on our epoch, told by tags that only members of this branch of the group can make.
import type { PeerId, Push } from '#protocol';
import { equalBytes } from '../link/bytes.ts';
import type { EpochTags } from './exporter.ts';
import type { Roster } from './roster.ts';

/** Senders switch to a new epoch after this long even when somebody has not confirmed it. */
export const SETTLE_MS = 1000;
/** Not heard for this long: `late`. */
export const LATE_MS = 10_000;
/** Tags for epochs that we have not reached are kept for this many epochs ahead. */
const HELD_EPOCHS = 8;

type Tags = Push<'group:confirmed'>['tags'];

interface Round {
  readonly epoch: number;
  readonly since: number;
  readonly roster: Roster;
  readonly tags: EpochTags;
  readonly heard: Map<PeerId, 'yes' | 'no'>;
}

export interface Heard {
  /** Members whose tag is not what it must be. */
  readonly forked: readonly PeerId[];
  readonly changed: boolean;
  /** The group has an epoch that we do not have. */
  readonly ahead: boolean;
}

export class Confirmations {
  #now: Round | undefined;
  /** The epoch before, for tags that come late. */
  #before: Round | undefined;
  readonly #held = new Map<number, Tags>();

  /** A new epoch begins; tags that came too early are compared now. */
  async begin(round: Omit<Round, 'heard'>, self: PeerId): Promise<Heard> {
    this.#before = this.#now;
    this.#now = { ...round, heard: new Map([[self, 'yes']]) };
    const early = this.#held.get(round.epoch) ?? [];
    for (const epoch of [...this.#held.keys()]) if (epoch <= round.epoch) this.#held.delete(epoch);
    return this.receive(round.epoch, early);
  }

  async receive(epoch: number, tags: Tags): Promise<Heard> {
    const now = this.#now;
    if (!now || epoch > now.epoch) {
      this.#hold(epoch, tags);
      return { forked: [], changed: false, ahead: true };
    }
    const round = epoch === now.epoch ? now : this.#before;
    if (!round || round.epoch !== epoch) return { forked: [], changed: false, ahead: false };
    return { ...(await this.#compare(round, tags)), ahead: false };
  }

  async #compare(round: Round, tags: Tags): Promise<{ forked: PeerId[]; changed: boolean }> {
    const forked: PeerId[] = [];
    let changed = false;
    for (const { peerId, tag } of tags) {
      const member = round.roster.byPeer.get(peerId);
      // First word counts: a wrong tag cannot be taken back by a server that then repeats the right one.
      if (!member || round.heard.has(peerId)) continue;
      const same = equalBytes(tag, await round.tags(member.leaf));
      round.heard.set(peerId, same ? 'yes' : 'no');
      if (!same) forked.push(peerId);
      changed = true;
    }
    return { forked, changed };
  }

  #hold(epoch: number, tags: Tags): void {
    const from = this.#now?.epoch ?? Math.min(epoch - 1, ...this.#held.keys());
    if (epoch > from + HELD_EPOCHS) return;
    const known = this.#held.get(epoch) ?? [];
    const fresh = tags.filter((t) => !known.some((k) => k.peerId === t.peerId));
    this.#held.set(epoch, [...known, ...fresh].slice(0, 128));
  }

  of(peerId: PeerId, now: number): 'yes' | 'no' | 'waiting' | 'late' {
    const round = this.#now;
    const heard = round?.heard.get(peerId);
    if (heard || !round) return heard ?? 'waiting';
    return now - round.since >= LATE_MS ? 'late' : 'waiting';
  }

  confirmed(peerId: PeerId): boolean {
    return this.#now?.heard.get(peerId) === 'yes';
  }
}
