// The members as the authenticated tree has them: leaf, peer, name, key.
import type { LeafNode, RatchetTree } from 'ts-mls';
import type { PeerId } from '#protocol';
import { keyHash } from '../link/keyHash.ts';
import { readLeaf } from './credential.ts';
import { fingerprint } from './safetyCode.ts';

/** KIDs give the leaf 10 bits. */
export const MAX_LEAVES = 1024;

export interface Member {
  readonly leaf: number;
  readonly peerId: PeerId;
  readonly name: string;
  readonly fingerprint: string;
  /** By which policies and memories name this key. */
  readonly keyHash: Uint8Array;
  readonly node: LeafNode;
}

export interface Roster {
  /** In leaf order. */
  readonly members: readonly Member[];
  readonly byPeer: ReadonlyMap<PeerId, Member>;
  readonly byLeaf: ReadonlyMap<number, Member>;
}

export class RosterError extends Error {}

/** Opening a name costs 20 µs and a leaf rarely changes: remember by credential object, which ts-mls keeps. */
export type RosterCache = WeakMap<object, Pick<Member, 'peerId' | 'name' | 'fingerprint' | 'keyHash'>>;

function describeLeaf(nameKey: Uint8Array, node: LeafNode, cache: RosterCache) {
  const known = cache.get(node.credential);
  if (known) return known;
  const identity = readLeaf(nameKey, node);
  if (!identity) throw new RosterError('a leaf has no credential of this link');
  const key = node.signaturePublicKey;
  const described = { ...identity, fingerprint: fingerprint(key), keyHash: keyHash(key) };
  cache.set(node.credential, described);
  return described;
}

/** Throws RosterError for a leaf that cannot be read, a peer that is there twice, or more leaves than key ids. */
export function readRoster(nameKey: Uint8Array, tree: RatchetTree, cache: RosterCache): Roster {
  const members: Member[] = [];
  const byPeer = new Map<PeerId, Member>();
  for (const [i, n] of tree.entries()) {
    if (n?.nodeType !== 'leaf') continue;
    const member = { leaf: i / 2, node: n.leaf, ...describeLeaf(nameKey, n.leaf, cache) };
    if (member.leaf >= MAX_LEAVES) throw new RosterError('more leaves than key ids');
    if (byPeer.has(member.peerId)) throw new RosterError('a peer has two leaves');
    byPeer.set(member.peerId, member);
    members.push(member);
  }
  return { members, byPeer, byLeaf: new Map(members.map((m) => [m.leaf, m])) };
}

/** A leaf of the tree, undefined when blank or out of range. RFC 9420 Appendix C: leaf i is node 2i. */
export function leafAt(tree: RatchetTree, leaf: number): LeafNode | undefined {
  const n = tree[leaf * 2];
  return n?.nodeType === 'leaf' ? n.leaf : undefined;
}
