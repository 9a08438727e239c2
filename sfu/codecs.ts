// What the router can forward, and what clients are told of it.

import type { types } from 'mediasoup';
import { ortc } from 'mediasoup';
import { RtpCapabilities, withAllowedExtensions } from '#protocol';

/** Order is preference: a client that is free to choose takes the first video codec (VP8, with simulcast). */
export const routerCodecs: types.RouterRtpCodecCapability[] = [
  { kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2 },
  { kind: 'video', mimeType: 'video/VP8', clockRate: 90_000 },
  { kind: 'video', mimeType: 'video/VP9', clockRate: 90_000, parameters: { 'profile-id': 0 } },
  { kind: 'video', mimeType: 'video/AV1', clockRate: 90_000 },
];

/** What clients load their device with: mediasoup's own capabilities for our codecs, minus the other extensions. */
export function advertisedCapabilities(): RtpCapabilities {
  return RtpCapabilities.parse(withAllowedExtensions(ortc.generateRouterRtpCapabilities(routerCodecs)));
}
