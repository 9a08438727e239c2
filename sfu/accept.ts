// Turns RTP parameters of a client into those mediasoup gets: rebuilt field by field, nothing else comes through.
// Two things would break otherwise. mediasoup copies codec parameters and names of a sender into what every receiver
// puts into its SDP, so a line break in one of them would write SDP for the others. And one number that its
// serializer does not like (a fractional bitrate) leaves the buffer builder of the whole worker unusable.

import type { types } from 'mediasoup';
import {
  allowedExtension,
  type DtlsParameters,
  type MediaKind,
  type RtpCapabilities,
  type RtpParameters,
} from '#protocol';
import { routerCodecs } from './codecs.ts';
import { refused } from './refusal.ts';

const MAX_ENCODINGS: Record<MediaKind, number> = { audio: 1, video: 4 };
const MAX_BITRATE = 2 ** 31;
/**
 * What browsers say of these codecs, all of them whole numbers. Anything else is left out: every receiver is sent a copy,
 * so strangers could make the answer to a newcomer larger than the line to signaling takes.
 */
const PARAMETERS: Record<string, readonly string[]> = {
  'audio/opus': [
    ...['minptime', 'ptime', 'maxptime', 'maxplaybackrate', 'maxaveragebitrate', 'sprop-maxcapturerate'],
    ...['useinbandfec', 'usedtx', 'stereo', 'sprop-stereo', 'cbr'],
  ],
  'video/vp9': ['profile-id'],
  'video/av1': ['profile', 'level-idx', 'tier'],
  'video/rtx': ['apt'],
};
/** A whole number of the worker has 31 bits. */
const MAX_VALUE = 2 ** 31;
const SAFE_ID = /^[A-Za-z0-9]{1,16}$/;
const SCALABILITY = /^[LS][1-3]T[1-3]h?(_KEY(_SHIFT)?)?$/;
const FEEDBACK = [
  { type: 'nack', parameter: '' },
  { type: 'nack', parameter: 'pli' },
  { type: 'ccm', parameter: 'fir' },
  { type: 'goog-remb', parameter: '' },
  { type: 'transport-cc', parameter: '' },
];

type Codec = RtpParameters['codecs'][number];
type Encoding = NonNullable<RtpParameters['encodings']>[number];
type Feedback = Codec['rtcpFeedback'];

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
const isRtx = (mimeType: string) => /^(audio|video)\/rtx$/i.test(mimeType);

/** The one codec of a sender (and its rtx), encodings, ids. Throws a Refusal when a field is not as it must be. */
export function acceptParameters(kind: MediaKind, params: RtpParameters): types.RtpParameters {
  const media = params.codecs.filter((c) => !isRtx(c.mimeType));
  const codec = media[0];
  if (!codec || media.length > 1) throw refused('exactly one codec per stream');
  const known = routerCodecs.some((c) => c.kind === kind && same(c.mimeType, codec.mimeType));
  if (!known) throw refused(`this slot takes no ${codec.mimeType}`);
  const rtx = params.codecs.filter((c) => isRtx(c.mimeType));
  if (rtx.length > 1) throw refused('at most one rtx per stream');
  return {
    codecs: [codec, ...rtx].map(acceptCodec),
    headerExtensions: acceptExtensions(params.headerExtensions ?? []),
    encodings: acceptEncodings(kind, params.encodings ?? []),
    // msid and cname are dropped: mediasoup gives one cname per transport, which is what lip sync needs.
    rtcp: { reducedSize: params.rtcp?.reducedSize ?? true },
    ...(params.mid === undefined ? {} : { mid: safeId(params.mid) }),
  };
}

function acceptCodec(codec: Codec): types.RtpCodecParameters {
  if (codec.payloadType > 127) throw refused('payload type above 127');
  return {
    mimeType: codec.mimeType,
    payloadType: codec.payloadType,
    clockRate: codec.clockRate,
    parameters: acceptCodecParameters(codec),
    rtcpFeedback: acceptFeedback(codec.rtcpFeedback),
    ...(codec.channels === undefined ? {} : { channels: Math.min(codec.channels, 255) }),
  };
}

function acceptCodecParameters({ mimeType, parameters = {} }: Codec): Record<string, number> {
  const kept: Record<string, number> = {};
  for (const name of PARAMETERS[mimeType.toLowerCase()] ?? []) {
    const value = parameters[name];
    if (value === undefined) continue;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value >= MAX_VALUE)
      throw refused(`codec parameter ${name} with an odd value`);
    kept[name] = value;
  }
  return kept;
}

