// One epoch after another of one MLS group: found it, offer commits, apply commits, forget the old keys.
import {
  type ClientState,
  createCommit,
  createGroup,
  encodeMlsMessage,
  type Proposal,
  processPublicMessage,
  zeroOutUint8Array,
} from 'ts-mls';
import type { LoggedCommit, PeerId } from '#protocol';
import { linkPskIndex, pskNonceBytes, pskProposal } from '../link/psk.ts';
import type { Arrivals, Newcomer } from './arrivals.ts';
import { wipeMessageSecrets } from './chatKeys.ts';
import { encodeWelcomeMessage } from './codec.ts';
import { CommitRefused, checkCommit } from './guard.ts';
import type { Identity, OwnKeyPackage } from './identity.ts';
import type { Joined } from './join.ts';
import { decodePolicy, encodePolicy, type Policy } from './policy.ts';
import { type Member, type RosterCache, readRoster } from './roster.ts';

/** One epoch. Immutable: a refused commit leaves it as it was. */
export interface Group extends Joined {
  readonly epoch: number;
  readonly selfLeaf: number;
}

export const groupFrom = (j: Joined): Group => ({
  ...j,
  epoch: Number(j.state.groupContext.epoch),
  selfLeaf: j.state.privatePath.leafIndex,
});

export async function foundGroup(
  id: Identity,
  own: OwnKeyPackage,
  { policy, cache }: { policy: Policy; cache: RosterCache },
): Promise<Group> {
  const state = await createGroup(
    policy.meetingId,
    own.publicPackage,
    own.privatePackage,
    [encodePolicy(policy)],
    id.suite,
    id.config,
  );
  return groupFrom({
    state: forgetful(state),
    policy,
    messageSecrets: state.secretTree,
    roster: readRoster(id.link.nameKey, state.ratchetTree, cache),
  });
}

export interface Changes {
  readonly removes: readonly Member[];
  readonly adds: readonly Newcomer[];
  /** In a commit of its own: everything else waits for the next one. */
  readonly policy?: Policy;
}

/** A commit of ours that the server has not confirmed. Kept until the epoch is decided: nobody can process their own. */
export interface PendingCommit {
  readonly epoch: number;
  readonly commit: Uint8Array;
  readonly welcome: Uint8Array | undefined;
  readonly next: ClientState;
  readonly changes: Changes;
  /** Secrets of the old epoch that die when this commit is applied. */
  readonly consumed: readonly Uint8Array[];
}

const policyProposal = (policy: Policy): Proposal => ({
  proposalType: 'group_context_extensions',
  groupContextExtensions: { extensions: [encodePolicy(policy)] },
});

function proposalsFor(id: Identity, changes: Changes, pskNonce: Uint8Array): Proposal[] {
  if (changes.policy) return [policyProposal(changes.policy)];
  const removes = changes.removes.map(
    (m): Proposal => ({ proposalType: 'remove', remove: { removed: m.leaf } }),
  );
  const adds = changes.adds.map(
    (n): Proposal => ({ proposalType: 'add', add: { keyPackage: n.keyPackage } }),
  );
  return adds.length === 0 ? removes : [...removes, ...adds, pskProposal(id.link, pskNonce)];
}

export async function offerCommit(
  id: Identity,
  group: Group,
  input: { changes: Changes; random: (n: number) => Uint8Array<ArrayBuffer> },
): Promise<PendingCommit> {
  const result = await createCommit(
    { state: group.state, cipherSuite: id.suite, pskIndex: linkPskIndex(id) },
    {
      wireAsPublicMessage: true,
      ratchetTreeExtension: true,
      extraProposals: proposalsFor(id, input.changes, input.random(pskNonceBytes(id.suite))),
    },
  );
  return {
    epoch: group.epoch,
    commit: encodeMlsMessage(result.commit),
    welcome: result.welcome && encodeWelcomeMessage(result.welcome),
    next: result.newState,
    changes: input.changes,
    consumed: result.consumed,
  };
}

/** Nothing of past epochs is kept; `retainKeysForEpochs: 0` of ts-mls keeps them all. The keys of messages go their own way. */
const forgetful = (state: ClientState): ClientState => ({
  ...state,
  secretTree: [],
  historicalReceiverData: new Map(),
});

/** The secrets of an epoch that is over, or was never entered. The path's private keys live on in the next state. */
export function wipeEpoch(state: ClientState): void {
  for (const secret of Object.values(state.keySchedule)) zeroOutUint8Array(secret);
  wipeMessageSecrets(state.secretTree);
}

export function wipeGroup(group: Group): void {
  wipeEpoch(group.state);
  wipeMessageSecrets(group.messageSecrets);
  for (const key of Object.values(group.state.privatePath.privateKeys)) zeroOutUint8Array(key);
}

function enter(id: Identity, next: ClientState, cache: RosterCache): Group {
  const state = forgetful(next);
  const roster = readRoster(id.link.nameKey, state.ratchetTree, cache);
  const policy = decodePolicy(state.groupContext.extensions);
  // The guard has let through what is decoded here.
  if (!policy) throw new Error('The group has no policy.');
  return groupFrom({ state, policy, roster, messageSecrets: next.secretTree });
}

export type Applied =
  | {
      readonly kind: 'advanced';
      readonly group: Group;
      readonly changes: Changes;
      /** Who committed it; undefined when it was us. */
      readonly sender?: Member;
    }
  | { readonly kind: 'removed' };

export function applyOwn(id: Identity, pending: PendingCommit, cache: RosterCache): Applied {
  const next = enter(id, pending.next, cache);
  for (const secret of pending.consumed) zeroOutUint8Array(secret);
  return { kind: 'advanced', group: next, changes: pending.changes };
}

export interface ApplyInput {
  readonly logged: LoggedCommit;
  readonly arrivals: Arrivals;
  readonly isGone: (peerId: PeerId) => boolean;
  readonly cache: RosterCache;
  readonly now: number;
}

/** Throws CommitRefused; `group` is usable afterwards as before. */
export async function applyCommit(id: Identity, group: Group, input: ApplyInput): Promise<Applied> {
  const { state } = group;
  const allowed = await checkCommit({ ...input, ...group, ...id }, input.logged);
  // ts-mls calls back once membership tag and signature have verified; a commit that removes us is then authentic, and
  // goes no further: we could not read its path, and a newcomer may take our very leaf.
  const removesUs = allowed.removesUs !== 'no';
  let authentic = false;
  try {
    const result = await processPublicMessage(
      state,
      allowed.message,
      linkPskIndex(id),
      id.suite,
      (incoming) => {
        authentic = incoming.kind === 'commit' && incoming.senderLeafIndex === allowed.sender.leaf;
        return authentic && !removesUs ? 'accept' : 'reject';
      },
    );
    if (authentic && allowed.removesUs === 'wrongly')
      throw new CommitRefused(`it removes you, which ${allowed.sender.name}, who made it, may not`);
    if (authentic && removesUs) return { kind: 'removed' };
    if (result.actionTaken !== 'accept') throw new CommitRefused('not by the member that it names');
    const next = enter(id, result.newState, input.cache);
    for (const secret of result.consumed) zeroOutUint8Array(secret);
    const changes = { removes: allowed.removed, adds: allowed.added };
    return { kind: 'advanced', group: next, changes, sender: allowed.sender };
  } catch (e) {
    if (e instanceof CommitRefused) throw e;
    throw new CommitRefused(e instanceof Error ? e.message.slice(0, 150) : 'it does not verify');
  }
}
