// A member's lock in plain words: one line for a tile, one sentence for the panel.
import type { LockState } from '../call/model.ts';

export interface LockWords {
  readonly short: string;
  readonly long: string;
  /** `alarm`: somebody may be interfering. `wait`: normal for a moment. */
  readonly tone: 'locked' | 'wait' | 'alarm';
}

type Reason = LockState['reason'];

const OTHERS: Record<Reason, LockWords> = {
  encrypted: {
    short: 'Locked',
    long: 'Picture and sound arrive encrypted with this member’s own key.',
    tone: 'locked',
  },
  'waiting-key': {
    short: 'Waiting for key',
    long: 'There is no key for this member yet, so nothing of theirs is shown or played.',
    tone: 'wait',
  },
  unconfirmed: {
    short: 'Not confirmed',
    long: 'This member has not yet confirmed that they are on the same keys as you.',
    tone: 'wait',
  },
  'no-frames': {
    short: 'Nothing received',
    long: 'Nothing has arrived from this member yet, so there is nothing to check.',
    tone: 'wait',
  },
  'bad-tag': {
    short: 'Not authentic',
    long: 'What arrives as this member’s does not fit their key and is thrown away.',
    tone: 'alarm',
  },
  'wrong-sender': {
    short: 'Wrong sender',
    long: 'What arrives as this member’s was encrypted by somebody else and is thrown away.',
    tone: 'alarm',
  },
  'unknown-codec': {
    short: 'Unknown format',
    long: 'What arrives is in a format that cannot be checked here and is thrown away.',
    tone: 'alarm',
  },
  fork: {
    short: 'Different group',
    long: 'This member is in a different version of the meeting than you. The server may be keeping you apart.',
    tone: 'alarm',
  },
};

const SELF: Partial<Record<Reason, string>> = {
  encrypted: 'Your picture and sound leave this device encrypted.',
  'waiting-key': 'You have no key yet, so nothing leaves this device.',
  'no-frames': 'Nothing has left this device yet.',
  unconfirmed: 'The others have not yet confirmed that they are on the same keys as you.',
  fork: 'You are in a different version of the meeting than others. The server may be keeping you apart.',
  'unknown-codec': 'Your device sends in a format that cannot be encrypted here, so it was stopped.',
};

export function lockWords(lock: LockState, self: boolean): LockWords {
  const words = OTHERS[lock.reason];
  return self ? { ...words, long: SELF[lock.reason] ?? words.long } : words;
}

export interface LockSummary {
  readonly tone: LockWords['tone'];
  readonly text: string;
}

/** The whole meeting in one line: an alarm anywhere is the meeting's alarm. */
export function summarizeLocks(
  members: readonly { readonly lock: LockState; readonly self: boolean }[],
): LockSummary {
  const open = members.filter((member) => !member.lock.locked);
  const alarms = open.filter((member) => lockWords(member.lock, member.self).tone === 'alarm');
  if (alarms.length > 0) return { tone: 'alarm', text: `${alarms.length} not secure` };
  if (open.length > 0 || members.length === 0) return { tone: 'wait', text: `${open.length} not locked yet` };
  return { tone: 'locked', text: members.length === 1 ? 'Locked' : `All ${members.length} locked` };
}
