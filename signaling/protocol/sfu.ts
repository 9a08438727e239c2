// The contract between signaling and an sfu process on Socket.IO's /sfu namespace. Signaling commands, the sfu reports.
import * as z from 'zod/mini';
import { ConsumerId, MeetingId, PeerId, ProducerId } from './ids.ts';
import { MAX_CONSUMERS, MAX_PEERS } from './limits.ts';
import { Direction, Offer, Offers, Slot, Wanted } from './media.ts';
import { DtlsParameters, IceParameters, RtpCapabilities, RtpParameters, TransportOptions } from './rtp.ts';

export const SFU_NAMESPACE = '/sfu';

const nothing = z.strictObject({});
const peer = { meetingId: MeetingId, peerId: PeerId };
const consumerIds = z.array(ConsumerId).check(z.maxLength(MAX_CONSUMERS));

/** Handshake `auth` of an sfu. `instance` is new for every process: the same one after a reconnect still holds its meetings. */
export const SfuHello = z.strictObject({
  protocol: z.number().check(z.int()),
  secret: z.string().check(z.minLength(16), z.maxLength(256)),
  instance: z.string().check(z.regex(/^[A-Za-z0-9_-]{22}$/)),
  workers: z.number().check(z.int(), z.gte(1), z.lte(256)),
  rtpCapabilities: RtpCapabilities,
});
export type SfuHello = z.infer<typeof SfuHello>;

export const sfuCommands = {
  'meetings:keep': {
    doc: 'First command after every connect: the meetings signaling knows; the sfu closes all others and names those it lacks.',
    req: z.strictObject({ meetingIds: z.array(MeetingId).check(z.maxLength(10_000)) }),
    res: z.strictObject({ missing: z.array(MeetingId).check(z.maxLength(10_000)) }),
  },
  'meeting:open': {
    doc: 'Makes a router on the least loaded worker. Harmless when it exists.',
    req: z.strictObject({ meetingId: MeetingId }),
    res: nothing,
  },
  'meeting:close': {
    doc: 'Closes everything of a meeting.',
    req: z.strictObject({ meetingId: MeetingId }),
    res: nothing,
  },
  'peer:open': {
    doc: 'Closes what the peer had and makes its two transports, and paused consumers for all streams of the others.',
    req: z.strictObject({ ...peer, rtpCapabilities: RtpCapabilities }),
    res: z.strictObject({ send: TransportOptions, recv: TransportOptions, offers: Offers }),
  },
  'peer:close': {
    doc: 'Stops forwarding to and from a peer, at once.',
    req: z.strictObject(peer),
    res: nothing,
  },
  'transport:connect': {
    doc: 'DTLS parameters of the client.',
    req: z.strictObject({ ...peer, direction: Direction, dtlsParameters: DtlsParameters }),
    res: nothing,
  },
  'transport:restart': {
    doc: 'New ICE credentials.',
    req: z.strictObject({ ...peer, direction: Direction }),
    res: z.strictObject({ iceParameters: IceParameters }),
  },
  'producer:create': {
    doc: 'A stream into a slot; answers with the paused consumers made for the others.',
    req: z.strictObject({ ...peer, slot: Slot, rtpParameters: RtpParameters, muted: z.boolean() }),
    res: z.strictObject({
      producerId: ProducerId,
      offers: z.array(z.strictObject({ to: PeerId, offer: Offer })).check(z.maxLength(MAX_PEERS)),
    }),
  },
  'producer:mute': {
    doc: 'Pauses or resumes a slot.',
    req: z.strictObject({ ...peer, slot: Slot, muted: z.boolean() }),
    res: nothing,
  },
  'producer:close': { doc: 'Ends a slot.', req: z.strictObject({ ...peer, slot: Slot }), res: nothing },
  'peer:receive': {
    doc: 'What the peer wants now; sets layers, pauses the rest.',
    req: z.strictObject({ ...peer, wanted: Wanted }),
    res: nothing,
  },
  'consumer:keyframe': {
    doc: 'Asks the producer for a key frame.',
    req: z.strictObject({ ...peer, consumerId: ConsumerId }),
    res: nothing,
  },
} as const;

export type SfuCommandName = keyof typeof sfuCommands;
export type SfuReq<N extends SfuCommandName> = z.output<(typeof sfuCommands)[N]['req']>;
export type SfuRes<N extends SfuCommandName> = z.output<(typeof sfuCommands)[N]['res']>;

export const sfuReports = {
  'sfu:load': {
    doc: 'Every 5 s and on change: consumers on each worker.',
    data: z.strictObject({ consumers: z.array(z.number().check(z.int(), z.gte(0))).check(z.maxLength(256)) }),
  },
  'meeting:lost': {
    doc: 'The worker of a meeting died; everything of it is gone.',
    data: z.strictObject({ meetingId: MeetingId }),
  },
  'consumers:closed': {
    doc: 'Consumers of a peer ended because their producer did.',
    data: z.strictObject({ ...peer, consumerIds }),
  },
} as const;

export type SfuReportName = keyof typeof sfuReports;
export type SfuReport<N extends SfuReportName> = z.output<(typeof sfuReports)[N]['data']>;
