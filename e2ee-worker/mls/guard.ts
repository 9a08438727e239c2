// What a commit may contain. Every member asks before it applies one; whoever wrote the commit has no say in it.
import type { CiphersuiteImpl, ClientState, MLSMessage, Proposal, PublicMessage } from 'ts-mls';
import type { LoggedCommit, PeerId } from '#protocol';
import { equalBytes } from '../link/bytes.ts';
import type { LinkKeys } from '../link/keys.ts';
import { isLinkPsk } from '../link/psk.ts';
import { admissionFault } from './admission.ts';
import type { Arrivals, Newcomer } from './arrivals.ts';
import { decodeExactly } from './codec.ts';
import { isHost, isRoot } from './hosts.ts';
import { decodePolicy, type Policy } from './policy.ts';
import { changeFault } from './policyChange.ts';
import { leafAt, MAX_LEAVES, type Member, type Roster } from './roster.ts';
import { plainLeaf } from './tree.ts';

export interface GuardInput {
  readonly state: ClientState;
  readonly roster: Roster;
  /** Of the group as it is before this commit. */
  readonly policy: Policy;
  readonly rootHostHash: Uint8Array;
  readonly link: LinkKeys;
  readonly suite: CiphersuiteImpl;
  readonly arrivals: Arrivals;
  readonly selfLeaf: number;
  /** Has the server said that this peer is gone for good? */
  readonly isGone: (peerId: PeerId) => boolean;
  /** Unix ms: tickets expire. */
  readonly now: number;
}

export interface AllowedCommit {
  readonly message: PublicMessage;
  readonly sender: Member;
  readonly removed: readonly Member[];
  readonly added: readonly Newcomer[];
  /** Are we removed? `wrongly`: to be refused once it is certain whose commit this is, for the reason names them. */
  readonly removesUs: 'no' | 'rightly' | 'wrongly';
}

/**
 * `wait`: it may become right when the server tells more (an arrival, a departure that is still on its way); the log is
 * then read again. `rejoin`: it is ours, and what is needed to apply it is gone. `never`: it stays wrong.
 */
type Cure = 'wait' | 'rejoin' | 'never';

export class CommitRefused extends Error {
  readonly cure: Cure;
  constructor(reason: string, cure: Cure = 'never') {
    super(reason);
    this.cure = cure;
  }
}

function require(condition: boolean, reason: string): asserts condition {
  if (!condition) throw new CommitRefused(reason);
}

/** External commits and proposals, private messages, and everything by reference stop here, before any cryptography. */
function inlineCommit(message: MLSMessage | undefined, state: ClientState) {
  require(message !== undefined, 'not an MLS message');
  require(message.wireformat === 'mls_public_message', 'not a public message');
  const { publicMessage } = message;
  const { content } = publicMessage;
  require(content.sender.senderType === 'member' && publicMessage.senderType === 'member', 'not by a member');
  require(content.contentType === 'commit', 'not a commit');
  require(equalBytes(content.groupId, state.groupContext.groupId), 'of another group');
  require(content.epoch >= state.groupContext.epoch, 'of a past epoch');
  require(content.epoch === state.groupContext.epoch, 'of a future epoch');
  require(content.authenticatedData.byteLength === 0, 'it carries data that this client does not know');
  const proposals: Proposal[] = content.commit.proposals.map((p) => {
    require(p.proposalOrRefType === 'proposal', 'a proposal by reference');
    return p.proposal;
  });
  return { publicMessage, leaf: content.sender.leafIndex, path: content.commit.path, proposals };
}

function sort(proposals: readonly Proposal[]) {
  const out = {
    adds: [] as Extract<Proposal, { proposalType: 'add' }>[],
    removes: [] as number[],
    psks: [] as Extract<Proposal, { proposalType: 'psk' }>[],
    extensions: [] as Extract<Proposal, { proposalType: 'group_context_extensions' }>[],
  };
  for (const p of proposals) {
    if (p.proposalType === 'add') out.adds.push(p);
    else if (p.proposalType === 'remove') out.removes.push(p.remove.removed);
    else if (p.proposalType === 'psk') out.psks.push(p);
    else if (p.proposalType === 'group_context_extensions') out.extensions.push(p);
    else
      throw new CommitRefused(
        `it contains ${typeof p.proposalType === 'number' ? 'an unknown proposal' : p.proposalType}`,
      );
  }
  return out;
}

function checkAdds(input: GuardInput, adds: ReturnType<typeof sort>['adds']): Newcomer[] {
  const added = adds.map((a) => {
    const newcomer = input.arrivals.find(a.add.keyPackage);
    const isLate = newcomer?.spent && !input.roster.byPeer.has(newcomer.peerId);
    if (!newcomer || isLate) throw new CommitRefused('it adds somebody without a valid link proof', 'wait');
    return newcomer;
  });
  require(new Set(added.map((n) => n.peerId)).size === added.length, 'it adds a peer twice');
  return added;
}

/** MLS asks for it alone only with a path; ts-mls writes both that and a Remove beside it in a way that others cannot read. */
async function checkPolicy(
  input: GuardInput,
  sender: Member,
  { extensions, adds, removes, psks }: ReturnType<typeof sort>,
): Promise<void> {
  const [only] = extensions;
  if (only === undefined) return;
  require(extensions.length + adds.length + removes.length + psks.length ===
    1, 'it changes the policy and something else');
  const after = decodePolicy(only.groupContextExtensions.extensions);
  require(after !== undefined, 'no policy that this client knows');
  const { policy: before, rootHostHash } = input;
  const present = input.roster.members.map((m) => m.node.signaturePublicKey);
  const key = sender.node.signaturePublicKey;
  const fault = await changeFault({ before, after, sender: key, present, rootHostHash });
  require(fault === undefined, fault ?? '');
}

