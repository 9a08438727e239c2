// The table of pushes: what the server tells a client without being asked. Names are past facts.
import * as z from 'zod/mini';
import { KnockAccount } from './account.ts';
import { WORD_BYTES } from './authority.ts';
import { bytes, exactBytes } from './bytes.ts';
import { ConsumerId, Epoch, MeetingId, PeerId } from './ids.ts';
import {
  DELEGATION_BYTES,
  EPOCH_TAG_BYTES,
  MAX_CHAT_BYTES,
  MAX_CONSUMERS,
  MAX_PEERS,
  MAX_WELCOME_BYTES,
} from './limits.ts';
import { Offers, Slot } from './media.ts';
import { Imposed } from './policy.ts';
import { Arrival, founding, HostsHere, LetIn, LoggedCommit } from './requests.ts';

export const LeaveReason = z.enum([
  'left',
  'timeout',
  'replaced',
  'misbehaved',
  'removed',
  'signed-out',
  'policy',
]);
export type LeaveReason = z.infer<typeof LeaveReason>;
export const EndReason = z.enum([
  'expired',
  'room-closed',
  'group-lost',
  'ended-by-host',
  'removed',
  'blocked',
  'refused',
  'lobby-full',
  'sent-back',
  'not-added',
  'signed-out',
  'guests-refused',
  'sign-in-required',
  'outside-hours',
  'idle',
  'suite-changed',
  'verification-required',
  'room-full',
]);
export type EndReason = z.infer<typeof EndReason>;

export const pushes = {
  'peer:arrived': {
    doc: 'A peer asks to be added to the group (or, already in it, to be added anew).',
    data: Arrival,
  },
  'peer:away': {
    doc: 'The connection of a peer broke; its place is held for 30 s.',
    data: z.strictObject({ peerId: PeerId }),
  },
  'peer:back': { doc: 'A peer that was away has resumed.', data: z.strictObject({ peerId: PeerId }) },
  'peer:left': {
    doc: 'A peer is gone for good. The sfu has already stopped forwarding to it; the group must remove its leaf.',
    data: z.strictObject({ peerId: PeerId, reason: LeaveReason }),
  },
  'lobby:knocked': {
    doc: 'To hosts: somebody waits at the door. `since` in Unix ms. `account`: whom the server says it has signed in; nothing in the group proves it.',
    data: z.strictObject({
      arrival: Arrival,
      since: z.number().check(z.int(), z.gte(0)),
      account: z.optional(KnockAccount),
    }),
  },
  'lobby:delegated': {
    doc: "To hosts: somebody who waits, or is in the meeting, says that it is a host's own device.",
    data: z.strictObject({ peerId: PeerId, mac: exactBytes(DELEGATION_BYTES) }),
  },
  'lobby:left': {
    doc: 'To hosts: somebody waits no longer (was let in, sent away, or has gone).',
    data: z.strictObject({ peerId: PeerId }),
  },
  'lobby:hosts': {
    doc: 'To those who wait: the hosts that are there now, at most three.',
    data: z.strictObject({ hosts: HostsHere }),
  },
  'lobby:admitted': {
    doc: 'To one who waited: let in, as if `meeting:join` had been answered `wait`.',
    data: LetIn,
  },
  'host:said': {
    doc: 'A signed word of a host. It counts only when the signature is that of a host in the group.',
    data: z.strictObject({ word: exactBytes(WORD_BYTES) }),
  },
  'group:found': {
    doc: 'To a host: nobody of the group is left to add you: create a new group for this new meeting.',
    data: z.strictObject({ meetingId: MeetingId, ...founding }),
  },
  'meeting:moved': {
    doc: 'The group was lost before it added this peer: it goes on waiting, now for the Welcome to this new meeting.',
    data: z.strictObject({ meetingId: MeetingId }),
  },
  'group:committed': {
    doc: 'The winning commit of an epoch, in order, to every member including its sender.',
    data: LoggedCommit,
  },
  'group:reverted': {
    doc: 'The commit that ended `epoch` is taken back, as if it had never come; `from` had sent it, and is put out.',
    data: z.strictObject({ epoch: Epoch, from: PeerId }),
  },
  'group:welcomed': {
    doc: 'The Welcome that came with the winning commit, to those it adds. `epoch` is the epoch it leads into.',
    data: z.strictObject({ epoch: Epoch, welcome: bytes(MAX_WELCOME_BYTES) }),
  },
  'group:confirmed': {
    doc: 'Members that have applied an epoch, with their fork-detection tags; several at once.',
    data: z.strictObject({
      epoch: Epoch,
      tags: z
        .array(z.strictObject({ peerId: PeerId, tag: exactBytes(EPOCH_TAG_BYTES) }))
        .check(z.maxLength(MAX_PEERS)),
    }),
  },
  'chat:sent': {
    doc: 'A message that another member has sent. Not for a peer for which so much waits already that commits would be lost.',
    data: z.strictObject({ message: bytes(MAX_CHAT_BYTES) }),
  },
  'media:offered': {
    doc: 'New streams, paused until media:receive asks for them.',
    data: z.strictObject({ offers: Offers }),
  },
  'media:closed': {
    doc: 'Streams that have ended.',
    data: z.strictObject({ consumerIds: z.array(ConsumerId).check(z.maxLength(MAX_CONSUMERS)) }),
  },
  'media:muted': {
    doc: 'A peer muted or unmuted a slot.',
    data: z.strictObject({ peerId: PeerId, slot: Slot, muted: z.boolean() }),
  },
  'media:lost': {
    doc: 'The media server of this meeting is gone; wait for media:ready.',
    data: z.strictObject({}),
  },
  'media:ready': {
    doc: 'A media server holds this meeting anew: open media again.',
    data: z.strictObject({}),
  },
  'room:restricted': {
    doc: 'The policy has become stricter while the meeting runs, or an admin has let the room end earlier, or that was so when this peer came: the room ends at `latestEnd` at the latest, and hosts put into the group what is `imposed`. Believed as far as it is stricter than what was known.',
    data: z.strictObject({ latestEnd: z.number().check(z.int(), z.gte(0)), imposed: Imposed }),
  },
  'meeting:closes': {
    doc: 'Within some ten minutes, at `at` (Unix ms), the hours of the installation or the times of the room are over: the meeting then ends with `outside-hours`. Said to everybody once, also to who comes then.',
    data: z.strictObject({ at: z.number().check(z.int(), z.gte(0)) }),
  },
  'meeting:ended': {
    doc: 'The meeting is over, for everybody or for this peer: `expired` and `room-closed` (the room has ended, too, by its time or before it), `removed`, `blocked`, `refused` at the door, `lobby-full` (somebody from elsewhere needs the place at the door, and most of those who wait come from where this peer does), `sent-back` to the lobby (knock again), `group-lost` (no host is left who could add it; knock again), `not-added` (no member has added it within 30 s; knock again), `signed-out` (the session that the connection was opened with has ended), `guests-refused` and `sign-in-required` (the policy lets people without an account in no more), `outside-hours` (nobody meets at this hour), `idle` (one person was alone for as long as the policy allows), `suite-changed` (the meeting begins anew with another cipher suite; look and knock again), `verification-required` (the policy keeps only those in whose keys hosts have compared; knock again), `room-full` (the policy lets fewer be in it at once, and this peer was among the last to come).',
    data: z.strictObject({ reason: EndReason }),
  },
} as const satisfies Record<string, { doc: string; data: z.ZodMiniType }>;

export type PushName = keyof typeof pushes;
export type Push<N extends PushName> = z.output<(typeof pushes)[N]['data']>;
