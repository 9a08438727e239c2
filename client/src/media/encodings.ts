// What a camera is sent as: simulcast layers chosen from the capture size.
import type { types } from 'mediasoup-client';

interface Layer {
  /** Of the layer of 180 lines; each next one has four times the pixels. */
  readonly maxBitrate: number;
}

/** Lowest first. More: sharper and dearer for everybody who looks. */
const LAYERS: readonly Layer[] = [
  { maxBitrate: 150_000 },
  { maxBitrate: 500_000 },
  { maxBitrate: 1_700_000 },
];

/** Chromium sends only as many layers as it finds worth while at a size; a rid beyond that never carries a packet. */
const MIN_PIXELS_FOR_3 = 960 * 540;
const MIN_PIXELS_FOR_2 = 480 * 270;

export const layerCount = (width: number, height: number): number => {
  const pixels = width * height;
  if (pixels >= MIN_PIXELS_FOR_3) return 3;
  return pixels >= MIN_PIXELS_FOR_2 ? 2 : 1;
};

/** For VP8. Temporal layers let the SFU halve the frame rate of thumbnails. */
export function cameraEncodings(width: number, height: number): types.RtpEncodingParameters[] {
  const count = layerCount(width, height);
  return LAYERS.slice(0, count).map(({ maxBitrate }, i) => ({
    maxBitrate,
    scaleResolutionDownBy: 2 ** (count - 1 - i),
    scalabilityMode: 'L1T3',
  }));
}

/** A shared screen is read: one layer, as sharp as it is. */
export const screenEncodings: types.RtpEncodingParameters[] = [
  { maxBitrate: 2_500_000, scalabilityMode: 'L1T3' },
];

export const audioEncodings: types.RtpEncodingParameters[] = [{}];

/**
 * DTX: silence costs a tenth of the packets. It tells the network that someone is silent, which packet sizes of a
 * variable-rate codec tell anyway. `opusPtime` 20 is the browser's own; more saves CPU and adds delay.
 */
export const audioOptions: types.ProducerCodecOptions = {
  opusDtx: true,
  opusFec: true,
  opusStereo: false,
  opusPtime: 20,
};

/**
 * In kbit/s, for all that a page sends: Chromium's estimate of its line never counts as less. How much that helps on a bad line has
 * not been measured. More: a line that really has less loses packets.
 */
export const videoOptions: types.ProducerCodecOptions = { videoGoogleMinBitrate: 100 };
