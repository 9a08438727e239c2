// Why a member's lock is closed or not: from what the media worker counted and the group confirmed, never from configuration.
import type { DropReason, GroupMember } from '#e2ee/messages.ts';
import type { Flow } from './flows.ts';
import type { LockState } from './model.ts';

type OpenReason = Extract<LockState, { locked: false }>['reason'];

const open = (reason: OpenReason): LockState => ({ locked: false, reason });
const closed: LockState = { locked: true, reason: 'encrypted' };

/** What drops mean to a person. Junk that is no SFrame at all is as little authentic as a wrong tag. */
const meaning: Record<DropReason, OpenReason> = {
  'no-key': 'waiting-key',
  'bad-tag': 'bad-tag',
  malformed: 'bad-tag',
  'wrong-sender': 'wrong-sender',
  'unknown-codec': 'unknown-codec',
  replay: 'no-frames',
  stale: 'no-frames',
  fault: 'no-frames',
};

/** Worst first: what hints at interference must not hide behind what passes by itself. */
const gravity: readonly OpenReason[] = [
  'wrong-sender',
  'bad-tag',
  'unknown-codec',
  'waiting-key',
  'no-frames',
];

interface Given {
  readonly member: Pick<GroupMember, 'confirmed'>;
  readonly forked: boolean;
  /** Of each stream that is said to be theirs: undefined while no frame has come. */
  readonly flows: readonly (Flow | undefined)[];
}

export function lockOf({ member, forked, flows }: Given): LockState {
  if (forked || member.confirmed === 'no') return open('fork');
  const reasons = flows.flatMap((flow) => (flow && !flow.flowing ? [meaningOf(flow)] : []));
  const worst = gravity.find((reason) => reasons.includes(reason));
  if (worst) return open(worst);
  if (member.confirmed === 'late') return open('unconfirmed');
  return flows.some((flow) => flow?.flowing) ? closed : open('no-frames');
}

/** The own lock: something left this device encrypted, and the others are on the same keys. */
export function ownLock(given: { forked: boolean; sealed: boolean; late: boolean }): LockState {
  if (given.forked) return open('fork');
  if (given.late) return open('unconfirmed');
  return given.sealed ? closed : open('no-frames');
}

const meaningOf = ({ reason }: Flow): OpenReason => (reason ? meaning[reason] : 'no-frames');