const sameKey = (m: Member, n: Newcomer) =>
  equalBytes(m.node.signaturePublicKey, n.keyPackage.leafNode.signaturePublicKey);

/** A new leaf of the same page, which has lost track of the group. */
const takesPlaceOf = (n: Newcomer, m: Member) => m.peerId === n.peerId && sameKey(m, n);

/** Link proof and signatures were checked when they were announced; now: does anything let them in? */
function checkAdmission({ policy, now }: GuardInput, removed: readonly Member[], added: readonly Newcomer[]) {
  for (const n of added) {
    const { keyHash, rights } = n;
    const key = n.keyPackage.leafNode.signaturePublicKey;
    const replaces = removed.some((m) => takesPlaceOf(n, m));
    const fault = admissionFault(policy, { key, keyHash, rights, replaces }, now);
    // The ticket may be on its way.
    if (fault !== undefined)
      throw new CommitRefused(`it adds somebody who may not come in: ${fault}`, 'wait');
  }
}

function checkRemoves(
  input: GuardInput,
  { leaves, added, sender }: { leaves: readonly number[]; added: readonly Newcomer[]; sender: Member },
): Member[] {
  require(new Set(leaves).size === leaves.length, 'it removes a leaf twice');
  return leaves.map((leaf) => {
    const member = input.roster.byLeaf.get(leaf);
    require(member !== undefined, 'it removes a leaf that does not exist');
    const comesBack = added.some((n) => takesPlaceOf(n, member));
    // Whether we are to go ourselves is judged by `removesUs`.
    const judged = leaf === input.selfLeaf || comesBack || maySendOut(input.policy, sender, member);
    if (!judged && !input.isGone(member.peerId)) {
      throw new CommitRefused('it removes somebody who is connected', 'wait');
    }
    return member;
  });
}

const maySendOut = (policy: Policy, sender: Member, member: Member) =>
  isHost(policy, sender.node.signaturePublicKey) && !isRoot(policy, member.node.signaturePublicKey);

/** Nobody but a host can put us out: of our own departure the server has no say here, and while we are added anew we follow no commit. */
function removesUs({ policy, selfLeaf }: GuardInput, sender: Member, removed: readonly Member[]) {
  const us = removed.find((m) => m.leaf === selfLeaf);
  if (!us) return 'no';
  return maySendOut(policy, sender, us) ? 'rightly' : 'wrongly';
}

function checkNoCollision(roster: Roster, removed: readonly Member[], added: readonly Newcomer[]): void {
  const left = roster.members.filter((m) => !removed.includes(m));
  for (const n of added) {
    require(!left.some((m) => m.peerId === n.peerId), 'it adds a peer that is there already');
    const { signaturePublicKey, hpkePublicKey } = n.keyPackage.leafNode;
    require(!left.some((m) =>
      equalBytes(m.node.signaturePublicKey, signaturePublicKey),
    ), 'a key is there twice');
    // ts-mls compares the keys of the old tree with each other, but not with the new leaf's.
    require(!left.some((m) => equalBytes(m.node.hpkePublicKey, hpkePublicKey)), 'a key is there twice');
  }
  require(left.length + added.length <= MAX_LEAVES, 'more leaves than key ids');
}

/** The path replaces the committer's leaf. Its identity must stay: names and keys do not move in mid-call. */
function checkPath(input: GuardInput, leaf: number, path: ReturnType<typeof inlineCommit>['path']): void {
  if (path === undefined) return;
  const before = leafAt(input.state.ratchetTree, leaf);
  const after = path.leafNode;
  require(before !== undefined, 'not by a member');
  const same =
    before.credential.credentialType === 'basic' &&
    after.credential.credentialType === 'basic' &&
    equalBytes(before.credential.identity, after.credential.identity) &&
    equalBytes(before.signaturePublicKey, after.signaturePublicKey);
  require(same, 'it changes who its sender is');
  require(plainLeaf(after), 'its leaf asks for more than this client knows');
}

/** Throws CommitRefused. What it returns is allowed by its contents; signature and keys are for ts-mls to check. */
export async function checkCommit(input: GuardInput, logged: LoggedCommit): Promise<AllowedCommit> {
  const c = inlineCommit(decodeExactly(logged.commit), input.state);
  require(BigInt(logged.epoch) === input.state.groupContext.epoch, 'logged under another epoch');
  const sender = input.roster.byLeaf.get(c.leaf);
  require(sender !== undefined && sender.peerId === logged.from, 'sent by another peer than the server says');
  const sorted = sort(c.proposals);
  const { adds, removes, psks } = sorted;
  await checkPolicy(input, sender, sorted);
  const added = checkAdds(input, adds);
  const removed = checkRemoves(input, { leaves: removes, added, sender });
  require(!removed.includes(sender), 'its sender removes itself');
  checkNoCollision(input.roster, removed, added);
  checkAdmission(input, removed, added);
  require(psks.every((p) => isLinkPsk(input, p.psk.preSharedKeyId)), 'another key than that of the link');
  require(psks.length ===
    (adds.length > 0 ? 1 : 0), 'it must carry the key of the link exactly when it adds');
  checkPath(input, c.leaf, c.path);
  return { message: c.publicMessage, sender, removed, added, removesUs: removesUs(input, sender, removed) };
}
