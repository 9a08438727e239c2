// The announced newcomers: kept only if the proof is good, because an Add must be exactly one of these.
import type { KeyPackage, LeafNode } from 'ts-mls';
import { verifyKeyPackage } from 'ts-mls/keyPackage.js';
import { verifyLeafNodeSignatureKeyPackage } from 'ts-mls/leafNode.js';
import type { Arrival, PeerId } from '#protocol';
import { equalBytes, hex, sha256 } from '../link/bytes.ts';
import { keyHash } from '../link/keyHash.ts';
import { checkLinkProof } from '../link/proof.ts';
import type { Right } from './admission.ts';
import { decodeExactly, encodeKeyPackageMessage } from './codec.ts';
import { readLeaf } from './credential.ts';
import { type Identity, isCurrent, isLasting } from './identity.ts';
import { openRight } from './rights.ts';
import { plainLeaf } from './tree.ts';

/** Of one peer: it may ask again before its first request was answered. Those that it made before it left count apart. */
const MAX_FOR_ONE_PEER = 8;
/** Of these the first, so that nobody commits what somebody who has counted a few more or less does not know. */
const MAX_TO_COMMIT = 4;
/** Of everybody; the oldest goes. More than a full room asking as often as each may. */
const MAX_ARRIVALS = 1024;
/** Of one newcomer: a server that adds a useless one must not crowd out the one that counts. */
const MAX_RIGHTS = 4;
/** Ours have about 500 bytes, and with X-Wing 2,700. Larger ones would only swell the commit. */
const MAX_BYTES = 4096;

export interface Newcomer {
  readonly peerId: PeerId;
  readonly keyPackage: KeyPackage;
  readonly bytes: Uint8Array;
  readonly keyHash: Uint8Array;
  /** What it has shown to be let in by, opened; whether that is enough is for admission.ts. */
  readonly rights: readonly Right[];
  /** Announced, or last shown a right. */
  readonly at: number;
  /** Order of announcement. */
  readonly nth: number;
  /**
   * Not ours to commit: announced before we were in the group by somebody who was in it by then, or after too many others,
   * or of no use to us. Somebody else may commit it.
   */
  readonly settled: boolean;
  /** Its peer has left since. */
  readonly left: boolean;
  /** Added once already and announced again: good for nothing but to take the place of a leaf of the same peer and key. */
  readonly spent: boolean;
}

export type Verdict =
  | { readonly kind: 'kept' | 'pending' | 'spent' | 'too-many' }
  /** `doubtful`: somebody with another clock may commit it, we do not. */
  | { readonly kind: 'refused' | 'doubtful'; readonly reason: string };

/** Why somebody is refused who cannot have the link. */
export const NO_LINK = 'no valid link proof';

/** A key package is made in the middle of its lifetime (identity.ts). */
function clocksDiffer(
  { lifetime }: KeyPackage['leafNode'] & { leafNodeSource: 'key_package' },
  now: number,
): string {
  const madeAt = Number(lifetime.notBefore + lifetime.notAfter) / 2;
  const minutes = Math.round((madeAt * 1000 - now) / 60_000);
  if (minutes > 0) return `made by a clock that is ${minutes} minutes ahead of this computer’s`;
  return `made ${-minutes} minutes ago, or by a clock that is so far behind this computer’s`;
}

async function keyPackageFault(
  id: Identity,
  { peerId, kp, now }: { peerId: PeerId; kp: KeyPackage; now: number | undefined },
): Promise<string | undefined> {
  if (kp.version !== 'mls10' || kp.cipherSuite !== id.suite.name) return 'another cipher suite';
  if (kp.leafNode.leafNodeSource !== 'key_package') return 'not a fresh leaf';
  if (now !== undefined && !isCurrent(kp.leafNode, now)) return clocksDiffer(kp.leafNode, now);
  if (kp.extensions.length > 0 || !plainLeaf(kp.leafNode)) return 'it asks for more than this client knows';
  if (equalBytes(kp.initKey, kp.leafNode.hpkePublicKey)) return 'one key for two uses';
  const identity = readLeaf(id.link.nameKey, kp.leafNode);
  if (!identity) return 'its name does not open';
  if (identity.peerId !== peerId) return 'announced for another peer';
  const { signature } = id.suite;
  const [leafSigned, signed] = await Promise.all([
    verifyLeafNodeSignatureKeyPackage(kp.leafNode, signature),
    verifyKeyPackage(kp, signature),
  ]);
  if (!leafSigned) return 'its leaf is not signed';
  return signed ? undefined : 'it is not signed';
}

async function judge(id: Identity, a: Arrival, now: number | undefined): Promise<KeyPackage | string> {
  const { roomId, link } = id;
  if (a.keyPackage.byteLength > MAX_BYTES) return 'the key package is too large';
  const proven = await checkLinkProof(link.proofKey, {
    roomId,
    keyPackage: a.keyPackage,
    proof: a.linkProof,
  });
  if (!proven) return NO_LINK;
  const message = decodeExactly(a.keyPackage);
  if (message?.wireformat !== 'mls_key_package') return 'not a key package';
  return (await keyPackageFault(id, { peerId: a.peerId, kp: message.keyPackage, now })) ?? message.keyPackage;
}

/** The key package, or why it is refused. `now` undefined: however old. */
export const examine = (id: Identity, a: Arrival, now: number | undefined): Promise<KeyPackage | string> =>
  // Throws for keys that WebCrypto does not import.
  judge(id, a, now).catch(() => 'its keys are unusable');

