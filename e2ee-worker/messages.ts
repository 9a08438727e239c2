// Everything that crosses between the page and the two workers, and between the workers. Parsed at each end like network bytes.
//
//   page ──ToGroup──▶ group worker ──ToMedia (private port)──▶ media worker
//   page ◀─FromGroup─ group worker                  page ◀─FromMedia─ media worker
//
// The page carries bytes between signaling and the group worker; it never holds a key. The link secret is the exception
// that the URL fragment forces on every product of this kind: the page hands it over once, in `enter`.

import * as z from 'zod/mini';
import {
  Arrival,
  bytes,
  CERTIFICATE_BYTES,
  Claim,
  DELEGATION_BYTES,
  EPOCH_TAG_BYTES,
  Epoch,
  exactBytes,
  HOST_KEY_HASH_BYTES,
  HostsHere,
  LINK_PROOF_BYTES,
  LoggedCommit,
  MAX_COMMIT_BYTES,
  MAX_KEY_PACKAGE_BYTES,
  MAX_PEERS,
  MAX_WAITING,
  MAX_WELCOME_BYTES,
  MediaKind,
  MeetingId,
  PeerId,
  type RequestName,
  RoomId,
  requests,
  Slot,
  TICKET_BYTES,
  WORD_BYTES,
  WORDS,
} from '#protocol';

/** Longest display name, in UTF-8 bytes, after trimming and removal of control and bidi characters. */
export const MAX_NAME_BYTES = 128;

const port = z.custom<MessagePort>((v) => typeof MessagePort !== 'undefined' && v instanceof MessagePort);
const text = (max: number) => z.string().check(z.maxLength(max));
const time = z.number().check(z.int(), z.gte(0));
const count = z.number().check(z.int(), z.gte(0));
const tags = z
  .array(z.strictObject({ peerId: PeerId, tag: exactBytes(EPOCH_TAG_BYTES) }))
  .check(z.maxLength(MAX_PEERS));

/** base64url of 16 bytes link secret ‖ 16 bytes hash of the root host key: the URL fragment without `#`. */
export const LinkFragment = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/));

// ── what hosts decide ───────────────────────────────────────────────────────────────────────────────────────────────────

/** The rules of a meeting, signed by a host and part of the group (mls/policy.ts). */
export const Settings = z.strictObject({
  /** People wait until a host admits them; off: the link lets people in. */
  lobby: z.boolean(),
  /** Nobody new: only those who were in before, hosts, and those whom a host admits from now on. */
  locked: z.boolean(),
  share: z.enum(['everyone', 'hosts']),
  chat: z.boolean(),
  /** Newcomers come in with their microphone off. */
  muteOnEntry: z.boolean(),
});
export type Settings = z.infer<typeof Settings>;

const right = z.union([exactBytes(TICKET_BYTES), exactBytes(CERTIFICATE_BYTES)]);
const digits = (n: number) => z.array(z.string().check(z.regex(/^\d{5}$/))).check(z.length(n));
/** 4 groups of 5 digits. */
const code = digits(4);

/** How sure this device is of who somebody is, from what it remembers of keys and names. */
export const Mark = z.enum([
  /** Oneself. */
  'self',
  /** This key was never met here. */
  'new',
  /** This key was met here before; the name may be another one. */
  'met',
  /** The person was verified: two-person code compared. */
  'verified',
  /** Another key has used this name here. */
  'name-reused',
  /** Another key has this name here, and that one is verified: a loud warning. */
  'impostor',
]);
export type Mark = z.infer<typeof Mark>;

// ── page → group worker ────────────────────────────────────────────────────────────────────────────────────────────────

