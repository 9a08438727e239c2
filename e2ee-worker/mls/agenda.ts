// What there is to commit: who is to be removed and added, in one commit that every member's guard will accept.
import type { PeerId } from '#protocol';
import { equalBytes } from '../link/bytes.ts';
import type { Arrivals, Newcomer } from './arrivals.ts';
import type { Changes } from './group.ts';
import type { Presence } from './presence.ts';
import type { Member, Roster } from './roster.ts';

/** Adds in one commit. Key packages of 500 bytes and a Welcome with the tree stay well below the protocol's bounds. */
export const MAX_ADDS = 64;

interface AgendaInput {
  readonly roster: Roster;
  readonly self: PeerId;
  readonly arrivals: Arrivals;
  readonly presence: Presence;
  /** Does the policy let this one in? Kept until it does: the ticket may come later. */
  readonly mayCome: (n: Newcomer, replaces: boolean) => boolean;
  /** Sent out by this host: removed although connected, and not added again. */
  readonly isBanished: (signatureKey: Uint8Array) => boolean;
}

const sharesKey = (n: Newcomer, other: { signaturePublicKey: Uint8Array; hpkePublicKey: Uint8Array }) =>
  equalBytes(n.keyPackage.leafNode.signaturePublicKey, other.signaturePublicKey) ||
  equalBytes(n.keyPackage.leafNode.hpkePublicKey, other.hpkePublicKey);

/**
 * Leaves of peers that are gone, and of peers that ask to be added anew. A newcomer with a key that stays in the tree (a
 * second page of one device) waits until that leaf is gone: MLS wants keys unique.
 */
export function changesToMake(i: AgendaInput): Changes {
  const goes = (m: Member) => i.presence.isGone(m.peerId) || i.isBanished(m.node.signaturePublicKey);
  const stays = new Set(i.roster.members.filter((m) => m.peerId === i.self || !goes(m)));
  const adds: Newcomer[] = [];
  for (const n of i.arrivals.latest()) {
    if (adds.length >= MAX_ADDS || n.peerId === i.self || !i.presence.isCurrent(n)) continue;
    const old = i.roster.byPeer.get(n.peerId);
    const key = n.keyPackage.leafNode.signaturePublicKey;
    const replaces = old !== undefined && equalBytes(old.node.signaturePublicKey, key);
    if (i.isBanished(key) || !i.mayCome(n, replaces)) continue;
    // Another key does not take the place of a leaf that is there.
    if (old && !replaces && stays.has(old)) continue;
    const inTheWay = [...stays].some((m) => m !== old && sharesKey(n, m.node));
    if (inTheWay || adds.some((a) => sharesKey(n, a.keyPackage.leafNode))) continue;
    adds.push(n);
    if (old) stays.delete(old);
  }
  return { removes: i.roster.members.filter((m) => !stays.has(m)), adds };
}

/** Since when somebody who is gone still has a leaf. Re-adds are timed as Adds. */
export function removesSince(changes: Changes, presence: Presence): number | undefined {
  const times = changes.removes
    .filter((m: Member) => !changes.adds.some((n) => n.peerId === m.peerId))
    .map((m) => presence.gone(m.peerId)?.at ?? 0);
  return times.length > 0 ? Math.min(...times) : undefined;
}

export function addTimes(changes: Changes): { oldest: number; newest: number } | undefined {
  const times = changes.adds.map((n) => n.at);
  return times.length > 0 ? { oldest: Math.min(...times), newest: Math.max(...times) } : undefined;
}
