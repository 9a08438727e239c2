// What hosts change in a policy, each as a function from the one before to the one after. Pure; signing comes later.
import type { Settings } from '#e2ee/messages.ts';
import { equalBytes, hex } from '../link/bytes.ts';
import { entryOf, isRoot } from './hosts.ts';
import { BLOCKED, MAX_HOSTS, MAX_KNOWN, MAX_SENT_OUT, type PolicyBody, subjectOf } from './policy.ts';

/** `revision` is already that of the policy to be. */
export type Draft = Omit<PolicyBody, 'signer'>;

export type SettingsChange = { readonly [K in keyof Settings]?: Settings[K] | undefined };

/**
 * The rest of the list is for those who are sent out without being blocked. More: with many blocked, whoever was sent out
 * is soon forgotten, and comes back under the old ticket.
 */
export const MAX_BLOCKED = MAX_SENT_OUT - 16;
const TOO_MANY_BLOCKED = 'There are too many blocked keys.';

/** Thrown by an edit that makes no sense any more; the text is for the person who asked for it. */
export class EditRefused extends Error {}

/** `present`: key hashes of everybody who is in, kept while the meeting is locked. */
export function withSettings(p: Draft, change: SettingsChange, present: readonly Uint8Array[]): Draft {
  const old = p.settings;
  const settings: Settings = {
    lobby: change.lobby ?? old.lobby,
    locked: change.locked ?? old.locked,
    share: change.share ?? old.share,
    chat: change.chat ?? old.chat,
    chatLifetimeS: change.chatLifetimeS === undefined ? old.chatLifetimeS : change.chatLifetimeS,
    muteOnEntry: change.muteOnEntry ?? old.muteOnEntry,
    recording: change.recording ?? old.recording,
    verifiedOnly: change.verifiedOnly ?? old.verifiedOnly,
    // The group has its keys by it.
    suite: old.suite,
  };
  if (settings.locked === p.settings.locked) return { ...p, settings };
  return settings.locked
    ? { ...p, settings, lockedSince: p.revision, known: present.slice(0, MAX_KNOWN) }
    : { ...p, settings, lockedSince: 0, known: [] };
}

/** To a later time. `announced`: what the server has said since that it may be at the latest. */
export function withEnd(p: Draft, expiresAt: number, announced: number): Draft {
  if (expiresAt > Math.min(p.latestEnd, announced))
    throw new EditRefused('This room may not live that long.');
  return { ...p, expiresAt: Math.max(p.expiresAt, expiresAt) };
}

const setActive = (p: Draft, key: Uint8Array, active: boolean): Draft =>
  isRoot({ ...p, signer: key }, key)
    ? { ...p, rootActive: active }
    : { ...p, hosts: p.hosts.map((h) => (equalBytes(subjectOf(h), key) ? { ...h, active } : h)) };

/** Whoever is made a host is welcome again. */
export function withHost(
  p: Draft,
  o: { key: Uint8Array; keyHash: Uint8Array; certificate: Uint8Array },
): Draft {
  const sentOut = p.sentOut.filter((s) => !equalBytes(s.keyHash, o.keyHash));
  const signed = { ...p, sentOut, signer: o.key };
  if (isRoot(signed, o.key) || entryOf(signed, o.key)) return setActive({ ...p, sentOut }, o.key, true);
  if (p.hosts.length >= MAX_HOSTS) throw new EditRefused('There are too many hosts.');
  return { ...p, sentOut, hosts: [...p.hosts, { certificate: o.certificate, active: true }] };
}

export const withoutHost = (p: Draft, key: Uint8Array): Draft => setActive(p, key, false);

/** Whose room it is, come back after it had stepped down. */
export const withRoot = (p: Draft): Draft => ({ ...p, rootActive: true });

/** Tickets for this key become void, and so does being a host; blocked, nothing helps it any more. */
export function withSentOut(p: Draft, o: { key: Uint8Array; keyHash: Uint8Array; block: boolean }): Draft {
  const before = p.sentOut.find((s) => equalBytes(s.keyHash, o.keyHash));
  const revision = o.block || before?.revision === BLOCKED ? BLOCKED : p.revision;
  const others = p.sentOut.filter((s) => s !== before);
  const newlyBlocked = revision === BLOCKED && before?.revision !== BLOCKED;
  if (newlyBlocked && blockedIn(p).length >= MAX_BLOCKED) throw new EditRefused(TOO_MANY_BLOCKED);
  const known = p.known.filter((h) => !equalBytes(h, o.keyHash));
  const demoted = withoutHost({ ...p, known }, o.key);
  return { ...demoted, sentOut: [...withRoom(others), { keyHash: o.keyHash, revision }] };
}

/** It may knock again: with its old tickets it does not come in. */
export function withoutBlock(p: Draft, hexHash: string): Draft {
  const blocked = blockedIn(p).find((s) => hex(s.keyHash) === hexHash);
  if (!blocked) throw new EditRefused('That device is not blocked any more.');
  const others = p.sentOut.filter((s) => s !== blocked);
  return { ...p, sentOut: [...others, { ...blocked, revision: p.revision }] };
}

export const blockedIn = (p: Pick<Draft, 'sentOut'>): Draft['sentOut'] =>
  p.sentOut.filter((s) => s.revision === BLOCKED);

/** Room for one more. Blocked keys stay; of the others the first to be sent out is forgotten first. */
function withRoom(list: Draft['sentOut']): Draft['sentOut'] {
  if (list.length < MAX_SENT_OUT) return list;
  const oldest = list.find((s) => s.revision !== BLOCKED);
  // Never silently: whoever is sent out now would come back at once.
  if (!oldest) throw new EditRefused(TOO_MANY_BLOCKED);
  return list.filter((s) => s !== oldest);
}
