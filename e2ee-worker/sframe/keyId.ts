// The key id of a frame: whose key, which track, which epoch (RFC 9605 §5.2, with fixed widths).
//
//    bit  15 14   13 ........ 4   3 ..... 0
//        +------+--------------+-----------+
//        | slot |  leaf index  | epoch     |
//        +------+--------------+-----------+
//          2 bits     10 bits     4 bits (epoch mod 16)
//
// Two bytes at most, so that header + tag stay within 22 bytes on an audio frame (with a counter of up to 3 bytes).
import { SLOTS, type Slot } from '#protocol';
import type { Uint64 } from './header.ts';

const LEAF_BITS = 10;
const EPOCH_BITS = 4;
/** Epochs that can be told apart. A 17th reuses the value of the first, whose keys die then at the latest. */
export const EPOCHS_IN_KEY_ID = 1 << EPOCH_BITS;
export const LEAVES_IN_KEY_ID = 1 << LEAF_BITS;

export interface KeyId {
  slot: Slot;
  leaf: number;
  /** Epoch mod 16. */
  epochLow: number;
}

export function epochLowBits(epoch: number): number {
  return epoch % EPOCHS_IN_KEY_ID;
}

export function encodeKeyId({ slot, leaf, epochLow }: KeyId): number {
  if (leaf < 0 || leaf >= LEAVES_IN_KEY_ID || epochLow < 0 || epochLow >= EPOCHS_IN_KEY_ID) {
    throw new RangeError('leaf or epoch does not fit the key id');
  }
  return (SLOTS.indexOf(slot) << (LEAF_BITS + EPOCH_BITS)) | (leaf << EPOCH_BITS) | epochLow;
}

/** Undefined for ids that no member of ours can have made. */
export function parseKeyId(kid: Uint64): KeyId | undefined {
  if (typeof kid === 'bigint') return undefined;
  const slot = SLOTS[Math.floor(kid / 2 ** (LEAF_BITS + EPOCH_BITS))];
  if (slot === undefined) return undefined;
  return {
    slot,
    leaf: (kid >> EPOCH_BITS) & (LEAVES_IN_KEY_ID - 1),
    epochLow: kid & (EPOCHS_IN_KEY_ID - 1),
  };
}
