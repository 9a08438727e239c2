// The RTP header extensions that may be used, on both ends of a stream: the sfu advertises no others, and a page takes no
// others from whatever a server says it can do.

/**
 * Header extensions travel outside the encrypted frame, so only those that routing, loss repair and bandwidth
 * estimation need are let through. Left out on purpose:
 * - ssrc-audio-level: tells the network who speaks;
 * - abs-capture-time: a sender that names it and does not send it (Chromium) makes mediasoup wait for it, and
 *   simulcast never switches layers;
 * - video-orientation, playout-delay: browsers rotate the picture themselves when it is missing.
 */
const HEADER_EXTENSIONS = [
  'urn:ietf:params:rtp-hdrext:sdes:mid',
  'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
  'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
  'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension',
  'urn:ietf:params:rtp-hdrext:toffset',
] as const;

/** The extension as libraries know it, or undefined when it is not to be used. */
export const allowedExtension = (uri: string): (typeof HEADER_EXTENSIONS)[number] | undefined =>
  HEADER_EXTENSIONS.find((allowed) => allowed === uri);

/** The same capabilities without the other extensions. */
export function withAllowedExtensions<
  E extends { uri: string },
  C extends { headerExtensions?: E[] | undefined },
>(capabilities: C): C {
  const { headerExtensions } = capabilities;
  if (!headerExtensions) return capabilities;
  return { ...capabilities, headerExtensions: headerExtensions.filter(({ uri }) => allowedExtension(uri)) };
}
