// Takes a sealed frame apart by the documented layout: [1 made-up byte, VP8 only] ‖ SFrame header ‖ ciphertext ‖ tag.
import type { Frame } from './rtp.ts';
import { parseSframeHeader, type SframeHeader } from './sframeHeader.ts';

export function withoutSyntheticByte(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(1);
}

export function headerOf(frame: Frame): SframeHeader {
  return parseSframeHeader(sframeOf(frame));
}

/** Ciphertext and tag. */
export function ciphertextOf(frame: Frame): Uint8Array {
  const sframe = sframeOf(frame);
  return sframe.subarray(parseSframeHeader(sframe).size);
}

function sframeOf(frame: Frame): Uint8Array {
  return frame.kind === 'video' ? withoutSyntheticByte(frame.bytes) : frame.bytes;
}
