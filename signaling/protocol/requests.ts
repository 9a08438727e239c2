// The table of requests: what a client may ask, in which state, and what it is answered.
import * as z from 'zod/mini';
import { bytes, exactBytes } from './bytes.ts';
import { ConsumerId, Epoch, MeetingId, PeerId, ProducerId, ResumeToken, RoomId } from './ids.ts';
import {
  COMMIT_LOG_LENGTH,
  EPOCH_TAG_BYTES,
  HOST_KEY_HASH_BYTES,
  LINK_PROOF_BYTES,
  MAX_COMMIT_BYTES,
  MAX_KEY_PACKAGE_BYTES,
  MAX_PEERS,
  MAX_WELCOME_BYTES,
} from './limits.ts';
import { Direction, Offers, Slot, Wanted } from './media.ts';
import { DtlsParameters, IceParameters, RtpCapabilities, RtpParameters, TransportOptions } from './rtp.ts';

/**
 * new      the socket is open, nothing was said yet
 * outside  has a peer id, is in no meeting
 * joining  has asked to join; not yet in the group: may prepare media, may not receive any
 * member   a winning commit (or founding) made it part of the group, as far as the server can tell
 */
export const peerStates = ['new', 'outside', 'joining', 'member'] as const;
export type PeerState = (typeof peerStates)[number];

const nothing = z.strictObject({});
const inMeeting: readonly PeerState[] = ['joining', 'member'];
const keyPackage = bytes(MAX_KEY_PACKAGE_BYTES);
const linkProof = exactBytes(LINK_PROOF_BYTES);
const time = z.number().check(z.int(), z.gte(0));
const resume = z.strictObject({ peerId: PeerId, token: ResumeToken });

export const Presence = z.enum(['here', 'away']);
export type Presence = z.infer<typeof Presence>;

/** A peer that asks to be added to the group: what the committer needs. */
export const Arrival = z.strictObject({ peerId: PeerId, keyPackage, linkProof });
export type Arrival = z.infer<typeof Arrival>;

export const LoggedCommit = z.strictObject({ epoch: Epoch, from: PeerId, commit: bytes(MAX_COMMIT_BYTES) });
export type LoggedCommit = z.infer<typeof LoggedCommit>;

const states = <const S extends readonly PeerState[]>(...s: S): S => s;

export const requests = {
  'session:start': {
    doc: 'First request of every connection. `resume` takes up a place held for at most 30 s; `resumed` says whether that worked.',
    states: states('new'),
    req: z.strictObject({ protocol: z.number().check(z.int()), resume: z.optional(resume) }),
    res: z.strictObject({ peerId: PeerId, resumeToken: ResumeToken, resumed: z.boolean() }),
  },
  'room:create': {
    doc: 'Makes a room. The hash of the root host key is kept for the invite link of the creator; the link secret never comes here.',
    states: states('outside'),
    req: z.strictObject({ hostKeyHash: exactBytes(HOST_KEY_HASH_BYTES) }),
    res: z.strictObject({ roomId: RoomId, expiresAt: time }),
  },
  'room:look': {
    doc: 'Before joining: does the room exist, until when, and what can the media server do (so that the device is loaded before the click).',
    states: states('outside'),
    req: z.strictObject({ roomId: RoomId }),
    res: z.strictObject({ expiresAt: time, rtpCapabilities: RtpCapabilities }),
  },
  'meeting:join': {
    doc: 'Asks to be in the running meeting, or starts one. `found`: create the group at epoch 0. `wait`: a member will add you. `replaces` drops the peer that this page was before a reload.',
    states: states('outside'),
    req: z.strictObject({ roomId: RoomId, keyPackage, linkProof, replaces: z.optional(resume) }),
    res: z.strictObject({
      meetingId: MeetingId,
      entry: z.enum(['found', 'wait']),
      expiresAt: time,
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
    }),
  },
  'meeting:leave': {
    doc: 'Leaves at once; the sfu stops forwarding to and from this peer before the reply.',
    states: inMeeting,
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
    doc: 'Starts sending into a slot; one stream for each slot.',
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
  readonly req: z.ZodMiniType;
  readonly res: z.ZodMiniType;
}

export type RequestName = keyof typeof requests;
export type Req<N extends RequestName> = z.output<(typeof requests)[N]['req']>;
export type Res<N extends RequestName> = z.output<(typeof requests)[N]['res']>;
