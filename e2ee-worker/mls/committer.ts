// Whose turn it is to commit, and when. Pure: times in, times out.
//
// Everybody computes the same order from the same roster and presence, so normally one member commits; when it does not,
// the next steps in. Two at once cost one lost commit, nothing else: the server takes the first.
import type { PeerId } from '#protocol';
import type { Member } from './roster.ts';

/** Less: two commit at once whenever a network is slow. More: a dead committer holds up the door that long. */
export const STEP_IN_MS = 1500;
/** Adds within this long of a commit wait for each other. Less: more commits in a rush. More: slower joins. */
export const COALESCE_MS = 300;
/** However many keep coming, nobody waits longer than this for the batch to close. */
export const COALESCE_MAX_MS = 1000;
/** Keys are refreshed after this long without any change. */
export const REFRESH_MS = 5 * 60_000;
/** A member may ask for new keys this often. */
export const REFRESH_MIN_GAP_MS = 10_000;
const NEWCOMER_MIN_MS = 2000;
const NEWCOMER_SPREAD_MS = 4000;
/** In large groups newcomers spread out, so that 16 epochs (the key id's four bits) take longer than keys overlap. */
const NEWCOMER_SPREAD_PER_MEMBER_MS = 750;

/** Our place among those who could commit, hosts first, then by leaf; undefined when we may not. */
export function rank(
  members: readonly Member[],
  self: PeerId,
  isCandidate: (peerId: PeerId) => boolean,
  isHost: (member: Member) => boolean,
): number | undefined {
  const candidates = members.filter((m) => m.peerId === self || isCandidate(m.peerId));
  const order = [...candidates.filter(isHost), ...candidates.filter((m) => !isHost(m))];
  const at = order.findIndex((m) => m.peerId === self);
  return at < 0 ? undefined : at;
}

/** When the oldest and newest of the pending Adds are due: at once after a quiet moment, else coalesced. */
export function addsDue(t: { oldest: number; newest: number; lastCommit: number }): number {
  if (t.oldest - t.lastCommit >= COALESCE_MS) return t.oldest;
  return Math.min(t.newest + COALESCE_MS, t.oldest + COALESCE_MAX_MS);
}

/** `fraction` is random in [0, 1). */
export const newcomerDelay = (members: number, fraction: number): number =>
  NEWCOMER_MIN_MS + fraction * Math.max(NEWCOMER_SPREAD_MS, members * NEWCOMER_SPREAD_PER_MEMBER_MS);

export interface Agenda {
  readonly rank: number;
  /** When this epoch began: whoever committed it was alive then, so the wait for the next rank starts anew. */
  readonly epochSince: number;
  /** When a commit was last seen or sent. */
  readonly lastCommit: number;
  /** When the first of the pending Removes became known. */
  readonly removesSince: number | undefined;
  readonly adds: { readonly oldest: number; readonly newest: number } | undefined;
  /** Our own empty commit as a newcomer is due then. */
  readonly newcomerAt: number | undefined;
  /** A person asked for new keys; due then. */
  readonly refreshAt: number | undefined;
}

/** When to commit, always something: at the latest when the keys are to be refreshed. */
export function commitDue(a: Agenda): number {
  const turn = a.rank * STEP_IN_MS;
  const from = (t: number) => (a.rank === 0 ? t : Math.max(t, a.epochSince) + turn);
  const changes = [
    a.removesSince === undefined ? Number.POSITIVE_INFINITY : from(a.removesSince),
    a.adds === undefined ? Number.POSITIVE_INFINITY : from(addsDue({ ...a.adds, lastCommit: a.lastCommit })),
  ];
  const urgent = Math.min(...changes);
  if (urgent !== Number.POSITIVE_INFINITY) return urgent;
  return Math.min(
    a.newcomerAt ?? Number.POSITIVE_INFINITY,
    a.refreshAt ?? Number.POSITIVE_INFINITY,
    a.epochSince + REFRESH_MS + turn,
  );
}
