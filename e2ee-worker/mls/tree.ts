// Is the tree inside a Welcome a sound ratchet tree (RFC 9420 §7.9, §12.4.3.1)?
//
// Ours, because ts-mls 1.6.4 asks that every parent above an unmerged leaf has the very same list of unmerged leaves. The
// RFC asks it only of the parents between the leaf and the parent that lists it, and only that they contain the leaf; so
// ts-mls turns away people from sound groups (tree.test.ts shows one of eight members), and follows leaf indices outside
// the tree without end.
import type { CiphersuiteImpl, GroupContext, LeafNode, RatchetTree } from 'ts-mls';
import { verifyLeafNodeSignature, verifyLeafNodeSignatureKeyPackage } from 'ts-mls/leafNode.js';
import { verifyParentHashes } from 'ts-mls/parentHash.js';
import { treeHashRoot } from 'ts-mls/treeHash.js';
import { equalBytes, hex } from '../link/bytes.ts';
import { CAPABILITIES } from './identity.ts';
import { MAX_LEAVES } from './roster.ts';

const has = (list: readonly unknown[], wanted: readonly unknown[]) => wanted.every((w) => list.includes(w));

/** Every member runs this client: extensions of a leaf would be rules that we do not know. */
export const plainLeaf = (leaf: LeafNode): boolean =>
  leaf.extensions.length === 0 &&
  has(leaf.capabilities.ciphersuites, CAPABILITIES.ciphersuites) &&
  has(leaf.capabilities.extensions, CAPABILITIES.extensions) &&
  has(leaf.capabilities.credentials, CAPABILITIES.credentials);

async function leafSigned(leaf: LeafNode, index: number, gc: GroupContext, cs: CiphersuiteImpl) {
  switch (leaf.leafNodeSource) {
    case 'key_package':
      return verifyLeafNodeSignatureKeyPackage(leaf, cs.signature);
    case 'commit':
      return verifyLeafNodeSignature(leaf, gc.groupId, index, cs.signature);
    case 'update':
      // Nobody here sends Update proposals.
      return false;
  }
}

/** Level of a node: 0 for leaves; a parent at level k spans the nodes within 2^k - 1 to either side. */
function level(node: number): number {
  let k = 0;
  while ((node >> k) & 1) k++;
  return k;
}

const spans = (parent: number, node: number) => Math.abs(parent - node) < 2 ** level(parent);

/** The parents between `leafNode` and `top`, both excluded. */
function between(leafNode: number, top: number): number[] {
  const out: number[] = [];
  for (let k = 1; k < level(top); k++) out.push(((leafNode >> (k + 1)) << (k + 1)) + 2 ** k - 1);
  return out;
}

function unmergedSound(tree: RatchetTree, parent: number, unmerged: readonly number[]): boolean {
  return unmerged.every((leaf, i) => {
    const node = leaf * 2;
    const ascending = i === 0 || (unmerged[i - 1] ?? -1) < leaf;
    if (!ascending || node >= tree.length || !spans(parent, node)) return false;
    if (tree[node]?.nodeType !== 'leaf') return false;
    return between(node, parent).every((p) => {
      const n = tree[p];
      return n === undefined || (n.nodeType === 'parent' && n.parent.unmergedLeaves.includes(leaf));
    });
  });
}

function unique(keys: readonly Uint8Array[]): boolean {
  return new Set(keys.map(hex)).size === keys.length;
}

function shapeSound(tree: RatchetTree): boolean {
  // 2^k - 1 nodes, at most 1024 leaves: everything below indexes within that.
  if (tree.length > 2 * MAX_LEAVES - 1 || ((tree.length + 1) & tree.length) !== 0) return false;
  return tree.every((n, i) => {
    if (n === undefined) return true;
    if (n.nodeType === 'leaf') return i % 2 === 0;
    return i % 2 === 1 && unmergedSound(tree, i, n.parent.unmergedLeaves);
  });
}

/** The reason why not, or undefined when sound. Credentials are the roster's business. */
export async function treeFault(
  tree: RatchetTree,
  gc: GroupContext,
  cs: CiphersuiteImpl,
): Promise<string | undefined> {
  if (!shapeSound(tree)) return 'the tree is malformed';
  const nodes = tree.filter((n) => n !== undefined);
  const leaves = nodes.flatMap((n) => (n.nodeType === 'leaf' ? [n.leaf] : []));
  const encryptionKeys = nodes.map((n) => (n.nodeType === 'leaf' ? n.leaf : n.parent).hpkePublicKey);
  if (!unique(encryptionKeys) || !unique(leaves.map((l) => l.signaturePublicKey)))
    return 'a key is there twice';
  if (!leaves.every(plainLeaf)) return 'a leaf asks for more than this client knows';
  const signed = tree.map((n, i) => n?.nodeType !== 'leaf' || leafSigned(n.leaf, i / 2, gc, cs));
  if ((await Promise.all(signed)).includes(false)) return 'a leaf is not signed';
  if (!equalBytes(gc.treeHash, await treeHashRoot(tree, cs.hash)))
    return 'the tree is not the one that was signed';
  if (!(await verifyParentHashes(tree, cs.hash))) return 'parent hashes do not match';
  return undefined;
}
