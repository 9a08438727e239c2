// What clients are told that the router can do, and what mediasoup-client makes of it in a browser.

import { ortc, type types } from 'mediasoup-client';
import { describe, expect, it } from 'vitest';
import { RtpCapabilities } from '#protocol';
import { advertisedCapabilities } from './codecs.ts';
import { chromium, UNWANTED } from './testkit.ts';

const uris = (extensions: readonly { uri: string }[] | undefined) => (extensions ?? []).map((e) => e.uri);

describe('the advertised capabilities', () => {
  it('are Opus, then VP8, VP9 and AV1, each with retransmission', () => {
    const names = advertisedCapabilities().codecs?.map((c) => c.mimeType);
    expect(names).toEqual([
      'audio/opus',
      'video/VP8',
      'video/rtx',
      'video/VP9',
      'video/rtx',
      'video/AV1',
      'video/rtx',
    ]);
  });

  it('have neither audio levels nor capture times, which mediasoup itself would offer', () => {
    const advertised = advertisedCapabilities();
    expect(RtpCapabilities.parse(advertised)).toEqual(advertised);
    expect(uris(advertised.headerExtensions).filter((uri) => UNWANTED.includes(uri))).toEqual([]);
    expect(uris(advertised.headerExtensions)).toContain('urn:ietf:params:rtp-hdrext:sdes:mid');
  });

  it('make Chromium negotiate neither of them, for sending or for receiving', () => {
    expect(uris(chromium.headerExtensions)).toEqual(expect.arrayContaining(UNWANTED));
    const extended = ortc.getExtendedRtpCapabilities(
      inClient(chromium),
      inClient(advertisedCapabilities()),
      false,
    );
    const negotiated = [
      ...uris(ortc.getRecvRtpCapabilities(extended).headerExtensions),
      ...uris(ortc.getSendingRtpParameters('audio', extended).headerExtensions),
      ...uris(ortc.getSendingRtpParameters('video', extended).headerExtensions),
    ];
    expect(negotiated.length).toBeGreaterThan(0);
    expect(negotiated.filter((uri) => UNWANTED.includes(uri))).toEqual([]);
    expect(ortc.canSend('audio', ortc.getSendRtpCapabilities(extended))).toBe(true);
    expect(ortc.canSend('video', ortc.getSendRtpCapabilities(extended))).toBe(true);
  });
});

/** As it arrives there: a copy, checked and completed by mediasoup-client. */
function inClient(capabilities: RtpCapabilities): types.RtpCapabilities {
  const copy: types.RtpCapabilities = JSON.parse(JSON.stringify(capabilities));
  ortc.validateAndNormalizeRtpCapabilities(copy);
  return copy;
}
