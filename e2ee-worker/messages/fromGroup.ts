// Group worker → page.
import * as z from 'zod/mini';
import {
  bytes,
  CERTIFICATE_BYTES,
  Claim,
  EPOCH_TAG_BYTES,
  Epoch,
  exactBytes,
  HOST_KEY_HASH_BYTES,
  Imposed,
  LINK_PROOF_BYTES,
  MAX_BLOCKED_KEYS,
  MAX_CHAT_BYTES,
  MAX_COMMIT_BYTES,
  MAX_KEY_PACKAGE_BYTES,
  MAX_PEERS,
  MAX_WAITING,
  MAX_WELCOME_BYTES,
  PeerId,
  type RequestName,
  requests,
  Suite,
} from '#protocol';
import {
  code,
  count,
  digits,
  KeyHash,
  LinkFragment,
  MAX_CHAT_UNITS,
  MAX_NAME_BYTES,
  Mark,
  Settings,
  text,
  time,
} from './parts.ts';

export const GroupMember = z.strictObject({
  peerId: PeerId,
  leaf: count,
  /** From the authenticated leaf, opened with the link's key. */
  name: text(MAX_NAME_BYTES),
  /** Of the leaf's signature key: 20 digits in groups of 5. */
  fingerprint: text(32),
  self: z.boolean(),
  presence: z.enum(['here', 'away', 'left']),
  /** `yes`: its tag for this epoch is ours. `no`: it differs (fork). `waiting`: not heard yet. `late`: not heard for 10 s. */
  confirmed: z.enum(['yes', 'no', 'waiting', 'late']),
  /** From the host list of the group's policy. */
  role: z.enum(['host', 'guest']),
  /** The device that made the room: nobody takes its role from it, and it alone makes hosts of the room for good. */
  root: z.boolean(),
  mark: Mark,
  /** The same at this member's page and here, from both keys; empty for oneself. */
  pairCode: z.union([code, digits(0)]),
});
export type GroupMember = z.infer<typeof GroupMember>;

export const GroupView = z.strictObject({
  epoch: Epoch,
  /** True once senders of the group use this epoch (everybody confirmed, or 1 s has passed). */
  settled: z.boolean(),
  /** Names of those whom this host has sent out and whom the server keeps in: until they are out, this page sends nothing. */
  withheldFor: z.array(text(MAX_NAME_BYTES)).check(z.maxLength(1024)),
  members: z.array(GroupMember).check(z.maxLength(1024)),
  /** The same digits at every member, different at every epoch: 4 groups of 5. */
  safetyCode: z.array(z.string().check(z.regex(/^\d{5}$/))).check(z.length(4)),
  suite: text(80),
  expiresAt: time,
  /** A host may move the end up to here. */
  latestEnd: time,
  /** When the code was last marked as checked; null when it never was. */
  checkedAt: z.nullable(time),
  /** Joins and leaves since then. */
  changesSinceChecked: z.nullable(count),
  /** The latest of them, oldest first. `removed`: by a host. */
  changes: z
    .array(
      z.strictObject({ what: z.enum(['joined', 'left', 'removed']), name: text(MAX_NAME_BYTES), at: time }),
    )
    .check(z.maxLength(50)),
  /** For hosts: devices that are blocked, by the hash of the key in hex. `name`: what it was called here; null: it was never met. */
  blocked: z
    .array(z.strictObject({ key: KeyHash, name: z.nullable(text(MAX_NAME_BYTES)) }))
    .check(z.maxLength(MAX_BLOCKED_KEYS)),
  /** Those that hold, whoever has made them. */
  settings: Settings,
  /** What of them no host can undo. */
  imposed: Imposed,
});
export type GroupView = z.infer<typeof GroupView>;

export const ChatMessage = z.strictObject({
  /** Of this page alone, ascending. */
  id: count,
  /** Of the leaf that has signed it, as the group had it then. */
  peerId: PeerId,
  name: text(MAX_NAME_BYTES),
  self: z.boolean(),
  /** Plain text with line breaks; nothing in it that cannot be seen. */
  text: text(MAX_CHAT_UNITS),
  /** When it came, in Unix ms. */
  at: time,
});
export type ChatMessage = z.infer<typeof ChatMessage>;

/** Somebody at the door, as far as its key package and this device's memory tell. */
export const Knock = z.strictObject({
  peerId: PeerId,
  name: text(MAX_NAME_BYTES),
  fingerprint: text(32),
  mark: Mark,
  /** Names that this key has used here before, latest first, without the present one. */
  knownAs: z.array(text(MAX_NAME_BYTES)).check(z.maxLength(5)),
  pairCode: code,
  since: time,
});
export type Knock = z.infer<typeof Knock>;

const errand = <N extends RequestName, S extends z.ZodMiniType>(name: N, data: S) =>
  z.strictObject({ type: z.literal('ask-server'), name: z.literal(name), data });

