// Opus and VP9: nothing of the frame is needed on the way (VP9's descriptor lies outside it), so nothing is left in clear.
import type { Clear, Codec } from './codec.ts';

const nothing = new Uint8Array(0);
/** Nothing tells key from delta; 'delta' stands for both and is not bound in. */
const nothingClear: Clear = { length: 0, type: 'delta' };
const opaque = {
  clear: () => nothing,
  readClear: () => nothingClear,
};

export const opus: Codec = { ...opaque, id: 1, emptyIsSilence: true };
export const vp9: Codec = { ...opaque, id: 3, emptyIsSilence: false };
