// What members refuse, whoever orders it and whoever signed it: each attack by an insider with valid keys.
import {
  createGroupInfoWithExternalPubAndRatchetTree,
  encodeMlsMessage,
  joinGroupExternal,
  type Proposal,
} from 'ts-mls';
import { beforeEach, describe, expect, it } from 'vitest';
import { idBytes } from '../link/ids.ts';
import { sealName } from '../link/names.ts';
import { encodeCredential } from './credential.ts';
import { signPolicy } from './hosts.ts';
import { decodePolicy } from './policy.ts';
import { newPeerId } from './testing/delivery.ts';
import { addOf, changeTo, Insider, random, removeOf, someone } from './testing/insider.ts';
import { type Page, World } from './testing/world.ts';

let world: World;
let honest: Page[];
let eve: Insider;

beforeEach(async () => {
  world = new World();
  honest = await world.meeting(3);
  // Let the newcomers send their own first commits, so that nothing moves but what the attack moves.
  await world.pass(8000);
  eve = await Insider.join(world);
  await world.until(() => honest.every((p) => p.view?.members.length === 4 && p.view.settled));
  eve.follows = false;
});

/** Every honest member says so, nobody moves, and the old keys stay in use. */
async function refusedByAll(reason: RegExp): Promise<void> {
  const epochs = honest.map((p) => p.view?.epoch);
  const keys = honest.map((p) => p.epochs().length);
  await world.pass(1900);
  for (const p of honest) {
    expect(p.all('refused').map((r) => r.reason)).toContainEqual(expect.stringMatching(reason));
    expect(p.all('fault')).toEqual([]);
  }
  expect(honest.map((p) => p.view?.epoch)).toEqual(epochs);
  expect(honest.map((p) => p.epochs().length)).toEqual(keys);
}

const someoneWithLink = (name = 'Ghost') =>
  someone({ roomId: world.delivery.roomId, fragment: world.fragment, name });
const announce = (peerId: Page['peerId'], keyPackage: Uint8Array, linkProof: Uint8Array) => {
  for (const p of honest) void p.give({ type: 'peer-arrived', arrival: { peerId, keyPackage, linkProof } });
};

describe('a ghost', () => {
  it('that was never announced is not added by anybody', async () => {
    const ghost = await someoneWithLink();
    const { commit } = await eve.craft([addOf(ghost.own), eve.psk()]);
    eve.publish(commit);
    await refusedByAll(/without a valid link proof/);
  });

  it('announced with a link proof by another secret is refused as arrival and as Add', async () => {
    const ghost = await someoneWithLink();
    announce(ghost.id.peerId, ghost.own.bytes, random(32));
    const { commit } = await eve.craft([addOf(ghost.own), eve.psk()]);
    eve.publish(commit);
    await refusedByAll(/no valid link proof/);
    await refusedByAll(/adds somebody without a valid link proof/);
  });

  it('made by a server that has no link is refused by every member and gets no commit', async () => {
    const fragment = `${'A'.repeat(42)}A`;
    const ghost = await someone({ roomId: world.delivery.roomId, fragment });
    announce(ghost.id.peerId, ghost.own.bytes, ghost.own.linkProof);
    await refusedByAll(/no valid link proof/);
    expect(
      honest.flatMap((p) => p.all('send-commit')).filter((c) => c.added.includes(ghost.id.peerId)),
    ).toEqual([]);
  });

  it('with another key package than the announced one is refused', async () => {
    const ghost = await someoneWithLink();
    const other = await someone({
      roomId: world.delivery.roomId,
      fragment: world.fragment,
      peerId: ghost.id.peerId,
    });
    // The committers must not be quicker than the attack.
    for (const p of honest) p.onEmit = () => undefined;
    announce(ghost.id.peerId, ghost.own.bytes, ghost.own.linkProof);
    const { commit } = await eve.craft([addOf(other.own), eve.psk()]);
    eve.publish(commit);
    await refusedByAll(/without a valid link proof/);
  });

  it('announced under another peer id than its leaf says is refused', async () => {
    const ghost = await someoneWithLink();
    announce(newPeerId(), ghost.own.bytes, ghost.own.linkProof);
    await refusedByAll(/announced for another peer/);
  });

  it('under the peer id of somebody who is there is refused', async () => {
    const victim = honest[1]?.peerId ?? newPeerId();
    const ghost = await someone({ roomId: world.delivery.roomId, fragment: world.fragment, peerId: victim });
    for (const p of honest) p.onEmit = () => undefined;
    const others = honest.filter((p) => p.peerId !== victim);
    honest = others;
    announce(victim, ghost.own.bytes, ghost.own.linkProof);
    const { commit } = await eve.craft([addOf(ghost.own), eve.psk()]);
    eve.publish(commit);
    await refusedByAll(/adds a peer that is there already/);
  });

  it('added with a valid proof but without the key of the link is refused', async () => {
    const ghost = await someoneWithLink();
    for (const p of honest) p.onEmit = () => undefined;
    announce(ghost.id.peerId, ghost.own.bytes, ghost.own.linkProof);
    const { commit } = await eve.craft([addOf(ghost.own)]);
    eve.publish(commit);
    await refusedByAll(/key of the link/);
  });

  it('brought in again with a key package that was used before is refused', async () => {
    const gone = honest.pop();
    gone?.leave();
    await world.until(() => honest.every((p) => p.view?.members.length === 3));
    eve.follows = true;
    for (const c of eve.commits.splice(0))
      if (c.epoch >= Number(eve.raw.groupContext.epoch)) await eve.follow(c.commit);
    eve.follows = false;
    const entered = gone?.all('entered')[0];
    const { decodeExactly } = await import('./codec.ts');
    const message = entered && decodeExactly(entered.keyPackage);
    if (!gone || !entered || message?.wireformat !== 'mls_key_package') throw new Error('no key package');
    announce(gone.peerId, entered.keyPackage, entered.linkProof);
    const add: Proposal = { proposalType: 'add', add: { keyPackage: message.keyPackage } };
    const { commit } = await eve.craft([add, eve.psk()]);
    eve.publish(commit);
    await refusedByAll(/without a valid link proof/);
  });
});

