// What the server remembers of device keys during one meeting, to lead people to the right place: who is a host, who is
// blocked, who was let in and by what right. Advice only: the group's members decide by their own policy.

import { MAX_BLOCKED_KEYS } from '#protocol';
import { keyHash } from '../keyHash.ts';
import { Refusal } from '../refusal.ts';
import type { Room } from '../rooms.ts';
import { type KeyName, keyOf, type Visitor } from '../visitor.ts';

interface Known {
  /** The key is the root host's. */
  root?: true;
  /** By certificate for the room, by certificate for this meeting; `demoted` wins over a certificate for the room. */
  host?: 'of-room' | 'promoted' | 'demoted';
  /** The certificate it was promoted by, if the root key signed it: what shows those who wait that it is a host. */
  proof?: Uint8Array | undefined;
  /** Was sent out or back: comes in through the lobby only, whatever the settings. */
  mustKnock?: true;
  /** Was in the group; while the meeting is locked: when it was locked, or since. */
  wasIn?: true;
  /** Ticket, or certificate for the room. */
  right?: Uint8Array | undefined;
  /** The host whose ticket that is. */
  by?: KeyName;
}

/** More: memory for a meeting that strangers come to and leave all day. Less: people who come back have to knock again. */
const MAX_KEYS_KNOWN = 2_000;

const hashOf = (name: KeyName): string => Buffer.from(keyHash(keyOf(name))).toString('hex');

export class Door {
  readonly #known = new Map<KeyName, Known>();
  /** By the hash of the key; the key itself where it was seen. */
  #blocked: ReadonlyMap<string, KeyName | undefined> = new Map();
  #lobby: boolean;
  #locked = false;
  #verifiedOnly = false;

  /** `before` was lost to the same people: whom a host has blocked there stays blocked. */
  constructor(room: Pick<Room, 'lobby'>, before?: Door) {
    this.#lobby = room.lobby;
    if (before) this.#blocked = before.#blocked;
  }

  get lobby(): boolean {
    return this.#lobby;
  }

  /** Of the installation: no setting of a host's undoes it (HostRequests.ts). */
  requireLobby(): void {
    this.#lobby = true;
  }

