// Page → group worker.
import * as z from 'zod/mini';
import {
  Arrival,
  bytes,
  DELEGATION_BYTES,
  EPOCH_TAG_BYTES,
  Epoch,
  exactBytes,
  founding,
  HostsHere,
  Imposed,
  LoggedCommit,
  MAX_CHAT_BYTES,
  MAX_PEERS,
  MAX_WELCOME_BYTES,
  MeetingId,
  PeerId,
  RoomId,
  Suite,
  WORD_BYTES,
  WORDS,
} from '#protocol';
import {
  code,
  count,
  KeyHash,
  LinkFragment,
  MAX_CHAT_UNITS,
  MAX_NAME_BYTES,
  port,
  right,
  Settings,
  text,
  time,
} from './parts.ts';

const tags = z
  .array(z.strictObject({ peerId: PeerId, tag: exactBytes(EPOCH_TAG_BYTES) }))
  .check(z.maxLength(MAX_PEERS));

/** Of what was sent to the server for one epoch. */
const Outcome = z.enum(['accepted', 'epoch-taken', 'failed']);

/** Who was on the card that a host has decided about; `deed-refused` when it is somebody else's by now. */
const onCard = { peerId: PeerId, fingerprint: text(32) };

export const ToGroup = z.discriminatedUnion('type', [
  /** Once, first: the private port to the media worker. */
  z.strictObject({ type: z.literal('media-port'), port }),
  /** Makes link secret and takes this device's key as root host key. Answer: `room-made`. */
  z.strictObject({ type: z.literal('make-room') }),
  /** What the creator chose for the room just made; meetings that this device founds begin with it. Answer: `room-kept`. */
  z.strictObject({
    type: z.literal('keep-room'),
    roomId: RoomId,
    lobby: z.boolean(),
    suite: Suite,
    lifetimeMs: count,
    /** What the server says of it, in Unix ms; by this device's clock it does not live longer than was chosen. */
    expiresAt: time,
    latestEnd: time,
    /** The longest that the creator was shown. */
    longestMs: count,
  }),
  /** Derives the link's keys, loads or makes the device key. Answer: `entered` (ready to join) or `fault`. */
  z.strictObject({
    type: z.literal('enter'),
    roomId: RoomId,
    fragment: LinkFragment,
    peerId: PeerId,
    name: text(MAX_NAME_BYTES),
    /** Of the meeting, as the server says. A device that has made the room holds to what was chosen then. */
    suite: Suite,
    /** Throw-away key, nothing stored. */
    privateSession: z.boolean(),
  }),
  /** The server says: create the group (`meeting:join` → found, or `group:found`). */
  z.strictObject({ type: z.literal('found'), meetingId: MeetingId, ...founding }),
  /** The server says: a member will add you. */
  /** `right`: our own ticket, to be checked like everybody else's before a Welcome is accepted. */
  z.strictObject({ type: z.literal('await-welcome'), meetingId: MeetingId, right: z.optional(right) }),
  /** The server has announced stricter rules; in Unix ms the latest end of the room. */
  z.strictObject({ type: z.literal('restricted'), latestEnd: time, imposed: Imposed }),
  z.strictObject({ type: z.literal('peer-arrived'), arrival: Arrival }),
  z.strictObject({
    type: z.literal('peer-presence'),
    peerId: PeerId,
    presence: z.enum(['here', 'away', 'left']),
  }),
  z.strictObject({ type: z.literal('committed'), commit: LoggedCommit }),
  /** The server has taken back the commit by `from` that ended this epoch. */
  z.strictObject({ type: z.literal('reverted'), epoch: Epoch, from: PeerId }),
  z.strictObject({ type: z.literal('welcomed'), epoch: Epoch, welcome: bytes(MAX_WELCOME_BYTES) }),
  z.strictObject({ type: z.literal('confirmed'), epoch: Epoch, tags }),
  /** What became of a `send-commit`. `failed`: no answer or another error; try again when there is cause. */
  z.strictObject({ type: z.literal('commit-answered'), id: count, outcome: Outcome }),
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
  z.strictObject({ type: z.literal('admit'), ...onCard }),
  z.strictObject({ type: z.literal('refuse'), ...onCard, block: z.boolean() }),
  z.strictObject({ type: z.literal('remove'), peerId: PeerId, how: z.enum(['out', 'block', 'lobby']) }),
  /** One of those in the view: may knock again. */
  z.strictObject({ type: z.literal('unblock'), key: KeyHash }),
  z.strictObject({ type: z.literal('change-settings'), settings: z.partial(Settings) }),
  /** The end of the room is to be then, in Unix ms. */
  z.strictObject({ type: z.literal('extend'), expiresAt: time }),
  z.strictObject({ type: z.literal('promote'), peerId: PeerId }),
  z.strictObject({ type: z.literal('demote'), peerId: PeerId }),
  /** `to` absent: everybody. `end` erases our own keys, too. */
  z.strictObject({ type: z.literal('say'), to: z.optional(PeerId), what: z.enum(WORDS) }),
  z.strictObject({ type: z.literal('said'), word: exactBytes(WORD_BYTES) }),
  /** A one-time code for another device of this person, good for five minutes. Answer: `delegation-code`. */
  z.strictObject({ type: z.literal('start-delegation') }),
  /** On that other device, while it waits: the code that was entered. */
  z.strictObject({ type: z.literal('delegate'), code }),
  /**
   * The two-person code was compared (or that is taken back): this code, with somebody of this name. `deed-refused` when that
   * person has another key or name by now, for then it was somebody else who was compared.
   */
  z.strictObject({
    type: z.literal('verify'),
    peerId: PeerId,
    name: text(MAX_NAME_BYTES),
    pairCode: code,
    verified: z.boolean(),
  }),
  // The chat. Answers: `chat`, with a number for each message, and `chat-own` for what becomes of one's own.
  z.strictObject({ type: z.literal('chat-send'), text: text(MAX_CHAT_UNITS) }),
  /** The message of this number was not delivered, and is to be sent once more. */
  z.strictObject({ type: z.literal('chat-again'), id: count }),
  /** What became of a `send-chat`, as of `send-commit`. */
  z.strictObject({ type: z.literal('chat-answered'), id: count, outcome: Outcome }),
  /** Relayed by the server, from whoever has signed it. */
  z.strictObject({ type: z.literal('chat-received'), message: bytes(MAX_CHAT_BYTES) }),
  /** New keys please, although nobody came or went. */
  z.strictObject({ type: z.literal('refresh') }),
  /** The people compared the safety code aloud: count changes from here. */
  z.strictObject({ type: z.literal('mark-checked') }),
  /** Erase every key of the meeting, here and in the media worker. */
  z.strictObject({ type: z.literal('leave') }),
]);
export type ToGroup = z.output<typeof ToGroup>;
