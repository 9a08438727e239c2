// Opus and VP9: nothing of the frame is needed on the way (VP9's descriptor lies outside it), so nothing is left in clear.
import type { Codec } from './codec.ts';

const nothing = new Uint8Array(0);
const opaque = {
  clear: () => nothing,
  // Nothing tells key from delta; 'delta' stands for both and is not bound in.
  readClear: () => ({ length: 0, type: 'delta' as const }),
};

export const opus: Codec = { ...opaque, id: 1, emptyIsSilence: true };
export const vp9: Codec = { ...opaque, id: 3, emptyIsSilence: false };