  /** From now on the group goes by no ticket that does not say so: whoever has one comes to the door once more. */
  verifyAll(): void {
    if (this.#verifiedOnly) return;
    this.#verifiedOnly = true;
    for (const name of this.#known.keys()) this.forgetRight(name);
  }

  /** As the group has it, which knows keys that this server has forgotten. Answers those who may knock again. */
  setBlocked(hashes: readonly Uint8Array[]): KeyName[] {
    const before = this.#blocked;
    const texts = hashes.map((hash) => Buffer.from(hash).toString('hex'));
    this.#blocked = new Map(texts.map((text) => [text, before.get(text)]));
    const lifted = [...before].flatMap(([text, name]) => (name && !this.#blocked.has(text) ? [name] : []));
    for (const name of lifted) this.#of(name).mustKnock = true;
    return lifted;
  }

  /** `inNow`: the keys of the members. */
  set(
    settings: { lobby: boolean; locked: boolean; verifiedOnly: boolean },
    inNow: ReadonlySet<KeyName>,
  ): void {
    // As the group's policy has it (ADR 5): whoever is not in at the lock has to knock, also who was in before it.
    if (settings.locked && !this.#locked) {
      for (const name of this.#known.keys()) if (!inNow.has(name)) this.forgetRight(name);
    }
    if (settings.verifiedOnly) this.verifyAll();
    else this.#verifiedOnly = false;
    this.#lobby = settings.lobby;
    this.#locked = settings.locked;
  }

  isHost(name: KeyName): boolean {
    const known = this.#known.get(name);
    if (!known || known.host === 'demoted') return false;
    return known.root === true || known.host !== undefined;
  }

  isRoot(name: KeyName): boolean {
    return this.#known.get(name)?.root === true;
  }

  /** Where somebody who knocks is led. Refuses who is blocked. */
  leads(visitor: Visitor): 'in' | 'lobby' {
    const way = this.wayOf(visitor);
    if (way === 'away') throw new Refusal('BLOCKED');
    return way;
  }

  /** The same of somebody who asks nothing just now, so that there is nobody to refuse. */
  wayOf(visitor: Visitor): 'in' | 'lobby' | 'away' {
    const known = this.#known.get(visitor.name);
    if (this.#blocked.has(hashOf(visitor.name)) && !visitor.root) return 'away';
    if (this.#meet(visitor)) return 'in';
    if (known?.mustKnock) return 'lobby';
    if (!this.#lobby && !this.#locked) return 'in';
    // Whoever is in when a meeting is locked may return, whatever had let it in; through a lobby it was a right alone.
    return known?.right || (known?.wasIn && this.#locked) ? 'in' : 'lobby';
  }

  /** What lets it in besides the link, as far as the server knows. */
  rightOf(visitor: Visitor): Uint8Array | undefined {
    const right = this.#known.get(visitor.name)?.right;
    // A certificate of somebody who is host no more counts for nothing; a ticket that it was given since does.
    return this.isHost(visitor.name) ? (visitor.certificate ?? right) : (right ?? visitor.certificate);
  }

  /** A host has let it in. */
  admit(
    visitor: Visitor,
    right: { ticket: Uint8Array; certificate: Uint8Array | undefined; by: KeyName },
  ): void {
    const known = this.#of(visitor.name);
    delete known.mustKnock;
    known.right = right.certificate ?? right.ticket;
    if (right.certificate) known.host = 'of-room';
    else known.by = right.by;
  }

  /** It is in the group. */
  entered(visitor: Visitor): void {
    this.#meet(visitor);
    this.#of(visitor.name).wasIn = true;
  }

  /** `byRoot`: the certificate, if the root key signed it. Another host's proves nothing to who does not see the policy. */
  promote(name: KeyName, byRoot: Uint8Array | undefined): void {
    const known = this.#of(name);
    known.host = 'promoted';
    known.proof = byRoot ?? known.proof;
  }

  proofOf(name: KeyName): Uint8Array | undefined {
    return this.#known.get(name)?.proof;
  }

  /** The group takes no ticket of somebody who is no host: those whom it has let in have to knock when they come anew. */
  demote(name: KeyName): void {
    const demoted = this.#of(name);
    demoted.host = 'demoted';
    demoted.proof = undefined;
    for (const known of this.#known.values()) if (known.by === name && !known.host) known.right = undefined;
  }

  /** The group does not go by what let it in, or does no more: it knocks next time. Hosts need nothing but their role. */
  forgetRight(name: KeyName): void {
    const known = this.#known.get(name);
    if (!known || known.root || this.isHost(name)) return;
    known.right = undefined;
    delete known.wasIn;
  }

  /** Everything it had is void: also a promotion, or it would be back at once. */
  sendOut(name: KeyName, options: { block: boolean }): void {
    const known = this.#of(name);
    if (this.isHost(name)) this.demote(name);
    known.mustKnock = true;
    known.right = undefined;
    delete known.wasIn;
    if (!options.block || known.root) return;
    const newest = [...this.#blocked].slice(1 - MAX_BLOCKED_KEYS);
    this.#blocked = new Map([...newest, [hashOf(name), name]]);
  }

  /** Notes what makes it a host. True when it is one. */
  #meet(visitor: Visitor): boolean {
    if (visitor.root) {
      const known = this.#of(visitor.name);
      known.root = true;
      // Who comes back with the root key is a host again, although it had stepped down.
      delete known.host;
    } else if (visitor.certificate) {
      this.#of(visitor.name).host ??= 'of-room';
    }
    return this.isHost(visitor.name);
  }

  #of(name: KeyName): Known {
    const known = this.#known.get(name);
    if (known) return known;
    if (this.#known.size >= MAX_KEYS_KNOWN) this.#forgetOne();
    const fresh: Known = {};
    this.#known.set(name, fresh);
    return fresh;
  }

  /** The oldest of those who would only have to knock again. */
  #forgetOne(): void {
    const all = [...this.#known];
    const plain = all.find(([, known]) => !known.host && !known.root) ?? all[0];
    if (plain) this.#known.delete(plain[0]);
  }
}
