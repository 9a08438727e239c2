// Who waits at the door, as a host sees it. Kept from the first knock on, shown only while this device is a host.
import type { Knock } from '#e2ee/messages.ts';
import { type Arrival, MAX_WAITING, type PeerId } from '#protocol';
import { equalBytes } from '../link/bytes.ts';
import { keyHash } from '../link/keyHash.ts';
import { type Arrivals, examine, type Newcomer, NO_LINK } from './arrivals.ts';
import { readLeaf } from './credential.ts';
import type { Host } from './host.ts';
import type { Identity } from './identity.ts';
import type { People } from './people.ts';
import { fingerprint } from './safetyCode.ts';
import { TurningAway } from './turningAway.ts';

export interface Waiting {
  readonly key: Uint8Array<ArrayBuffer>;
  readonly keyHash: Uint8Array<ArrayBuffer>;
  readonly knock: Knock;
}

export interface DoorDeps {
  readonly host: Host;
  readonly id: Identity;
  readonly people: People;
  readonly arrivals: Pick<Arrivals, 'latest' | 'discard'>;
  readonly isHost: () => boolean;
  /** By the rules of the group. */
  readonly isBlocked: (who: { key: Uint8Array; keyHash: Uint8Array }) => boolean;
  /** Was sent out, and has nothing since to come in by. */
  readonly mustKnock: (n: Newcomer) => boolean;
}

export class Door {
  readonly #d: DoorDeps;
  readonly #waiting = new Map<PeerId, Waiting>();
  readonly #turningAway: TurningAway;
  #wasHost = false;
  #shown = '[]';

  constructor(deps: DoorDeps) {
    this.#d = deps;
    this.#turningAway = new TurningAway(deps.host, deps.isHost);
  }

  find(peerId: PeerId): Waiting | undefined {
    return this.#waiting.get(peerId);
  }

  async knocked(arrival: Arrival, since: number): Promise<void> {
    const waiting = await this.#read(arrival, since);
    if (typeof waiting === 'string') {
      this.#d.host.emit({ type: 'refused', what: 'knock', reason: waiting });
      // With the link it may be somebody whose clock is wrong, and who can do something about it.
      if (waiting === NO_LINK) this.#turningAway.refuse(arrival.peerId, false);
      return;
    }
    if (this.#waiting.size >= MAX_WAITING && !this.#waiting.has(arrival.peerId)) return;
    const before = this.#waiting.get(arrival.peerId);
    this.#waiting.set(arrival.peerId, before ? this.#inPlaceOf(before, waiting) : waiting);
    this.show();
  }

  /** Another key under a known peer id is somebody else, who has not waited for as long as the one before. */
  #inPlaceOf(before: Waiting, now: Waiting): Waiting {
    if (equalBytes(before.key, now.key)) return now;
    return { ...now, knock: { ...now.knock, since: this.#d.host.now() } };
  }

  async #read(arrival: Arrival, since: number): Promise<Waiting | string> {
    const { id, host, people } = this.#d;
    const kp = await examine(id, arrival, host.now());
    if (typeof kp === 'string') return kp;
    const key = Uint8Array.from(kp.leafNode.signaturePublicKey);
    const name = readLeaf(id.link.nameKey, kp.leafNode)?.name ?? '';
    const hash = keyHash(key);
    const described = people.describeKnock({ key, keyHash: hash, name });
    const { peerId } = arrival;
    const knock = { peerId, name, fingerprint: fingerprint(key), since, ...described };
    return { key, keyHash: hash, knock };
  }

  /** How sure this device is of who they are may have changed. */
  lookAgain(): void {
    for (const [peerId, waiting] of this.#waiting) {
      const { name } = waiting.knock;
      const described = this.#d.people.describeKnock({ ...waiting, name });
      this.#waiting.set(peerId, { ...waiting, knock: { ...waiting.knock, ...described } });
    }
    this.show();
  }

  left(peerId: PeerId): void {
    this.#waiting.delete(peerId);
    this.#turningAway.left(peerId);
    this.show();
  }

  close(): void {
    this.#turningAway.clear();
  }

  /** From then on the server does not say any more who has left; whoever is made a host again is told of everybody anew. */
  get #demoted(): boolean {
    return this.#wasHost && !this.#d.isHost();
  }

  /** The server may have forgotten whom hosts have blocked or sent out, or not have heard of it yet. */
  #turnAwayTheBlocked(): void {
    const { arrivals, isBlocked, mustKnock } = this.#d;
    for (const [peerId, waiting] of this.#waiting) {
      if (!isBlocked(waiting)) continue;
      this.#waiting.delete(peerId);
      this.#turningAway.refuse(peerId, true);
    }
    for (const n of arrivals.latest()) {
      const { peerId, keyHash: hash, keyPackage, left } = n;
      const blocked = isBlocked({ key: keyPackage.leafNode.signaturePublicKey, keyHash: hash });
      if (left || !(blocked || mustKnock(n))) continue;
      arrivals.discard(n);
      if (blocked) this.#turningAway.block(peerId);
      else this.#turningAway.sendBack(peerId);
    }
  }

  /** After anything that may have changed who waits or was let in, or whether that is ours to see. */
  show(): void {
    const { isHost, host } = this.#d;
    this.#wasHost ||= isHost();
    if (this.#demoted) {
      this.#waiting.clear();
      this.#turningAway.clear();
    }
    if (isHost()) this.#turnAwayTheBlocked();
    this.#turningAway.go();
    const all = isHost() ? [...this.#waiting.values()].map((w) => w.knock) : [];
    const knocks = all.toSorted((a, b) => a.since - b.since);
    const shown = JSON.stringify(knocks);
    if (shown === this.#shown) return;
    this.#shown = shown;
    host.emit({ type: 'knocks', knocks });
  }
}