describe('a member', () => {
  it('cannot quietly remove another one who is connected', async () => {
    const [victim] = honest.filter((p) => p.view?.members.some((m) => m.self && m.leaf === 1));
    if (!victim) throw new Error('no victim');
    const all = honest;
    const { commit } = await eve.craft([removeOf(1)]);
    eve.publish(commit);
    honest = all.filter((p) => p !== victim);
    await refusedByAll(/removes somebody who is connected/);
    honest = [victim];
    await refusedByAll(/removes you, which Eve, who made it, may not/);
    expect(victim.all('ended')).toEqual([]);
    expect(victim.media.some((m) => m.type === 'erase')).toBe(false);
  });

  it('is not named for a removal that a server has made in its name', async () => {
    const [victim] = honest.filter((p) => p.view?.members.some((m) => m.self && m.leaf === 1));
    if (!victim) throw new Error('no victim');
    const { commit } = await eve.craft([removeOf(1)]);
    // Of its tag, the last 32 bytes.
    const forged = Uint8Array.from(commit, (b, i) => (i === commit.length - 1 ? b ^ 1 : b));
    eve.publish(forged);
    honest = [victim];
    await refusedByAll(/./);
    expect(victim.all('refused').filter((r) => r.reason.includes('Eve'))).toEqual([]);
    expect(victim.ended).toBe(false);
  });

  it('cannot remove somebody whose connection broke but whose place is held', async () => {
    const away = honest.pop();
    if (!away) throw new Error('no member');
    away.online = false;
    world.delivery.presence(away.peerId, 'away');
    const { commit } = await eve.craft([removeOf(away.view?.members.find((m) => m.self)?.leaf ?? 0)]);
    eve.publish(commit);
    await refusedByAll(/removes somebody who is connected/);
  });

  it('cannot change the policy', async () => {
    const before = decodePolicy(eve.raw.groupContext.extensions);
    if (!before) throw new Error('no policy');
    const policy = await signPolicy(eve.id.device, { ...before, revision: before.revision + 1 });
    const { commit } = await eve.craft([changeTo(policy)]);
    eve.publish(commit);
    await refusedByAll(/its sender is no host/);
  });

  it('cannot re-initialise the group', async () => {
    const { groupId, cipherSuite, extensions } = eve.raw.groupContext;
    const reinit = { groupId, version: 'mls10' as const, cipherSuite, extensions };
    const { commit } = await eve.craft([{ proposalType: 'reinit', reinit }]);
    eve.publish(commit);
    await refusedByAll(/reinit/);
  });

  it('cannot smuggle in an unknown proposal, which ts-mls would skip', async () => {
    const { commit } = await eve.craft([{ proposalType: 0xf00d, proposalData: random(8) }]);
    eve.publish(commit);
    await refusedByAll(/an unknown proposal/);
  });

  it('cannot use another pre-shared key', async () => {
    const id = { psktype: 'external' as const, pskId: random(16), pskNonce: random(32) };
    const commit = await eve.craftRaw([
      { proposalOrRefType: 'proposal', proposal: { proposalType: 'psk', psk: { preSharedKeyId: id } } },
    ]);
    eve.publish(commit);
    await refusedByAll(/another key than that of the link/);
  });

  it('cannot refer to proposals that were not sent with the commit', async () => {
    eve.publish(await eve.craftRaw([{ proposalOrRefType: 'reference', reference: random(32) }]));
    await refusedByAll(/by reference/);
  });

  it('cannot commit under the name of another peer', async () => {
    const { commit } = await eve.craft([]);
    eve.publish(commit, { from: honest[1]?.peerId ?? newPeerId() });
    await refusedByAll(/sent by another peer than the server says|bears our name/);
  });

  it('cannot change its name in mid-call', async () => {
    const owner = { peerId: idBytes(eve.id.peerId) ?? random(16), signatureKey: eve.id.device.publicKey };
    const sealed = sealName(eve.id.link.nameKey, owner, { name: 'Member 0', nonce: random(24) });
    const tree = eve.raw.ratchetTree.map((n, i) =>
      i === eve.leaf * 2 && n?.nodeType === 'leaf'
        ? { ...n, leaf: { ...n.leaf, credential: encodeCredential(owner.peerId, sealed) } }
        : n,
    );
    const { commit } = await eve.craft([], { ...eve.raw, ratchetTree: tree });
    eve.publish(commit);
    await refusedByAll(/changes who its sender is/);
  });

  it('cannot enter with a sealed name taken from another leaf', async () => {
    const stolen = eve.raw.ratchetTree[0];
    const ghost = await someoneWithLink();
    if (stolen?.nodeType !== 'leaf' || stolen.leaf.credential.credentialType !== 'basic')
      throw new Error('no leaf');
    const credential = encodeCredential(
      idBytes(ghost.id.peerId) ?? random(16),
      stolen.leaf.credential.identity.slice(17),
    );
    const { makeKeyPackage } = await import('./identity.ts');
    const own = await makeKeyPackage({ ...ghost.id, credential }, Date.now());
    announce(ghost.id.peerId, own.bytes, own.linkProof);
    await refusedByAll(/its name does not open/);
  });
});

