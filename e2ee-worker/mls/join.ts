// A Welcome becomes a group, or a reason why not (RFC 9420 §12.4.3.1).
//
// Written out from ts-mls's parts: its own joinGroup refuses sound trees (tree.ts), and checks nothing of the policy
// before it has derived the keys.
import { type ClientState, type RatchetTree, type SecretTree, type Welcome, zeroOutUint8Array } from 'ts-mls';
import {
  type GroupInfo,
  ratchetTreeFromExtension,
  verifyGroupInfoConfirmationTag,
  verifyGroupInfoSignature,
} from 'ts-mls/groupInfo.js';
import type { GroupSecrets } from 'ts-mls/groupSecrets.js';
import { makeKeyPackageRef } from 'ts-mls/keyPackage.js';
import { deriveKeySchedule } from 'ts-mls/keySchedule.js';
import { pathToRoot } from 'ts-mls/pathSecrets.js';
import { mergePrivateKeyPaths, toPrivateKeyPath } from 'ts-mls/privateKeyPath.js';
import { accumulatePskSecret } from 'ts-mls/pskIndex.js';
import { findLeafIndex } from 'ts-mls/ratchetTree.js';
import { toLeafIndex, toNodeIndex } from 'ts-mls/treemath.js';
import { firstCommonAncestor } from 'ts-mls/updatePath.js';
import { decryptGroupInfo, decryptGroupSecrets } from 'ts-mls/welcome.js';
import type { MeetingId } from '#protocol';
import { equalBytes } from '../link/bytes.ts';
import { idBytes } from '../link/ids.ts';
import { keyHash } from '../link/keyHash.ts';
import { isLinkPsk, linkPskIndex } from '../link/psk.ts';
import { admissionFault, type Right } from './admission.ts';
import { decodeExactly } from './codec.ts';
import { policyFault } from './hosts.ts';
import type { Identity, OwnKeyPackage } from './identity.ts';
import { decodePolicy, type Policy } from './policy.ts';
import { leafAt, type Roster, type RosterCache, RosterError, readRoster } from './roster.ts';
import { isStrongEnough, OPAQUE_SIGNER } from './suite.ts';
import { treeFault } from './tree.ts';

export interface Announced {
  readonly meetingId: MeetingId;
  /** The epoch that the Welcome leads into, as the server says. */
  readonly epoch: number;
  readonly nowMs: number;
  /** Ours: who has nothing to come in by was not let in by a host, whoever made the Welcome. */
  readonly rights: readonly Right[];
  /** In this group before, and added anew. */
  readonly returns: boolean;
}

export interface Joined {
  readonly state: ClientState;
  readonly policy: Policy;
  readonly roster: Roster;
  /** Of what members write in this epoch, whoever they are; or what it is made of (chatKeys.ts). `state` has none of it. */
  readonly messageSecrets: SecretTree | Uint8Array;
}

/** Why a Welcome is refused; the text is shown in the security panel. */
export class WelcomeRefused extends Error {}

function require(condition: boolean, reason: string): asserts condition {
  if (!condition) throw new WelcomeRefused(reason);
}

/** Which of our key packages the Welcome is for. */
export async function ownPackageFor(
  id: Identity,
  welcome: Welcome,
  own: readonly OwnKeyPackage[],
): Promise<OwnKeyPackage | undefined> {
  for (const candidate of own) {
    const ref = await makeKeyPackageRef(candidate.publicPackage, id.suite.hash);
    if (welcome.secrets.some((s) => equalBytes(s.newMember, ref))) return candidate;
  }
  return undefined;
}

export function decodeWelcome({ suite }: Pick<Identity, 'suite'>, bytes: Uint8Array): Welcome {
  const message = decodeExactly(bytes);
  require(message?.wireformat === 'mls_welcome', 'not a Welcome');
  require(message.welcome.cipherSuite === suite.name, 'another cipher suite');
  return message.welcome;
}

async function openSecrets(id: Identity, welcome: Welcome, own: OwnKeyPackage): Promise<GroupSecrets> {
  const { suite } = id;
  const initKey = await suite.hpke.importPrivateKey(own.privatePackage.initPrivateKey);
  const ref = await makeKeyPackageRef(own.publicPackage, suite.hash);
  const secrets = await decryptGroupSecrets(initKey, ref, welcome, suite.hpke);
  require(secrets !== undefined, 'the Welcome does not open');
  // The server could add us to a group of its own making; it cannot know the PSK of the link.
  const [psk] = secrets.psks;
  require(secrets.psks.length === 1 && psk !== undefined && isLinkPsk(id, psk), 'made without the link');
  return secrets;
}

