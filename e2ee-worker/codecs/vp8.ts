// VP8: one made-up byte of which only bit 0 means something (RFC 7741 §4.3: P = 0 for a key frame).
//
// With nothing in clear the SFU takes half of all frames for key frames, as it reads that bit. Peers leave 3 to 10 bytes
// of the real header in clear, which show the resolution; a made-up byte shows key or delta and nothing else.
import type { Clear, Codec } from './codec.ts';

/** show_frame = 1, version 0, first partition size 0; bit 0 is P. */
const KEY = 0x10;
const DELTA = 0x11;
const keyByte = new Uint8Array([KEY]);
const deltaByte = new Uint8Array([DELTA]);
const keyClear: Clear = { length: 1, type: 'key' };
const deltaClear: Clear = { length: 1, type: 'delta' };

export const vp8: Codec = {
  id: 2,
  emptyIsSilence: false,
  clear: (type) => (type === 'key' ? keyByte : deltaByte),
  readClear(data) {
    if (data[0] === KEY) return keyClear;
    if (data[0] === DELTA) return deltaClear;
    return undefined;
  },
};
