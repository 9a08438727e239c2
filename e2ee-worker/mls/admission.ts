// May this key be added? Each member asks, for each Add, of the policy that the commit was made under. Pure.
import type { Certificate, Ticket } from '#protocol';
import { equalBytes } from '../link/bytes.ts';
import { isHost, isListed, isRoomCertificate, isRoot, meetingOf, roomOf } from './hosts.ts';
import { settingsOf } from './imposed.ts';
import { BLOCKED, type Policy } from './policy.ts';

/** Opened: its signature is that of its issuer. Who the issuer is, and what it is good for, is decided here. */
export type Right =
  | { readonly kind: 'ticket'; readonly ticket: Ticket; readonly bytes: Uint8Array }
  | { readonly kind: 'certificate'; readonly certificate: Certificate; readonly bytes: Uint8Array };

export interface Applicant {
  readonly key: Uint8Array;
  readonly keyHash: Uint8Array;
  readonly rights: readonly Right[];
  /** The same commit removes a leaf of the same peer with the same key. */
  readonly replaces: boolean;
}

function ticketFault(p: Policy, a: Applicant, t: Ticket, now: number) {
  if (t.roomId !== roomOf(p) || t.meetingId !== meetingOf(p)) return 'a ticket for another meeting';
  if (!equalBytes(t.subjectHash, a.keyHash)) return 'a ticket for another key';
  if (!isHost(p, t.issuer)) return 'a ticket of somebody who is no host';
  if (t.expiresAt <= now) return 'a ticket that has expired';
  if (t.revision < sentOutAt(p, a.keyHash)) return 'a ticket of before it was sent out';
  if (settingsOf(p).verifiedOnly && !t.verified) return 'a ticket for somebody who was not verified';
  if (settingsOf(p).locked && t.revision < p.lockedSince) return 'a ticket of before the lock';
  return undefined;
}

/** The revision of which tickets for this key have to be at least; 0 when it was never sent out. */
export const sentOutAt = (p: Policy, keyHash: Uint8Array): number =>
  p.sentOut.find((s) => equalBytes(s.keyHash, keyHash))?.revision ?? 0;

/** Nobody keeps the root host out of its own room. */
export const isBlocked = (p: Policy, a: Pick<Applicant, 'key' | 'keyHash'>): boolean =>
  sentOutAt(p, a.keyHash) === BLOCKED && !isRoot(p, a.key);

/** Counts for keys that the policy does not know: it has the last word on those that it lists or has sent out. */
const certificateCounts = (p: Policy, a: Applicant, c: Certificate): boolean =>
  isRoomCertificate(c, { roomId: roomOf(p), rootKey: p.rootKey, key: a.key }) &&
  !isListed(p, a.key) &&
  sentOutAt(p, a.keyHash) === 0;

/** Why not, or undefined when it may be added. The link proof has been checked before (arrivals.ts). */
export function admissionFault(p: Policy, a: Applicant, now: number): string | undefined {
  if (isBlocked(p, a)) return 'it is blocked';
  // The root host also after it has stepped down: nobody is locked out of their own room.
  if (isHost(p, a.key) || isRoot(p, a.key) || a.replaces) return undefined;
  const { lobby, locked, verifiedOnly } = settingsOf(p);
  // Whoever was sent out is for a host to let in again, also where the link lets in everybody else.
  const sentOut = sentOutAt(p, a.keyHash) > 0;
  // A host has locked the meeting with these in it, whatever had let them in.
  const wasIn = p.known.some((h) => equalBytes(h, a.keyHash));
  if (!sentOut && !verifiedOnly && (locked ? wasIn : !lobby)) return undefined;
  let fault = lobby || sentOut ? 'no ticket' : 'the meeting is locked';
  for (const r of a.rights) {
    if (r.kind === 'certificate') {
      if (certificateCounts(p, a, r.certificate)) return undefined;
      fault = 'a certificate that does not count here';
    } else {
      const wrong = ticketFault(p, a, r.ticket, now);
      if (wrong === undefined) return undefined;
      fault = wrong;
    }
  }
  return fault;
}
