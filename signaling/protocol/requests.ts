// The table of requests: what a client may ask, in which state, and what it is answered.
import * as z from 'zod/mini';
import { CERTIFICATE_BYTES, KEY_BYTES, SIGNATURE_BYTES, TICKET_BYTES, WORD_BYTES } from './authority.ts';
import { bytes, exactBytes } from './bytes.ts';
import { ConsumerId, Epoch, MeetingId, PeerId, ProducerId, ResumeToken, RoomId } from './ids.ts';
import {
  COMMIT_LOG_LENGTH,
  DELEGATION_BYTES,
  EPOCH_TAG_BYTES,
  HOST_KEY_HASH_BYTES,
  LINK_PROOF_BYTES,
  MAX_BLOCKED_KEYS,
  MAX_CHAT_BYTES,
  MAX_COMMIT_BYTES,
  MAX_HOSTS_SHOWN,
  MAX_KEY_PACKAGE_BYTES,
  MAX_LIFETIME_MS,
  MAX_PEERS,
  MAX_POLICY_BYTES,
  MAX_WELCOME_BYTES,
  MIN_LIFETIME_MS,
} from './limits.ts';
import { Direction, Offers, Slot, Wanted } from './media.ts';
import { Imposed, Suite } from './policy.ts';
import { DtlsParameters, IceParameters, RtpCapabilities, RtpParameters, TransportOptions } from './rtp.ts';

/**
 * new      the socket is open, nothing was said yet
 * outside  has a peer id, is in no meeting
 * lobby    has knocked and waits for a host: may leave, and show that it is a host's other device; is told nothing of the meeting
 * joining  was let in; not yet in the group: may prepare media, may not receive any
 * member   a winning commit (or founding) made it part of the group, as far as the server can tell
 */
export const peerStates = ['new', 'outside', 'lobby', 'joining', 'member'] as const;
export type PeerState = (typeof peerStates)[number];

const nothing = z.strictObject({});
const lifetime = z.number().check(z.int(), z.gte(MIN_LIFETIME_MS), z.lte(MAX_LIFETIME_MS));
const inMeeting: readonly PeerState[] = ['joining', 'member'];
const keyPackage = bytes(MAX_KEY_PACKAGE_BYTES);
const linkProof = exactBytes(LINK_PROOF_BYTES);
const time = z.number().check(z.int(), z.gte(0));
/** Of a room, for its host to put into the group. `extended`: the policy, signed by a host, that moved the end there. */
export const founding = {
  expiresAt: time,
  /** No host may move the end beyond this. */
  latestEnd: time,
  extended: z.optional(bytes(MAX_POLICY_BYTES)),
  /** Absent: nothing. */
  imposed: z.optional(Imposed),
};
const resume = z.strictObject({ peerId: PeerId, token: ResumeToken });

export const Presence = z.enum(['here', 'away']);
export type Presence = z.infer<typeof Presence>;

/** What lets a key in besides the link: a ticket, or a host certificate for the whole room. Every member checks it. */
const right = z.union([exactBytes(TICKET_BYTES), exactBytes(CERTIFICATE_BYTES)]);

/** A peer that asks to be added to the group: what the committer needs. */
export const Arrival = z.strictObject({ peerId: PeerId, keyPackage, linkProof, right: z.optional(right) });
export type Arrival = z.infer<typeof Arrival>;

export const LoggedCommit = z.strictObject({ epoch: Epoch, from: PeerId, commit: bytes(MAX_COMMIT_BYTES) });
export type LoggedCommit = z.infer<typeof LoggedCommit>;

/** Shows the server which device key this peer has (authority.ts, claimBody). */
export const Claim = z.strictObject({ key: exactBytes(KEY_BYTES), signature: exactBytes(SIGNATURE_BYTES) });
export type Claim = z.infer<typeof Claim>;

const certificate = exactBytes(CERTIFICATE_BYTES);

/** Those who were let in: what there is to know of the running meeting. */
const inside = {
  meetingId: MeetingId,
  peers: z
    .array(
      z.strictObject({
        peerId: PeerId,
        presence: Presence,
        inGroup: z.boolean(),
        arrival: z.optional(Arrival),
      }),
    )
    .check(z.maxLength(MAX_PEERS)),
  /** One's own, which the newcomer checks like everybody else. */
  right: z.optional(right),
};
export const LetIn = z.strictObject(inside);
export type LetIn = z.infer<typeof LetIn>;