export const ToGroup = z.discriminatedUnion('type', [
  /** Once, first: the private port to the media worker. */
  z.strictObject({ type: z.literal('media-port'), port }),
  /** Makes link secret and takes this device's key as root host key. Answer: `room-made`. */
  z.strictObject({ type: z.literal('make-room') }),
  /** What the creator chose for the room just made; meetings that this device founds begin with it. Answer: `room-kept`. */
  z.strictObject({ type: z.literal('keep-room'), roomId: RoomId, lobby: z.boolean() }),
  /** Derives the link's keys, loads or makes the device key. Answer: `entered` (ready to join) or `fault`. */
  z.strictObject({
    type: z.literal('enter'),
    roomId: RoomId,
    fragment: LinkFragment,
    peerId: PeerId,
    name: text(MAX_NAME_BYTES),
    /** Throw-away key, nothing stored. */
    privateSession: z.boolean(),
  }),
  /** The server says: create the group (`meeting:join` → found, or `group:found`). */
  z.strictObject({ type: z.literal('found'), meetingId: MeetingId, expiresAt: time }),
  /** The server says: a member will add you. */
  /** `right`: our own ticket, to be checked like everybody else's before a Welcome is accepted. */
  z.strictObject({ type: z.literal('await-welcome'), meetingId: MeetingId, right: z.optional(right) }),
  z.strictObject({ type: z.literal('peer-arrived'), arrival: Arrival }),
  z.strictObject({
    type: z.literal('peer-presence'),
    peerId: PeerId,
    presence: z.enum(['here', 'away', 'left']),
  }),
  z.strictObject({ type: z.literal('committed'), commit: LoggedCommit }),
  z.strictObject({ type: z.literal('welcomed'), epoch: Epoch, welcome: bytes(MAX_WELCOME_BYTES) }),
  z.strictObject({ type: z.literal('confirmed'), epoch: Epoch, tags }),
  /** What became of a `send-commit`. `failed`: no answer or another error; try again when there is cause. */
  z.strictObject({
    type: z.literal('commit-answered'),
    id: count,
    outcome: z.enum(['accepted', 'epoch-taken', 'failed']),
  }),
  /** The connection is back: answer with `ask-replay` if in a group. */
  z.strictObject({ type: z.literal('reconnected') }),
  z.strictObject({
    type: z.literal('replayed'),
    epoch: Epoch,
    commits: z.array(LoggedCommit).check(z.maxLength(64)),
  }),
  z.strictObject({ type: z.literal('replay-gone') }),
  // At the door. Somebody waits / waits no longer / says that it is a host's own device.
  z.strictObject({ type: z.literal('knocked'), arrival: Arrival, since: time }),
  z.strictObject({ type: z.literal('knock-left'), peerId: PeerId }),
  z.strictObject({ type: z.literal('knock-delegated'), peerId: PeerId, mac: exactBytes(DELEGATION_BYTES) }),
  /** While waiting: the hosts who are there, by their key packages. Answer: `lobby-hosts`. */
  z.strictObject({ type: z.literal('lobby-hosts'), hosts: HostsHere }),
  // What a host decides; `fault` where this device is no host. Errands to the server come back as `ask-server`.
  z.strictObject({ type: z.literal('admit'), peerId: PeerId }),
  z.strictObject({ type: z.literal('refuse'), peerId: PeerId, block: z.boolean() }),
  z.strictObject({ type: z.literal('remove'), peerId: PeerId, how: z.enum(['out', 'block', 'lobby']) }),
  z.strictObject({ type: z.literal('change-settings'), settings: z.partial(Settings) }),
  z.strictObject({ type: z.literal('promote'), peerId: PeerId }),
  z.strictObject({ type: z.literal('demote'), peerId: PeerId }),
  /** `to` absent: everybody. `end` erases our own keys, too. */
  z.strictObject({ type: z.literal('say'), to: z.optional(PeerId), what: z.enum(WORDS) }),
  z.strictObject({ type: z.literal('said'), word: exactBytes(WORD_BYTES) }),
  /** A one-time code for another device of this person, good for five minutes. Answer: `delegation-code`. */
  z.strictObject({ type: z.literal('start-delegation') }),
  /** On that other device, while it waits: the code that was entered. */
  z.strictObject({ type: z.literal('delegate'), code }),
  /** The two-person code was compared (or that is taken back). */
  z.strictObject({ type: z.literal('verify'), peerId: PeerId, verified: z.boolean() }),
  /** New keys please, although nobody came or went. */
  z.strictObject({ type: z.literal('refresh') }),
  /** The people compared the safety code aloud: count changes from here. */
  z.strictObject({ type: z.literal('mark-checked') }),
  /** Erase every key of the meeting, here and in the media worker. */
  z.strictObject({ type: z.literal('leave') }),
]);
export type ToGroup = z.output<typeof ToGroup>;

// ── group worker → page ────────────────────────────────────────────────────────────────────────────────────────────────

export const GroupMember = z.strictObject({
  peerId: PeerId,
  leaf: count,
  /** From the authenticated leaf, opened with the link's key. */
  name: text(MAX_NAME_BYTES),
  /** Of the leaf's signature key: 16 hex digits in groups of 4. */
  fingerprint: text(32),
  self: z.boolean(),
  presence: z.enum(['here', 'away', 'left']),
  /** `yes`: its tag for this epoch is ours. `no`: it differs (fork). `waiting`: not heard yet. `late`: not heard for 10 s. */
  confirmed: z.enum(['yes', 'no', 'waiting', 'late']),
  /** From the host list of the group's policy. */
  role: z.enum(['host', 'guest']),
  mark: Mark,
  /** The same at this member's page and here, from both keys; empty for oneself. */
  pairCode: z.union([code, digits(0)]),
});
export type GroupMember = z.infer<typeof GroupMember>;

