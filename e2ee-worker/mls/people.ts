// How sure this device is of who somebody is: from the keys and names that it remembers.
import type { Knock, Mark, ToGroup } from '#e2ee/messages.ts';
import { alike, readings } from '../link/alike.ts';
import { hex } from '../link/bytes.ts';
import { MAX_NAMES, type Memory, type Person } from '../vault/memory.ts';
import type { Identity } from './identity.ts';
import type { Member } from './roster.ts';
import { pairCode } from './safetyCode.ts';

interface Somebody {
  readonly key: Uint8Array;
  readonly keyHash: Uint8Array;
  readonly name: string;
}

/** What the person at this page has looked at before they said so. */
type Compared = Extract<ToGroup, { type: 'verify' }>;

export interface Described {
  readonly mark: Mark;
  readonly pairCode: string[];
}

export interface Describer {
  describe(m: Member): Described;
  /** What the device of this key was called here: when it was blocked, or last. */
  nameOf(keyHash: Uint8Array): string | null;
}

const isAmong = (name: string, names: readonly string[] = []) => names.some((n) => alike(n, name));

/** What `others` remember of the name, and `self` of the key. Pure. */
export function markOf(name: string, self: Person | undefined, others: Iterable<Person>, met: boolean): Mark {
  // A code was compared with whoever bore that name then; it says nothing of a name that the key takes later.
  if (self && isAmong(name, self.verifiedAs)) return 'verified';
  let reused = false;
  for (const p of others) {
    if (p === self) continue;
    if (isAmong(name, p.verifiedAs)) return 'impostor';
    // Of two who share a name it is the later one that people should look at.
    if (isAmong(name, p.names) && p.firstMet < (self?.firstMet ?? Number.POSITIVE_INFINITY)) reused = true;
  }
  const known = met || self?.verified === true;
  if (known && self && isAmong(name, self.names)) return 'met';
  return reused ? 'name-reused' : known ? 'met' : 'new';
}

/** Names that were verified outlive those that were only used. */
const readingsOf = (p: Person | undefined) =>
  p ? [...p.names, ...(p.verifiedAs ?? [])].flatMap((n) => readings(n)) : [];

export class People implements Describer {
  readonly #self: Identity;
  readonly #memory: Memory | undefined;
  /** By key hash. */
  readonly #known = new Map<string, Person>();
  /** The same by reading of a name and key hash: every view asks for every member. */
  readonly #byName = new Map<string, Map<string, Person>>();
  /** Met in another meeting than this one. */
  readonly #before = new Set<string>();
  readonly #codes = new Map<string, string[]>();
  /** Of members, by key hash and name: a group of 100 makes some hundred views an epoch. Of those who knock there is no end. */
  readonly #marks = new Map<string, Mark>();
  /** Blocked at the door, where they were not met, or under another name. */
  readonly #blocked = new Map<string, string>();
  /** Seen in this meeting, under this name: written down once. */
  readonly #seen = new Set<string>();

  private constructor(self: Identity, memory: Memory | undefined) {
    this.#self = self;
    this.#memory = memory;
  }

  /** Without a memory (a private session) everybody is new, and stays so. */
  static async load(self: Identity, memory: Memory | undefined): Promise<People> {
    const people = new People(self, memory);
    for (const p of (await memory?.people()) ?? []) {
      people.#know(p);
      people.#before.add(p.keyHash);
    }
    return people;
  }

  describe(m: Member): Described {
    if (m.peerId === this.#self.peerId) return { mark: 'self', pairCode: [] };
    const hash = hex(m.keyHash);
    const who = `${hash} ${m.name}`;
    const mark = this.#marks.get(who) ?? this.#mark(m.name, hash, this.#before.has(hash));
    this.#marks.set(who, mark);
    return { mark, pairCode: this.#pairCode(m.node.signaturePublicKey, hash) };
  }

  nameOf(keyHash: Uint8Array): string | null {
    const hash = hex(keyHash);
    return this.#blocked.get(hash) ?? this.#known.get(hash)?.names[0] ?? null;
  }

  noteBlocked(keyHash: Uint8Array, name: string): void {
    this.#blocked.set(hex(keyHash), name);
  }

  /** At the door it counts, too, that somebody was in this meeting before. */
  describeKnock(who: Somebody): Pick<Knock, 'mark' | 'knownAs' | 'pairCode'> {
    const hash = hex(who.keyHash);
    const knownAs = this.#known.get(hash)?.names.filter((n) => n !== who.name) ?? [];
    const mark = this.#mark(who.name, hash, this.#known.has(hash));
    return { mark, knownAs, pairCode: pairCode(who.key, this.#self.device.publicKey) };
  }

  #mark(name: string, hash: string, met: boolean): Mark {
    const others = readings(name).flatMap((r) => [...(this.#byName.get(r)?.values() ?? [])]);
    return markOf(name, this.#known.get(hash), others, met);
  }

  /** Members are described again and again. */
  #pairCode(key: Uint8Array, hash: string): string[] {
    const code = this.#codes.get(hash) ?? pairCode(key, this.#self.device.publicKey);
    this.#codes.set(hash, code);
    return code;
  }

  /** They are in the group with us. */
  async meet(members: readonly Member[], now: number): Promise<void> {
    const met: Person[] = [];
    for (const m of members) {
      if (m.peerId === this.#self.peerId) continue;
      const hash = hex(m.keyHash);
      const seen = `${hash} ${m.name}`;
      if (this.#seen.has(seen)) continue;
      this.#seen.add(seen);
      const old = this.#known.get(hash);
      const names = [m.name, ...(old?.names ?? []).filter((n) => n !== m.name)].slice(0, MAX_NAMES);
      const { firstMet = now, verified = false } = old ?? {};
      met.push({ ...old, keyHash: hash, names, firstMet, lastMet: now, verified });
    }
    await Promise.all(met.map((person) => this.#remember(person)));
  }

  /** Answers what is in the way. A peer may be added again, with another key or name, between the look at its code and the click. */
  async verify(who: Somebody | undefined, compared: Compared, now: number): Promise<string | undefined> {
    const { peerId, name, verified } = compared;
    if (!who || peerId === this.#self.peerId) return 'That person is not here any more.';
    const code = pairCode(who.key, this.#self.device.publicKey).join(' ');
    if (code !== compared.pairCode.join(' ') || who.name !== name)
      return 'That person has another key or name now than the one you compared. Compare the code again.';
    const keyHash = hex(who.keyHash);
    const person = this.#known.get(keyHash) ?? { keyHash, names: [name], firstMet: now, lastMet: now };
    const { verifiedAs = [], ...rest }: Omit<Person, 'verified'> = person;
    const names = [name, ...verifiedAs.filter((n) => n !== name)].slice(0, MAX_NAMES);
    await this.#remember(verified ? { ...rest, verified, verifiedAs: names } : { ...rest, verified });
    return undefined;
  }

  #know(person: Person): void {
    const hash = person.keyHash;
    this.#marks.clear();
    for (const r of readingsOf(this.#known.get(hash))) this.#byName.get(r)?.delete(hash);
    this.#known.set(hash, person);
    for (const r of readingsOf(person)) {
      const same = this.#byName.get(r) ?? new Map<string, Person>();
      this.#byName.set(r, same.set(hash, person));
    }
  }

  async #remember(person: Person): Promise<void> {
    this.#know(person);
    await this.#memory?.rememberPerson(person);
  }
}
