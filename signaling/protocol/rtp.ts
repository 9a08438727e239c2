// Bounded schemas of the WebRTC parameters that mediasoup and mediasoup-client exchange.
import * as z from 'zod/mini';

const short = z.string().check(z.maxLength(128));
const count = z.number().check(z.int(), z.gte(0), z.lt(2 ** 32));
const kind = z.enum(['audio', 'video']);
/** Codec and extension parameters: flat, few, short (`profile-id`, `apt`, `useinbandfec` …). */
const parameters = z
  .record(
    z.string().check(z.maxLength(64)),
    z.nullable(z.union([z.string().check(z.maxLength(256)), z.number(), z.boolean()])),
  )
  .check(z.refine((p) => Object.keys(p).length <= 32));
const feedback = z
  .array(z.strictObject({ type: short, parameter: z.optional(short) }))
  .check(z.maxLength(16));

export const MediaKind = kind;
export type MediaKind = z.infer<typeof kind>;

export const RtpCapabilities = z.strictObject({
  codecs: z.optional(
    z
      .array(
        z.strictObject({
          kind,
          mimeType: short,
          preferredPayloadType: z.optional(count),
          clockRate: count,
          channels: z.optional(count),
          parameters: z.optional(parameters),
          rtcpFeedback: z.optional(feedback),
        }),
      )
      .check(z.maxLength(64)),
  ),
  headerExtensions: z.optional(
    z
      .array(
        z.strictObject({
          kind,
          uri: short,
          preferredId: count,
          preferredEncrypt: z.optional(z.boolean()),
          direction: z.optional(z.enum(['sendrecv', 'sendonly', 'recvonly', 'inactive'])),
        }),
      )
      .check(z.maxLength(64)),
  ),
});
export type RtpCapabilities = z.infer<typeof RtpCapabilities>;

const encoding = z.strictObject({
  ssrc: z.optional(count),
  rid: z.optional(short),
  codecPayloadType: z.optional(count),
  rtx: z.optional(z.strictObject({ ssrc: count })),
  fec: z.optional(z.strictObject({ ssrc: count, mechanism: z.optional(short) })),
  dtx: z.optional(z.boolean()),
  active: z.optional(z.boolean()),
  scalabilityMode: z.optional(short),
  scaleResolutionDownBy: z.optional(z.number()),
  maxBitrate: z.optional(z.number()),
  maxFramerate: z.optional(z.number()),
  adaptivePtime: z.optional(z.boolean()),
  priority: z.optional(short),
  networkPriority: z.optional(short),
  spatialLayers: z.optional(count),
  temporalLayers: z.optional(count),
  ksvc: z.optional(z.boolean()),
});

export const RtpParameters = z.strictObject({
  mid: z.optional(short),
  msid: z.optional(z.string().check(z.maxLength(256))),
  codecs: z
    .array(
      z.strictObject({
        mimeType: short,
        payloadType: count,
        clockRate: count,
        channels: z.optional(count),
        parameters: z.optional(parameters),
        rtcpFeedback: z.optional(feedback),
      }),
    )
    .check(z.minLength(1), z.maxLength(16)),
  headerExtensions: z.optional(
    z
      .array(
        z.strictObject({
          uri: short,
          id: count,
          encrypt: z.optional(z.boolean()),
          parameters: z.optional(parameters),
        }),
      )
      .check(z.maxLength(32)),
  ),
  encodings: z.optional(z.array(encoding).check(z.maxLength(8))),
  rtcp: z.optional(
    z.strictObject({
      cname: z.optional(short),
      reducedSize: z.optional(z.boolean()),
      mux: z.optional(z.boolean()),
    }),
  ),
});
export type RtpParameters = z.infer<typeof RtpParameters>;

export const DtlsParameters = z.strictObject({
  role: z.optional(z.enum(['auto', 'client', 'server'])),
  fingerprints: z
    .array(
      z.strictObject({
        algorithm: z.enum(['sha-1', 'sha-224', 'sha-256', 'sha-384', 'sha-512']),
        value: z.string().check(z.regex(/^[0-9A-Fa-f:]{2,200}$/)),
      }),
    )
    .check(z.minLength(1), z.maxLength(8)),
});
export type DtlsParameters = z.infer<typeof DtlsParameters>;

export const IceParameters = z.strictObject({
  usernameFragment: short,
  password: short,
  iceLite: z.optional(z.boolean()),
});
export type IceParameters = z.infer<typeof IceParameters>;

const iceCandidate = z.strictObject({
  foundation: short,
  priority: count,
  ip: short,
  address: short,
  protocol: z.enum(['udp', 'tcp']),
  port: count,
  type: z.enum(['host', 'srflx', 'prflx', 'relay']),
  tcpType: z.optional(z.enum(['active', 'passive', 'so'])),
});

/** What a client needs to build its end of a WebRTC transport. */
export const TransportOptions = z.strictObject({
  id: short,
  iceParameters: IceParameters,
  iceCandidates: z.array(iceCandidate).check(z.maxLength(32)),
  dtlsParameters: DtlsParameters,
});
export type TransportOptions = z.infer<typeof TransportOptions>;