export const GroupView = z.strictObject({
  epoch: Epoch,
  /** True once senders of the group use this epoch (everybody confirmed, or 1 s has passed). */
  settled: z.boolean(),
  members: z.array(GroupMember).check(z.maxLength(1024)),
  /** The same digits at every member, different at every epoch: 4 groups of 5. */
  safetyCode: z.array(z.string().check(z.regex(/^\d{5}$/))).check(z.length(4)),
  suite: text(80),
  expiresAt: time,
  /** Joins and leaves since the code was last marked as checked; null when it never was. */
  changesSinceChecked: z.nullable(count),
  /** The latest of them, oldest first. `removed`: by a host. */
  changes: z
    .array(
      z.strictObject({ what: z.enum(['joined', 'left', 'removed']), name: text(MAX_NAME_BYTES), at: time }),
    )
    .check(z.maxLength(50)),
  settings: Settings,
});
export type GroupView = z.infer<typeof GroupView>;

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
  errand('host:say', requests['host:say'].req),
  errand('host:promote', requests['host:promote'].req),
  errand('host:demote', requests['host:demote'].req),
  errand('host:settings', requests['host:settings'].req),
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
    /** In the group; sent on every change of anything in it. */
    z.strictObject({ type: z.literal('view'), view: GroupView }),
    /** Something the server relayed was refused. Shown in the security panel; the call goes on under the old keys. */
    z.strictObject({
      type: z.literal('refused'),
      what: z.enum(['arrival', 'commit', 'welcome', 'knock', 'word']),
      reason: text(200),
    }),
    /** These members are on another branch of the group: the server shows different histories to different people. */
    z.strictObject({ type: z.literal('forked'), peerIds: z.array(PeerId).check(z.maxLength(MAX_PEERS)) }),
    /** All keys are erased. */
    z.strictObject({
      type: z.literal('ended'),
      reason: z.enum(['expired', 'left', 'removed', 'ended-by-host']),
    }),
    z.strictObject({ type: z.literal('fault'), reason: text(200) }),
  ]),
]);
export type FromGroup = z.output<typeof FromGroup>;

// ── group worker → media worker (private port; nothing comes back) ─────────────────────────────────────────────────────

const leaf = z.number().check(z.int(), z.gte(0), z.lt(1024));

export const GroupToMedia = z.discriminatedUnion('type', [
  /** Receive keys of a new epoch, from which on older ones live 10 s; `sendNow` when someone was removed (or on the first epoch). */
  z.strictObject({
    type: z.literal('epoch'),
    epoch: Epoch,
    /** 16 bytes, RFC 9605 §5.2. Zeroed by the receiver once derived. */
    baseKey: exactBytes(16),
    selfLeaf: leaf,
    leaves: z.array(z.strictObject({ leaf, peerId: PeerId })).check(z.maxLength(1024)),
    sendNow: z.boolean(),
  }),
  /** The roster has confirmed, or 1 s has passed: senders switch. */
  z.strictObject({ type: z.literal('send-on'), epoch: Epoch }),
  /** The group has gone on without us: nothing is sent until its next epoch comes; what is received still opens. */
  z.strictObject({ type: z.literal('hold') }),
  /** Every key dies now. */
  z.strictObject({ type: z.literal('erase') }),
]);
export type GroupToMedia = z.output<typeof GroupToMedia>;

// ── page → media worker ────────────────────────────────────────────────────────────────────────────────────────────────

export const ToMedia = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('group-port'), port }),
]);
export type ToMedia = z.output<typeof ToMedia>;

/** `options` of `new RTCRtpScriptTransform(mediaWorker, options)`. An unknown codec is refused frame by frame. */
export const TransformOptions = z.discriminatedUnion('direction', [
  z.strictObject({ direction: z.literal('send'), slot: Slot, kind: MediaKind, codec: text(32) }),
  /** `peerId` and `slot` are what the server claims; frames of any other key are dropped as `wrong-sender`. */
  z.strictObject({
    direction: z.literal('receive'),
    consumerId: text(64),
    peerId: PeerId,
    slot: Slot,
    kind: MediaKind,
    codec: text(32),
  }),
]);
export type TransformOptions = z.output<typeof TransformOptions>;

// ── media worker → page ────────────────────────────────────────────────────────────────────────────────────────────────

export const dropReasons = [
  /** No key for this epoch and sender (yet, or any more). */
  'no-key',
  /** The tag did not verify. */
  'bad-tag',
  /** Counter seen before, or older than the window. */
  'replay',
  /** The key id names another member or slot than the stream claims to be. */
  'wrong-sender',
  'unknown-codec',
  /** Not an SFrame, or too short to be one. */
  'malformed',
  /** Waited too long in a queue. */
  'stale',
  /** Anything that threw. */
  'fault',
] as const;
export const DropReason = z.enum(dropReasons);
export type DropReason = z.infer<typeof DropReason>;

export const TrackStats = z.strictObject({
  direction: z.enum(['send', 'receive']),
  /** Absent when sending. */
  consumerId: z.optional(text(64)),
  peerId: z.optional(PeerId),
  slot: Slot,
  kind: MediaKind,
  codec: text(32),
  /** Encrypted or decrypted since the transform was attached. */
  frames: count,
  bytes: count,
  /** Dropped, by reason; absent reasons are 0. */
  drops: z.partialRecord(DropReason, count),
});
export type TrackStats = z.infer<typeof TrackStats>;

export const FromMedia = z.discriminatedUnion('type', [
  /** Once a second while there are tracks. */
  z.strictObject({ type: z.literal('stats'), tracks: z.array(TrackStats).check(z.maxLength(1024)) }),
  /** At once, on each change of a receiving track: did its last frames open? `reason` when they did not. */
  z.strictObject({
    type: z.literal('flow'),
    consumerId: text(64),
    flowing: z.boolean(),
    reason: z.optional(DropReason),
  }),
]);
export type FromMedia = z.infer<typeof FromMedia>;
