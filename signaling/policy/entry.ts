// May this person come in, or stay? Asked at the door, and of those who are in when the rules have become stricter. Pure.
import type { EndReason, ErrorCode } from '#protocol';
import { isTime, type Rules } from './rules.ts';

export interface Entrant {
  /** Signed in, or at the machine itself while nobody is admin. */
  readonly known: boolean;
  /** Its device holds a host's key of the room: the root key, or one with a certificate for the whole room. */
  readonly host: boolean;
}

type GuestRefusal = Extract<ErrorCode, 'SIGN_IN_REQUIRED' | 'GUESTS_REFUSED'>;
type EntryRefusal = GuestRefusal | Extract<ErrorCode, 'OUTSIDE_HOURS'>;

/** What those hear who are in already, or wait. */
export const PUT_OUT = {
  SIGN_IN_REQUIRED: 'sign-in-required',
  GUESTS_REFUSED: 'guests-refused',
  OUTSIDE_HOURS: 'outside-hours',
} as const satisfies Record<EntryRefusal, EndReason>;

/** For who they are; whatever the time. */
export function guestRefusal(rules: Rules, { known, host }: Entrant): GuestRefusal | undefined {
  if (rules.signInRequired && !known) return 'SIGN_IN_REQUIRED';
  return rules.guests || known || host ? undefined : 'GUESTS_REFUSED';
}

/** Why not, or undefined when they may. */
export const entryRefusal = (rules: Rules, who: Entrant, now: number): EntryRefusal | undefined =>
  guestRefusal(rules, who) ?? (isTime(rules, now) ? undefined : 'OUTSIDE_HOURS');
