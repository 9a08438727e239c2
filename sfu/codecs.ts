// What the router can forward: codecs and RTP header extensions, and what receivers are told of them.

import type { types } from 'mediasoup';
import { ortc } from 'mediasoup';
import { RtpCapabilities } from '#protocol';

/** Order is preference: a client that is free to choose takes the first video codec (VP8, with simulcast). */
export const routerCodecs: types.RouterRtpCodecCapability[] = [
  { kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2 },
  { kind: 'video', mimeType: 'video/VP8', clockRate: 90_000 },
  { kind: 'video', mimeType: 'video/VP9', clockRate: 90_000, parameters: { 'profile-id': 0 } },
  { kind: 'video', mimeType: 'video/AV1', clockRate: 90_000 },
];

/**
 * Header extensions travel outside the encrypted frame, so only those that routing, loss repair and bandwidth
 * estimation need are let through. Left out on purpose:
 * - ssrc-audio-level: tells the network who speaks;
 * - abs-capture-time: a sender that names it and does not send it (Chromium) makes mediasoup wait for it, and
 *   simulcast never switches layers;
 * - video-orientation, playout-delay: browsers rotate the picture themselves when it is missing.
 */
const extensions: readonly types.RtpHeaderExtensionUri[] = [
  'urn:ietf:params:rtp-hdrext:sdes:mid',
  'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
  'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
  'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension',
  'urn:ietf:params:rtp-hdrext:toffset',
];

/** The extension as mediasoup knows it, or undefined when it is not to be used. */
export const allowedExtension = (uri: string): types.RtpHeaderExtensionUri | undefined =>
  extensions.find((allowed) => allowed === uri);

/** What clients load their device with: mediasoup's own capabilities for our codecs, minus the other extensions. */
export function advertisedCapabilities(): RtpCapabilities {
  const all = ortc.generateRouterRtpCapabilities(routerCodecs);
  return RtpCapabilities.parse({
    ...all,
    headerExtensions: all.headerExtensions?.filter((e) => allowedExtension(e.uri) !== undefined),
  });
}
