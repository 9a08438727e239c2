// May this member make this change to the policy? Each member asks before it applies one.
import { openCertificate } from '#protocol';
import { equalBytes } from '../link/bytes.ts';
import { keyHash } from '../link/keyHash.ts';
import { isHost, isListed, isRoomCertificate, isRoot, policyFault, roomOf } from './hosts.ts';
import { coversAll } from './imposed.ts';
import { encodeBody, type Policy, subjectOf } from './policy.ts';

export interface PolicyChange {
  readonly before: Policy;
  readonly after: Policy;
  /** Signature key of the member who commits it. */
  readonly sender: Uint8Array;
  /** Signature keys of the group's members. */
  readonly present: readonly Uint8Array[];
  /** From the link. */
  readonly rootHostHash: Uint8Array;
}

/** What no change may touch. */
function frameFault({ before, after, sender }: PolicyChange): string | undefined {
  const same =
    equalBytes(before.roomId, after.roomId) &&
    equalBytes(before.meetingId, after.meetingId) &&
    equalBytes(before.rootKey, after.rootKey);
  if (!same) return 'it moves the policy to another meeting';
  if (before.latestEnd !== after.latestEnd) return 'it changes how long the room may live';
  // That it ends no later than it may, the bytes say (policy.ts).
  if (after.expiresAt < before.expiresAt) return 'it brings the end forward';
  if (before.settings.suite !== after.settings.suite || before.imposed.suite !== after.imposed.suite)
    return 'it changes the suite of a group that exists';
  if (!coversAll(after.imposed, before.imposed)) return 'it loosens what the installation imposes';
  if (after.revision !== before.revision + 1) return 'it skips or repeats a revision of the policy';
  return equalBytes(after.signer, sender) ? undefined : 'its policy is signed by another member';
}

/** Hosts are only ever appended, so that certificates go on leading to the root. */
function hostsFault({ before, after, sender, present }: PolicyChange): string | undefined {
  const kept = before.hosts.every((h, i) => {
    const now = after.hosts[i];
    return now !== undefined && equalBytes(h.certificate, now.certificate);
  });
  if (!kept) return 'it forgets a host';
  if (before.rootActive && !after.rootActive && !isRoot(before, sender)) return 'it demotes the root host';
  return present.some((key) => isHost(after, key)) ? undefined : 'it leaves the meeting without a host';
}

const has = (list: readonly Uint8Array[], one: Uint8Array) => list.some((x) => equalBytes(x, one));

function doorFault({ before, after, rootHostHash }: PolicyChange): string | undefined {
  const isRootHash = (hash: Uint8Array) => equalBytes(hash.slice(0, rootHostHash.byteLength), rootHostHash);
  if (after.sentOut.some((s) => isRootHash(s.keyHash))) return 'it sends out the root host';
  if (!after.settings.locked) return undefined;
  if (!before.settings.locked)
    return after.lockedSince === after.revision ? undefined : 'it says that the meeting was locked before';
  const same = after.lockedSince === before.lockedSince && after.known.every((k) => has(before.known, k));
  return same ? undefined : 'it changes who was in when the meeting was locked';
}

/** The root host, whom nobody but itself can demote, takes the role back, and changes nothing else. */
function rootReturns({ before, after, sender }: PolicyChange): boolean {
  const { revision, signer } = after;
  const expected = { ...before, revision, signer, rootActive: true };
  return isRoot(before, sender) && equalBytes(encodeBody(expected), encodeBody(after));
}

/** A device with a room certificate, neither on the list nor sent out, puts itself on the list, and changes nothing else. */
async function restoresItself({ before, after, sender }: PolicyChange): Promise<boolean> {
  const own = after.hosts.at(-1);
  if (!own?.active || isListed(before, sender) || !equalBytes(subjectOf(own), sender)) return false;
  const { revision, signer } = after;
  const expected = { ...before, revision, signer, hosts: [...before.hosts, own] };
  if (!equalBytes(encodeBody(expected), encodeBody(after))) return false;
  const hash = keyHash(sender);
  if (before.sentOut.some((s) => equalBytes(s.keyHash, hash))) return false;
  const c = await openCertificate(own.certificate);
  const room = { roomId: roomOf(before), rootKey: before.rootKey, key: sender };
  return c !== undefined && isRoomCertificate(c, room);
}

/** Why not, or undefined when the change is one that this member may make. */
export async function changeFault(c: PolicyChange): Promise<string | undefined> {
  const fault = frameFault(c) ?? hostsFault(c) ?? doorFault(c);
  if (fault !== undefined) return fault;
  const may = isHost(c.before, c.sender) || rootReturns(c) || (await restoresItself(c));
  if (!may) return 'its sender is no host';
  return policyFault(c.after, c.rootHostHash);
}
