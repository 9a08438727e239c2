// The tree check takes trees that the RFC allows and ts-mls does not, and refuses broken ones.
import { type Extension, joinGroup, type LeafNode, type RatchetTree } from 'ts-mls';
import { treeHashRoot } from 'ts-mls/treeHash.js';
import { describe, expect, it } from 'vitest';
import { linkPskIndex } from '../link/psk.ts';
import { decodeWelcome } from './join.ts';
import { Insider, random, someone } from './testing/insider.ts';
import { World } from './testing/world.ts';
import { treeFault } from './tree.ts';

/** Eight warm members; two leave, the tree is refreshed, and two newcomers in a row sit unmerged under different parents. */
async function unevenGroup() {
  const world = new World();
  const pages = await world.meeting(8);
  await world.pass(12_000);
  const byLeaf = (leaf: number) =>
    pages.find((p) => p.view?.members.some((m) => m.self && m.leaf === leaf)) ?? pages[0];
  for (const leaf of [1, 6]) byLeaf(leaf)?.leave();
  const rest = pages.filter((p) => p.online);
  await world.until(() => world.together(rest));
  for (const leaf of [2, 4]) {
    const epoch = rest[0]?.view?.epoch ?? 0;
    await byLeaf(leaf)?.give({ type: 'refresh' });
    await world.until(() => rest.every((p) => (p.view?.epoch ?? 0) === epoch + 1));
  }
  const eve = new Insider(world, await someone({ roomId: world.delivery.roomId, fragment: world.fragment }));
  const bo = new Insider(world, await someone({ roomId: world.delivery.roomId, fragment: world.fragment }));
  const welcomes: Uint8Array[] = [];
  for (const i of [eve, bo]) {
    const { bytes: keyPackage, linkProof } = i.own;
    world.delivery.join({ peerId: i.id.peerId, keyPackage, linkProof }, (p) => {
      if (p.type === 'welcomed') welcomes.push(p.welcome);
      i.push(p);
    });
  }
  await world.until(() => eve.state !== undefined && bo.state !== undefined);
  return { world, bo, welcome: welcomes[0] ?? new Uint8Array() };
}

describe('the tree of a Welcome', () => {
  it('with unmerged leaves under different parents is sound, though ts-mls 1.6.4 turns such newcomers away', async () => {
    const { bo, welcome } = await unevenGroup();
    const lists = bo.raw.ratchetTree
      .flatMap((n) => (n?.nodeType === 'parent' ? [n.parent.unmergedLeaves.join()] : []))
      .filter((l) => l !== '');
    expect(new Set(lists).size).toBeGreaterThan(1);
    const { publicPackage, privatePackage } = bo.own;
    const psk = linkPskIndex(bo.id);
    const theirs = joinGroup(
      decodeWelcome(bo.id, welcome),
      publicPackage,
      privatePackage,
      psk,
      bo.id.suite,
      undefined,
      undefined,
      bo.id.config,
    );
    // When this line goes red, ts-mls has mended it and join.ts may go.
    await expect(theirs).rejects.toThrow(/unmerged_leaves/);
  });

  it('that is broken is refused, and no leaf index leads outside it', async () => {
    const world = new World();
    await world.meeting(4);
    await world.pass(8000);
    const eve = await Insider.join(world);
    const { groupContext: gc } = eve.raw;
    const { suite } = eve.id;
    const tree = eve.raw.ratchetTree;
    const extension: Extension = { extensionType: 0xf00d, extensionData: new Uint8Array() };
    expect(await treeFault(tree, gc, suite)).toBeUndefined();
    const withNode = (
      i: number,
      f: (n: NonNullable<RatchetTree[number]>) => RatchetTree[number],
    ): RatchetTree => tree.map((n, at) => (at === i && n ? f(n) : n));
    const unmergedAt = (node: number, list: number[], of: RatchetTree): RatchetTree =>
      of.map((n, at) =>
        at === node && n?.nodeType === 'parent' ? { ...n, parent: { ...n.parent, unmergedLeaves: list } } : n,
      );
    const unmerged = (list: number[]) => unmergedAt(3, list, tree);
    const without = (node: number): RatchetTree => tree.map((n, at) => (at === node ? undefined : n));
    for (const parent of [1, 3, 5]) expect(tree[parent]?.nodeType).toBe('parent');
    const leaf = (f: (l: LeafNode) => LeafNode) =>
      withNode(2, (n) => (n.nodeType === 'leaf' ? { ...n, leaf: f(n.leaf) } : n));
    const parentKey = (key: Uint8Array) =>
      withNode(3, (n) =>
        n.nodeType === 'parent' ? { ...n, parent: { ...n.parent, hpkePublicKey: key } } : n,
      );
    const malformed = /malformed/;
    const broken: [string, RatchetTree, RegExp][] = [
      ['a parent in the place of a leaf', withNode(0, () => tree[3]), malformed],
      ['a leaf in the place of a parent', withNode(3, () => tree[0]), malformed],
      ['an unmerged leaf outside the tree', unmerged([2 ** 31]), malformed],
      ['an unmerged leaf beyond the leaves', unmerged([4000]), malformed],
      ['an unmerged leaf of another subtree', unmerged([4]), malformed],
      ['an unmerged leaf that its parents do not know', unmerged([1]), malformed],
      ['unmerged leaves out of order', unmergedAt(1, [1, 0], tree), malformed],
      ['an unmerged leaf that is blank', unmergedAt(5, [3], without(6)), malformed],
      ['a length that no tree has', tree.slice(0, -1), malformed],
      ['a leaf twice', withNode(2, () => tree[0]), /a key is there twice/],
      ['a leaf with an extension', leaf((l) => ({ ...l, extensions: [extension] })), /asks for more/],
      ['a leaf with another signature', leaf((l) => ({ ...l, signature: random(64) })), /not signed/],
      ['another parent key', parentKey(random(32)), /not the one that was signed/],
    ];
    for (const [what, bad, reason] of broken) {
      expect(await treeFault(bad, gc, suite), what).toMatch(reason);
    }
    // Signed by the member who made the Welcome, but not what the members committed.
    const forged = parentKey(random(32));
    const treeHash = await treeHashRoot(forged, suite.hash);
    expect(await treeFault(forged, { ...gc, treeHash }, suite)).toMatch(/parent hashes/);
  });
});