export class Arrivals {
  readonly #id: Identity;
  #list: readonly Newcomer[] = [];
  #count = 0;
  /**
   * Key packages that were added once: the server cannot bring anybody in again with an old announcement. A later member
   * does not know them and may commit one; where it takes the place of a leaf, everybody goes along.
   */
  readonly #spent = new Set<string>();

  constructor(id: Identity) {
    this.#id = id;
  }

  /** One sequence for announcements and departures, so that one can be said to come after the other. */
  next(): number {
    return this.#count++;
  }

  /**
   * `pending`: known already; `spent`: added already. A server repeats itself after a reconnect. `too-many`: the first
   * requests of a peer stay and later ones are not heard, because a commit with one of the first may be on its way.
   * `leaf`: of this peer, now. Who came after it was added cannot know the key package, but knows it by its leaf.
   */
  async announce(a: Arrival, now: number, leaf?: LeafNode): Promise<Verdict> {
    const right = a.right && (await openRight(a.right));
    if (a.right && !right)
      return { kind: 'refused', reason: 'what should let it in is not signed by its issuer' };
    const known = this.#list.find((n) => equalBytes(n.bytes, a.keyPackage));
    if (known) {
      this.#shows(a, right, now);
      return { kind: known.spent ? 'spent' : 'pending' };
    }
    const spent = this.#spent.has(hex(sha256(a.keyPackage)));
    const ofPeer = this.#list.filter((n) => n.peerId === a.peerId);
    const open = ofPeer.filter((n) => !n.left);
    if (open.length >= MAX_FOR_ONE_PEER) return { kind: spent ? 'spent' : 'too-many' };
    const result = await examine(this.#id, a, now);
    if (typeof result === 'string') return spent ? { kind: 'spent' } : { kind: 'refused', reason: result };
    const isLeaf = leaf !== undefined && equalBytes(leaf.hpkePublicKey, result.leafNode.hpkePublicKey);
    const newcomer: Newcomer = {
      peerId: a.peerId,
      keyPackage: result,
      bytes: a.keyPackage.slice(),
      keyHash: keyHash(result.leafNode.signaturePublicKey),
      rights: right ? [right] : [],
      at: now,
      nth: this.next(),
      settled: spent || isLeaf || open.length >= MAX_TO_COMMIT,
      left: false,
      spent: spent || isLeaf,
    };
    const others = this.#list.filter((n) => n.peerId !== a.peerId);
    const before = ofPeer.filter((n) => n.left).slice(-MAX_FOR_ONE_PEER);
    this.#list = [...others, ...before, ...open, newcomer].slice(-MAX_ARRIVALS);
    if (newcomer.spent) return { kind: 'spent' };
    return isLasting(result.leafNode, now)
      ? { kind: 'kept' }
      : { kind: 'doubtful', reason: clocksDiffer(result.leafNode, now) };
  }

  /** Somebody who was announced before is let in now: the server says it again, with the ticket. */
  #shows({ keyPackage }: Arrival, right: Right | undefined, at: number): void {
    const again = (n: Newcomer): Newcomer => {
      const isNews = right && !n.rights.some((r) => equalBytes(r.bytes, right.bytes));
      return isNews
        ? { ...n, left: false, at, rights: [...n.rights, right].slice(-MAX_RIGHTS) }
        : { ...n, left: false };
    };
    this.#list = this.#list.map((n) => (equalBytes(n.bytes, keyPackage) ? again(n) : n));
  }

  /** Also counted, so that what comes later can be said to. */
  left(peerId: PeerId): number {
    this.#list = this.#list.map((n) => (n.peerId === peerId ? { ...n, left: true } : n));
    return this.next();
  }

  holds(newcomer: Newcomer): boolean {
    return this.#list.some((n) => n.peerId === newcomer.peerId && equalBytes(n.bytes, newcomer.bytes));
  }

  /** The announced newcomer with exactly this key package. Compared as bytes: a re-encoding is another package. */
  find(keyPackage: KeyPackage): Newcomer | undefined {
    const bytes = encodeKeyPackageMessage(keyPackage);
    return this.#list.find((n) => equalBytes(n.bytes, bytes));
  }

  /** The latest request of each peer, oldest peer first. */
  latest(): readonly Newcomer[] {
    return [...new Map(this.#list.filter((n) => !n.settled).map((n) => [n.peerId, n])).values()];
  }

  /**
   * We are in, and so are these. What they had announced may be what they were added by, and adding that again would throw
   * them out; it may also be a request that another member is about to commit, so it stays acceptable.
   */
  joined(present: ReadonlyMap<PeerId, unknown>): void {
    this.#list = this.#list.map((n) => (present.has(n.peerId) ? { ...n, settled: true } : n));
  }

  /** This peer's leaf was removed: what it had announced before it left brings nobody back. */
  departed(peerId: PeerId, leftAt: number): void {
    this.spend(this.#list.filter((n) => n.peerId === peerId && n.nth < leftAt));
  }

  /** These are in the group now: whatever else their peers had announced before is void. */
  spend(added: readonly Newcomer[]): void {
    for (const n of added) this.#spent.add(hex(sha256(n.bytes)));
    const done = new Map(added.map((n) => [n.peerId, n.nth]));
    this.#list = this.#list.filter((n) => n.nth > (done.get(n.peerId) ?? -1));
  }

  /** Not to be committed again: ts-mls could not encrypt to it. Stays, so that everybody counts its peer's requests alike. */
  discard(newcomer: Newcomer): void {
    this.#list = this.#list.map((n) => (n === newcomer ? { ...n, settled: true } : n));
  }
}