async function checkPolicy(id: Identity, gi: GroupInfo, announced: Announced): Promise<Policy> {
  const gc = gi.groupContext;
  const policy = decodePolicy(gc.extensions);
  require(policy !== undefined, 'no policy that this client knows');
  const room = idBytes(id.roomId);
  const meeting = idBytes(announced.meetingId);
  require(room !== undefined && equalBytes(policy.roomId, room), 'a group of another room');
  require(meeting !== undefined && equalBytes(policy.meetingId, meeting), 'a group of another meeting');
  require(equalBytes(gc.groupId, policy.meetingId), 'a group of another meeting');
  const fault = await policyFault(policy, id.rootHostHash);
  require(fault === undefined, fault ?? '');
  require(policy.expiresAt > announced.nowMs, 'the meeting has expired');
  require(gc.version === 'mls10' && gc.cipherSuite === id.suite.name, 'another cipher suite');
  require(isStrongEnough(id.suite, policy), 'a weaker cipher suite than its policy asks for');
  require(gc.epoch === BigInt(announced.epoch), 'another epoch than announced');
  checkOwnRight(id, policy, announced);
  return policy;
}

function checkOwnRight(id: Identity, policy: Policy, announced: Announced): void {
  const key = id.device.publicKey;
  const own = { key, keyHash: keyHash(key), rights: announced.rights, replaces: announced.returns };
  const fault = admissionFault(policy, own, announced.nowMs);
  require(fault === undefined, `we may not come in: ${fault ?? ''}`);
}

function checkTreeExtension(gi: GroupInfo): RatchetTree {
  const [only] = gi.extensions;
  require(gi.extensions.length === 1 &&
    only?.extensionType === 'ratchet_tree', 'no tree, or more than a tree');
  const tree = ratchetTreeFromExtension(gi);
  require(tree !== undefined, 'no tree');
  return tree;
}

function rosterOf(id: Identity, tree: RatchetTree, cache: RosterCache): Roster {
  try {
    return readRoster(id.link.nameKey, tree, cache);
  } catch (e) {
    if (e instanceof RosterError) throw new WelcomeRefused(e.message);
    throw e;
  }
}

/** Our leaf's private key, and those of the path that the committer sent along. */
async function privatePath(
  id: Identity,
  own: OwnKeyPackage,
  at: { tree: RatchetTree; leaf: number; signer: number; pathSecret: Uint8Array | undefined },
) {
  const leafIndex = toLeafIndex(at.leaf);
  const base = { leafIndex, privateKeys: { [at.leaf * 2]: own.privatePackage.hpkePrivateKey } };
  if (at.pathSecret === undefined) return base;
  const ancestor = firstCommonAncestor(at.tree, leafIndex, toLeafIndex(at.signer));
  const secrets = await pathToRoot(at.tree, toNodeIndex(ancestor), at.pathSecret, id.suite.kdf);
  return mergePrivateKeyPaths(await toPrivateKeyPath(secrets, leafIndex, id.suite), base);
}

/** Throws WelcomeRefused, or whatever ts-mls throws on junk; both mean: not in, keep waiting. */
export async function joinFromWelcome(
  id: Identity,
  own: OwnKeyPackage,
  input: { welcome: Welcome; announced: Announced; cache: RosterCache },
): Promise<Joined> {
  const { suite } = id;
  const secrets = await openSecrets(id, input.welcome, own);
  const zero = new Uint8Array(suite.kdf.size);
  const [pskSecret] = await accumulatePskSecret(secrets.psks, linkPskIndex(id), suite, zero);
  const gi = await decryptGroupInfo(input.welcome, secrets.joinerSecret, pskSecret, suite);
  require(gi !== undefined, 'the Welcome does not open');
  const policy = await checkPolicy(id, gi, input.announced);
  const tree = checkTreeExtension(gi);
  const fault = await treeFault(tree, gi.groupContext, suite);
  require(fault === undefined, fault ?? '');
  const roster = rosterOf(id, tree, input.cache);
  const signer = leafAt(tree, gi.signer);
  require(signer !== undefined, 'signed by nobody');
  require(await verifyGroupInfoSignature(
    gi,
    signer.signaturePublicKey,
    suite.signature,
  ), 'not signed by a member');
  const leaf = findLeafIndex(tree, own.publicPackage.leafNode);
  require(leaf !== undefined && roster.byPeer.get(id.peerId)?.leaf === leaf, 'our leaf is not in it');
  require(await verifyGroupInfoConfirmationTag(
    gi,
    secrets.joinerSecret,
    pskSecret,
    suite,
  ), 'the confirmation tag is wrong');
  const path = await privatePath(id, own, { tree, leaf, signer: gi.signer, pathSecret: secrets.pathSecret });
  const [keySchedule, encryptionSecret] = await deriveKeySchedule(
    secrets.joinerSecret,
    pskSecret,
    gi.groupContext,
    suite.kdf,
  );
  zeroOutUint8Array(secrets.joinerSecret);
  const state: ClientState = {
    groupContext: gi.groupContext,
    ratchetTree: tree,
    privatePath: path,
    signaturePrivateKey: OPAQUE_SIGNER,
    confirmationTag: gi.confirmationTag,
    unappliedProposals: {},
    keySchedule,
    secretTree: [],
    historicalReceiverData: new Map(),
    groupActiveState: { kind: 'active' },
    clientConfig: id.config,
  };
  return { state, policy, roster, messageSecrets: encryptionSecret };
}
