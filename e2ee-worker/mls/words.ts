// What a host says to somebody or to all, signed: the server carries it and cannot make it.
import {
  type MeetingId,
  openWord,
  type PeerId,
  signedBytes,
  type Word,
  type WordKind,
  wordBody,
} from '#protocol';
import { concat, equalBytes, hex } from '../link/bytes.ts';
import type { DeviceKey } from '../vault/deviceKey.ts';
import type { Group } from './group.ts';
import { isHost, meetingOf } from './hosts.ts';
import type { Member } from './roster.ts';

/** Clocks differ. A word of before was for then: it counts neither when we came later nor when a server has held it back. */
const SKEW_MS = 10 * 60_000;

/** What somebody has said; a reason when it does not count. */
export type Heard = { readonly what: WordKind; readonly by: Member } | string;

export class Words {
  readonly #self: PeerId;
  readonly #since: number;
  #saidAt = 0;
  /** Of each host, by key: the latest word. */
  readonly #latest = new Map<string, number>();

  constructor(self: PeerId, now: number) {
    this.#self = self;
    this.#since = now;
  }

  async say(
    device: DeviceKey,
    o: { meetingId: MeetingId; to: PeerId | undefined; what: WordKind; now: number },
  ): Promise<Uint8Array<ArrayBuffer>> {
    this.#saidAt = Math.max(o.now, this.#saidAt + 1);
    const body = wordBody({ ...o, at: this.#saidAt, issuer: device.publicKey });
    return concat(body, await device.sign(signedBytes('word', body)));
  }

  async hear(bytes: Uint8Array, group: Group, now: number): Promise<Heard> {
    const word = await openWord(bytes);
    if (!word) return 'it is not signed by its host';
    const by = group.roster.members.find((m) => equalBytes(m.node.signaturePublicKey, word.issuer));
    if (!by || !isHost(group.policy, word.issuer)) return 'it is not by a host who is here';
    const fault = this.#fault(word, group, now);
    if (fault !== undefined) return fault;
    this.#latest.set(hex(word.issuer), word.at);
    return { what: word.what, by };
  }

  #fault(word: Word, group: Group, now: number): string | undefined {
    if (word.meetingId !== meetingOf(group.policy)) return 'it is for another meeting';
    if (word.to !== undefined && word.to !== this.#self) return 'it is for somebody else';
    if (word.at <= (this.#latest.get(hex(word.issuer)) ?? 0)) return 'it was said before';
    // The later of the two: our clock may have been set back.
    const earliest = Math.max(this.#since, now) - SKEW_MS;
    if (word.at < earliest || word.at > now + SKEW_MS) return 'it is of another time';
    return undefined;
  }
}