/** What is asked of the server about the door: name and data of a request, to be sent as they are. */
export const DoorErrand = z.discriminatedUnion('name', [
  errand('host:admit', requests['host:admit'].req),
  errand('host:refuse', requests['host:refuse'].req),
  errand('host:remove', requests['host:remove'].req),
  errand('host:blocked', requests['host:blocked'].req),
  errand('host:say', requests['host:say'].req),
  errand('host:promote', requests['host:promote'].req),
  errand('host:demote', requests['host:demote'].req),
  errand('host:settings', requests['host:settings'].req),
  errand('host:extend', requests['host:extend'].req),
  errand('host:reject', requests['host:reject'].req),
  errand('host:end', requests['host:end'].req),
  errand('lobby:delegate', requests['lobby:delegate'].req),
]);
export type DoorErrand = z.output<typeof DoorErrand>;

export const FromGroup = z.union([
  DoorErrand,
  z.discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('room-made'),
      fragment: LinkFragment,
      hostKeyHash: exactBytes(HOST_KEY_HASH_BYTES),
    }),
    z.strictObject({ type: z.literal('room-kept') }),
    z.strictObject({
      type: z.literal('entered'),
      keyPackage: bytes(MAX_KEY_PACKAGE_BYTES),
      linkProof: exactBytes(LINK_PROOF_BYTES),
      fingerprint: text(32),
      claim: Claim,
      suite: Suite,
      certificate: z.optional(exactBytes(CERTIFICATE_BYTES)),
    }),
    /** Who waits at the door, longest first; sent on every change. Empty for guests. */
    z.strictObject({ type: z.literal('knocks'), knocks: z.array(Knock).check(z.maxLength(MAX_WAITING)) }),
    /** Names of the hosts at whose door we wait, each proven by key and certificate. */
    z.strictObject({
      type: z.literal('lobby-hosts'),
      names: z.array(text(MAX_NAME_BYTES)).check(z.maxLength(8)),
    }),
    z.strictObject({ type: z.literal('delegation-code'), code }),
    /** A host of the group has said this to us; `end` comes as `ended`. */
    z.strictObject({
      type: z.literal('asked'),
      what: z.enum(['mute', 'stop-video', 'ask-unmute']),
      by: text(MAX_NAME_BYTES),
    }),
    /** This host records the meeting on their device, or does so no more. */
    z.strictObject({
      type: z.literal('recording'),
      peerId: PeerId,
      by: text(MAX_NAME_BYTES),
      on: z.boolean(),
    }),
    /** Send as group:commit and report back with `commit-answered`. */
    z.strictObject({
      type: z.literal('send-commit'),
      id: count,
      epoch: Epoch,
      commit: bytes(MAX_COMMIT_BYTES),
      welcome: z.optional(bytes(MAX_WELCOME_BYTES)),
      added: z.array(PeerId).check(z.maxLength(MAX_PEERS)),
    }),
    z.strictObject({ type: z.literal('send-applied'), epoch: Epoch, tag: exactBytes(EPOCH_TAG_BYTES) }),
    z.strictObject({ type: z.literal('ask-replay'), since: Epoch }),
    z.strictObject({
      type: z.literal('ask-rejoin'),
      keyPackage: bytes(MAX_KEY_PACKAGE_BYTES),
      linkProof: exactBytes(LINK_PROOF_BYTES),
    }),
    /** Send as chat:send and report back with `chat-answered`. */
    z.strictObject({
      type: z.literal('send-chat'),
      id: count,
      epoch: Epoch,
      message: bytes(MAX_CHAT_BYTES),
    }),
    z.strictObject({ type: z.literal('chat'), message: ChatMessage }),
    /** `chat-off`: not sent, as nobody may write. `failed`: nobody knows whether it came through; it can be sent again. */
    z.strictObject({
      type: z.literal('chat-own'),
      id: count,
      state: z.enum(['sending', 'sent', 'failed', 'chat-off']),
    }),
    /** Messages up to this one are to be erased. */
    z.strictObject({ type: z.literal('chat-gone'), upTo: count }),
    /** So many messages did not come, or could not be opened; of all since the meeting began for this page. */
    z.strictObject({ type: z.literal('chat-lost'), count }),
    /** In the group; sent on every change of anything in it. */
    z.strictObject({ type: z.literal('view'), view: GroupView }),
    /** Something the server relayed was refused. Shown in the security panel; the call goes on under the old keys. */
    z.strictObject({
      type: z.literal('refused'),
      what: z.enum(['arrival', 'commit', 'welcome', 'knock', 'word', 'lifetime']),
      reason: text(200),
    }),
    /** What the person at this page asked for cannot be done; nothing has changed. */
    z.strictObject({ type: z.literal('deed-refused'), reason: text(200) }),
    /** These members are on another branch of the group: the server shows different histories to different people. */
    z.strictObject({ type: z.literal('forked'), peerIds: z.array(PeerId).check(z.maxLength(MAX_PEERS)) }),
    /** Another meeting of the room than the one that this page was in before, and nobody here has asked for it. */
    z.strictObject({ type: z.literal('began-anew'), host: z.boolean() }),
    /** All keys are erased. */
    z.strictObject({
      type: z.literal('ended'),
      reason: z.enum(['expired', 'left', 'removed', 'ended-by-host']),
    }),
    /** The worker itself does not work any more: the call ends. */
    z.strictObject({ type: z.literal('fault'), reason: text(200) }),
  ]),
]);
export type FromGroup = z.output<typeof FromGroup>;