/** The hosts that are there, so that those who wait know at whose door they stand; proven by their own key packages. */
export const HostsHere = z.array(Arrival).check(z.maxLength(MAX_HOSTS_SHOWN));

/** 32 bytes in base64url: whoever has it opens that room, once. */
const openingToken = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/));

/** What an installation allows some and not others. Inside a meeting its hosts decide, whoever they are to the server. */
export type Right = 'create-rooms' | 'meet';

const states = <const S extends readonly PeerState[]>(...s: S): S => s;

export const requests = {
  'session:start': {
    doc: 'First request of every connection. `resume` takes up a place held for at most 30 s; `resumed` says whether that worked. `now` is the server’s time: the page tells people whose own clock is far from it, and nothing else hangs on it.',
    states: states('new'),
    req: z.strictObject({ protocol: z.number().check(z.int()), resume: z.optional(resume) }),
    res: z.strictObject({ peerId: PeerId, resumeToken: ResumeToken, resumed: z.boolean(), now: time }),
  },
  'room:terms': {
    doc: 'Before a room is made: how long the rooms of this account may live, how long they live if their maker has no other wish, whether they must have a lobby, and the weakest cipher suite that they may have.',
    states: states('outside'),
    req: nothing,
    res: z.strictObject({
      longestMs: lifetime,
      usualMs: lifetime,
      lobbyRequired: z.boolean(),
      minimumSuite: Suite,
    }),
  },
  'room:create': {
    doc: 'Makes a room. Accounts with the role host or admin may, or others if the policy says so; until there is an admin, whoever is at the machine itself. By the hash of the root host key the server knows its hosts; the link secret never comes here. `lobby`: people wait until a host admits them; where the policy wants it, they do so in any case. `suite`: no meeting of the room has a weaker one; where the policy wants a stronger one, they have that. LIFETIME_CAPPED above what `room:terms` allows.',
    states: states('outside'),
    needs: 'create-rooms',
    req: z.strictObject({
      hostKeyHash: exactBytes(HOST_KEY_HASH_BYTES),
      lobby: z.boolean(),
      suite: Suite,
      lifetimeMs: lifetime,
    }),
    res: z.strictObject({ roomId: RoomId, expiresAt: time, latestEnd: time }),
  },
  'room:open': {
    doc: 'Opens a room that was made through the HTTP API: the first who comes with its one-time token is its first host, and makes the secret of its link. ROOM_OPENED when somebody has, ROOM_UNKNOWN with another token.',
    states: states('outside'),
    needs: 'meet',
    req: z.strictObject({
      roomId: RoomId,
      token: openingToken,
      hostKeyHash: exactBytes(HOST_KEY_HASH_BYTES),
    }),
    res: z.strictObject({ lobby: z.boolean(), suite: Suite, expiresAt: time, latestEnd: time }),
  },
  'room:look': {
    doc: 'Before joining: does the room exist, until when, and what can the media server do (so that the device is loaded before the click). `welcome` is false for whoever has no account where the room takes no guests: only its hosts’ own devices come in. `opensAt`: nobody comes in before that. `suite`: what key packages have to be of.',
    states: states('outside'),
    needs: 'meet',
    req: z.strictObject({ roomId: RoomId }),
    res: z.strictObject({
      expiresAt: time,
      welcome: z.boolean(),
      suite: Suite,
      rtpCapabilities: RtpCapabilities,
      opensAt: z.optional(time),
    }),
  },
  'meeting:join': {
    doc: "Asks to come in. `found`: a host, and nobody is there: create the group at epoch 0. `wait`: let in, a member will add you. `lobby`: wait for a host (`lobby:admitted`). `certificate` makes a host of a device other than the root host's. `replaces` drops the peer that this page was before a reload. OTHER_SUITE when the key package is not of the meeting's.",
    states: states('outside'),
    needs: 'meet',
    req: z.strictObject({
      roomId: RoomId,
      keyPackage,
      linkProof,
      claim: Claim,
      certificate: z.optional(certificate),
      suite: Suite,
      replaces: z.optional(resume),
    }),
    res: z.discriminatedUnion('entry', [
      z.strictObject({ entry: z.literal('found'), meetingId: MeetingId, ...founding }),
      z.strictObject({ entry: z.literal('wait'), ...inside }),
      z.strictObject({ entry: z.literal('lobby'), hosts: HostsHere }),
    ]),
  },
  'meeting:leave': {
    doc: 'Leaves at once, the lobby too; the sfu stops forwarding to and from this peer before the reply.',
    states: states('lobby', 'joining', 'member'),
    req: nothing,
    res: nothing,
  },
  'lobby:delegate': {
    doc: 'Shows the hosts that this device belongs to one of them: a MAC made with the one-time code that a host reads out.',
    states: states('lobby', 'member'),
    req: z.strictObject({ mac: exactBytes(DELEGATION_BYTES) }),
    res: nothing,
  },
  'host:admit': {
    doc: 'Lets somebody in who waits. The ticket goes to every member with the arrival; members, not the server, decide whether it is good. `certificate`: this device is to be a host of the room.',
    states: states('member'),
    hostsOnly: true,
    req: z.strictObject({
      peerId: PeerId,
      ticket: exactBytes(TICKET_BYTES),
      certificate: z.optional(certificate),
    }),
    res: nothing,
  },
  'host:refuse': {
    doc: 'Sends somebody away who waits. `block`: until a host lifts it, or ends the meeting.',
    states: states('member'),
    hostsOnly: true,
    req: z.strictObject({ peerId: PeerId, block: z.boolean() }),
    res: nothing,
  },
  'host:remove': {
    doc: 'Takes somebody out: the sfu has stopped forwarding before the reply. `how`: gone, gone and blocked until a host lifts it or ends the meeting, or back to the lobby.',
    states: states('member'),
    hostsOnly: true,
    req: z.strictObject({ peerId: PeerId, how: z.enum(['out', 'block', 'lobby']) }),
    res: nothing,
  },
  'host:blocked': {
    doc: 'Tells the server whom the group has blocked, all of them, by the SHA-256 of their keys. Whoever was blocked and is not among them may knock again.',
    states: states('member'),
    hostsOnly: true,
    req: z.strictObject({ keyHashes: z.array(exactBytes(32)).check(z.maxLength(MAX_BLOCKED_KEYS)) }),
    res: nothing,
  },
  'host:say': {
    doc: 'Carries a signed word of this host to one peer, or to all others. Receivers check the signature.',
    states: states('member'),
    hostsOnly: true,
    req: z.strictObject({ to: z.optional(PeerId), word: exactBytes(WORD_BYTES) }),
    res: nothing,
  },
  'host:promote': {
    doc: "Tells the server of a host made in this meeting, so that it takes that device's requests. The group has its own list.",
    states: states('member'),
    hostsOnly: true,
    req: z.strictObject({ certificate }),
    res: nothing,
  },
  'host:demote': {
    doc: 'Tells the server that a peer is no longer a host of this meeting.',
    states: states('member'),
    hostsOnly: true,
    req: z.strictObject({ peerId: PeerId }),
    res: nothing,
  },
  'host:settings': {
    doc: 'Tells the server whom to lead to the lobby: everybody (`lobby`), everybody who was not in before (`locked`), also whom a host has admitted without having compared keys (`verifiedOnly`). The group has its own policy.',
    states: states('member'),
    hostsOnly: true,
    req: z.strictObject({ lobby: z.boolean(), locked: z.boolean(), verifiedOnly: z.boolean() }),
    res: nothing,
  },
  'host:extend': {
    doc: 'Tells the server of a later end of the room that the group has agreed on, with the policy that says so: hosts who were not there found the next meeting by it. LIFETIME_CAPPED beyond `latestEnd`.',
    states: states('member'),
    hostsOnly: true,
    req: z.strictObject({ expiresAt: time, policy: bytes(MAX_POLICY_BYTES) }),
    res: nothing,
  },
  'host:reject': {
    doc: 'Reports that this host refuses the commit that ended `epoch`. If nobody follows it, it is taken back with what was built on it; its sender is put out, and those whom it added knock again.',
    states: states('member'),
    hostsOnly: true,
    req: z.strictObject({ epoch: Epoch }),
    res: nothing,
  },
  'host:end': {
    doc: 'Ends the meeting for everybody.',
    states: states('member'),
    hostsOnly: true,
    req: nothing,
    res: nothing,
  },
  'group:commit': {
    doc: 'Offers the commit that ends `epoch`. The first one for an epoch wins and is pushed to every member, the sender included; the Welcome is released to `added` with it.',
    states: states('member'),
    req: z.strictObject({
      epoch: Epoch,
      commit: bytes(MAX_COMMIT_BYTES),
      welcome: z.optional(bytes(MAX_WELCOME_BYTES)),
      added: z.array(PeerId).check(z.maxLength(MAX_PEERS)),
    }),
    res: nothing,
  },
  'group:replay': {
    doc: 'The commits from `since` on, for a member that was away. EPOCH_GONE past the log.',
    states: states('member'),
    req: z.strictObject({ since: Epoch }),
    res: z.strictObject({
      epoch: Epoch,
      commits: z.array(LoggedCommit).check(z.maxLength(COMMIT_LOG_LENGTH)),
    }),
  },
  'group:rejoin': {
    doc: 'A member that cannot follow the group any more asks to be removed and added again in one commit.',
    states: states('member'),
    req: z.strictObject({ keyPackage, linkProof }),
    res: nothing,
  },
  'group:applied': {
    doc: 'This member is on `epoch`. The tag is a MAC that only members of the same group at the same epoch can compute; others compare it to notice a fork.',
    states: states('member'),
    req: z.strictObject({ epoch: Epoch, tag: exactBytes(EPOCH_TAG_BYTES) }),
    res: nothing,
  },
  'chat:send': {
    doc: 'A message of the group, as MLS has sealed it for `epoch`; who it is from, the others find in it. EPOCH_TAKEN when that epoch is over: seal it anew. CHAT_REFUSED where the policy lets nobody write.',
    states: states('member'),
    req: z.strictObject({ epoch: Epoch, message: bytes(MAX_CHAT_BYTES) }),
    res: nothing,
  },
  'media:open': {
    doc: 'Makes a fresh pair of transports (closing earlier ones) and a paused consumer for every stream of the meeting.',
    states: inMeeting,
    req: z.strictObject({ rtpCapabilities: RtpCapabilities }),
    res: z.strictObject({ send: TransportOptions, recv: TransportOptions, offers: Offers }),
  },
  'media:connect': {
    doc: 'Gives the DTLS parameters of one of the two transports.',
    states: inMeeting,
    req: z.strictObject({ direction: Direction, dtlsParameters: DtlsParameters }),
    res: nothing,
  },
  'media:restart': {
    doc: 'Restarts ICE of one transport, after the network changed.',
    states: inMeeting,
    req: z.strictObject({ direction: Direction }),
    res: z.strictObject({ iceParameters: IceParameters }),
  },
  'media:produce': {
    doc: 'Starts sending into a slot; one stream for each slot. SHARING_REFUSED for a screen that the policy lets nobody share, or only hosts.',
    states: inMeeting,
    req: z.strictObject({ slot: Slot, rtpParameters: RtpParameters, muted: z.boolean() }),
    res: z.strictObject({ producerId: ProducerId }),
  },
  'media:mute': {
    doc: 'The sfu stops or resumes forwarding a slot, and the others are told.',
    states: inMeeting,
    req: z.strictObject({ slot: Slot, muted: z.boolean() }),
    res: nothing,
  },
  'media:close': {
    doc: 'Ends the stream in a slot.',
    states: inMeeting,
    req: z.strictObject({ slot: Slot }),
    res: nothing,
  },
  'media:receive': {
    doc: 'The complete list of streams this page wants now, with the size of their tiles. Everything else is paused.',
    states: states('member'),
    req: z.strictObject({ wanted: Wanted }),
    res: nothing,
  },
  'media:keyframe': {
    doc: 'Asks the sender of a consumed stream for a key frame.',
    states: states('member'),
    req: z.strictObject({ consumerId: ConsumerId }),
    res: nothing,
  },
} as const satisfies Record<string, RequestRow>;

interface RequestRow {
  readonly doc: string;
  readonly states: readonly PeerState[];
  /** The server takes it only from devices that have shown it a host's key. What counts is what members accept. */
  readonly hostsOnly?: true;
  /** What the installation must allow the account that the connection is signed in with, or the machine it comes from. */
  readonly needs?: Right;
  readonly req: z.ZodMiniType;
  readonly res: z.ZodMiniType;
}

export type RequestName = keyof typeof requests;
export type Req<N extends RequestName> = z.output<(typeof requests)[N]['req']>;
export type Res<N extends RequestName> = z.output<(typeof requests)[N]['res']>;