describe('an external commit', () => {
  it('is refused by every member, although MLS would take it', async () => {
    const ghost = await someoneWithLink();
    const { suite } = eve.id;
    const info = await createGroupInfoWithExternalPubAndRatchetTree(eve.raw, [], suite);
    const { publicMessage } = await joinGroupExternal(
      info,
      ghost.own.publicPackage,
      ghost.own.privatePackage,
      false,
      ghost.id.suite,
      undefined,
      ghost.id.config,
    );
    const commit = encodeMlsMessage({ version: 'mls10', wireformat: 'mls_public_message', publicMessage });
    eve.publish(commit, { from: ghost.id.peerId });
    await refusedByAll(/not by a member/);
  });
});

describe('the order of commits', () => {
  it('does not let an old commit be applied again', async () => {
    const { commit } = await eve.craft([]);
    eve.publish(commit);
    await world.until(() => honest.every((p) => p.view?.epoch === world.delivery.epoch && p.view.settled));
    const epoch = world.delivery.epoch;
    for (const p of honest) {
      void p.give({ type: 'committed', commit: { epoch, from: eve.id.peerId, commit } });
    }
    await refusedByAll(/of a past epoch/);
  });

  it('does not let a future commit be applied', async () => {
    const first = await eve.craft([]);
    const second = await eve.craft([], first.newState);
    const epoch = world.delivery.epoch + 1;
    for (const p of honest) {
      void p.give({ type: 'committed', commit: { epoch, from: eve.id.peerId, commit: second.commit } });
    }
    await refusedByAll(/of a future epoch/);
  });

  it('does not let a commit be logged under another epoch than its own', async () => {
    const { commit } = await eve.craft([]);
    eve.publish(commit, { epoch: world.delivery.epoch - 1 });
    await refusedByAll(/logged under another epoch/);
  });

  it('does not let a commit of another group in', async () => {
    const elsewhere = new World();
    await elsewhere.meeting(2);
    const stranger = await Insider.join(elsewhere);
    const { commit } = await stranger.craft([]);
    eve.publish(commit);
    await refusedByAll(/of another group/);
  });

  it('does not let a second encoding of a commit through, which ts-mls would read as the same', async () => {
    const { commit } = await eve.craft([]);
    // Version, wire format, then the length of the group id: 16 in one byte becomes 16 in two.
    expect(commit[4]).toBe(16);
    const second = Uint8Array.from([...commit.slice(0, 4), 0x40, 16, ...commit.slice(5)]);
    eve.publish(second);
    await refusedByAll(/not an MLS message/);
  });

  it('does not let changed bytes through: signature and membership tag are checked', async () => {
    const { commit } = await eve.craft([]);
    commit[commit.length - 40] = (commit[commit.length - 40] ?? 0) ^ 1;
    eve.publish(commit);
    await refusedByAll(/verify|membership|invalid/i);
  });
});