/** Each once: what is said twice would be sent twice. */
function acceptFeedback(given: Feedback): types.RtcpFeedback[] {
  const named = new Set((given ?? []).map(({ type, parameter }) => `${type} ${parameter ?? ''}`));
  return FEEDBACK.filter(({ type, parameter }) => named.has(`${type} ${parameter}`)).map((f) => ({ ...f }));
}

function acceptExtensions(
  given: NonNullable<RtpParameters['headerExtensions']>,
): types.RtpHeaderExtensionParameters[] {
  return given.flatMap(({ uri, id }) => {
    const allowed = allowedExtension(uri);
    if (!allowed) return [];
    if (id < 1 || id > 255) throw refused('header extension id outside 1 to 255');
    return [{ uri: allowed, id, encrypt: false, parameters: {} }];
  });
}

function acceptEncodings(kind: MediaKind, given: Encoding[]): types.RtpEncodingParameters[] {
  if (given.length > MAX_ENCODINGS[kind]) throw refused(`too many encodings for ${kind}`);
  return given.map((e) => ({
    ...(e.ssrc === undefined ? {} : { ssrc: e.ssrc }),
    ...(e.rid === undefined ? {} : { rid: safeId(e.rid) }),
    ...(e.rtx === undefined ? {} : { rtx: { ssrc: e.rtx.ssrc } }),
    ...(e.dtx === undefined ? {} : { dtx: e.dtx }),
    ...(e.scalabilityMode === undefined ? {} : { scalabilityMode: safeMode(e.scalabilityMode) }),
    ...(e.maxBitrate === undefined ? {} : { maxBitrate: safeBitrate(e.maxBitrate) }),
  }));
}

function safeId(id: string): string {
  if (!SAFE_ID.test(id)) throw refused('mid or rid with odd characters');
  return id;
}

function safeMode(mode: string): string {
  if (!SCALABILITY.test(mode)) throw refused('unknown scalability mode');
  return mode;
}

function safeBitrate(bitrate: number): number {
  if (!(bitrate >= 0 && bitrate <= MAX_BITRATE)) throw refused('bitrate out of bounds');
  return Math.floor(bitrate);
}

/** What a receiver can take. Unknown codecs and extensions are left out rather than refused: browsers list many. */
export function acceptCapabilities(given: RtpCapabilities): types.RtpCapabilities {
  return {
    codecs: (given.codecs ?? []).flatMap(acceptCodecCapability),
    headerExtensions: (given.headerExtensions ?? []).flatMap(({ kind, uri, preferredId }) => {
      const allowed = allowedExtension(uri);
      return allowed && preferredId >= 1 && preferredId <= 255 ? [{ kind, uri: allowed, preferredId }] : [];
    }),
  };
}

function acceptCodecCapability(
  given: NonNullable<RtpCapabilities['codecs']>[number],
): types.RtpCodecCapability[] {
  const { kind, mimeType, clockRate, preferredPayloadType, channels } = given;
  const known = isRtx(mimeType) || routerCodecs.some((c) => c.kind === kind && same(c.mimeType, mimeType));
  const parameters = Object.entries(given.parameters ?? {}).filter(isPlain);
  const rtxOfNothing =
    isRtx(mimeType) && !parameters.some(([name, v]) => name === 'apt' && typeof v === 'number');
  if (!known || rtxOfNothing || preferredPayloadType === undefined || preferredPayloadType > 127) return [];
  return [
    {
      kind,
      mimeType,
      clockRate,
      preferredPayloadType,
      parameters: Object.fromEntries(parameters),
      rtcpFeedback: acceptFeedback(given.rtcpFeedback),
      ...(channels === undefined ? {} : { channels }),
    },
  ];
}

/** `apt` names a payload type; as anything but a number mediasoup throws over the whole list. */
const isPlain = ([name, value]: [string, unknown]) =>
  typeof value === 'number' || (typeof value === 'string' && name !== 'apt');

const STRONG = new Set(['sha-256', 'sha-384', 'sha-512']);

/** Only fingerprints that nobody can forge today; browsers send sha-256. */
export function acceptDtls({ role, fingerprints }: DtlsParameters): types.DtlsParameters {
  const strong = fingerprints.filter((f) => STRONG.has(f.algorithm));
  if (strong.length === 0) throw refused('no DTLS fingerprint of at least sha-256');
  return { fingerprints: strong, ...(role === undefined ? {} : { role }) };
}
