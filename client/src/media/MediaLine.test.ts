// A hostile server names more header extensions than ours does: what of it reaches the browser's negotiation.
import { Device, FakeHandler, type types } from 'mediasoup-client';
import { expect, it, vi } from 'vitest';
import type { RtpCapabilities } from '#protocol';
import { MediaLine } from './MediaLine.ts';

const MID = 'urn:ietf:params:rtp-hdrext:sdes:mid';
const AUDIO_LEVEL = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level';

/** Both a browser and a server that can do it. */
const capabilities = (): RtpCapabilities & types.RtpCapabilities => ({
  codecs: [
    { kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2, preferredPayloadType: 100 },
  ],
  headerExtensions: [
    { kind: 'audio', uri: MID, preferredId: 1, direction: 'sendrecv' },
    { kind: 'audio', uri: AUDIO_LEVEL, preferredId: 2, direction: 'sendrecv' },
  ],
});

it('audio levels are not put into clear headers because a server says that it can read them', async () => {
  const unused = () => {
    throw new Error('only loaded');
  };
  const handlerFactory = FakeHandler.createFactory({
    generateNativeRtpCapabilities: capabilities,
    generateLocalDtlsParameters: unused,
  });
  const device = new Device({ handlerFactory });
  vi.spyOn(Device, 'factory').mockResolvedValue(device);
  const line = new MediaLine({
    request: unused,
    makeTransform: unused,
    wishes: unused,
    held: unused,
    changed: unused,
    warn: unused,
  });
  await line.load(capabilities());
  const negotiated = [device.sendRtpCapabilities, device.recvRtpCapabilities].map((c) =>
    c.headerExtensions?.map(({ uri }) => uri),
  );
  expect(negotiated).toEqual([[MID], [MID]]);
});
