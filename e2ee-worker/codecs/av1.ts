// AV1: one made-up OBU header (AV1 specification §5.3.2) whose payload is the SFrame.
//
//      0   1 2 3 4   5   6   7
//    +---+---------+---+---+---+   F: forbidden, 0. X: an extension byte follows. S: a leb128 size follows.
//    | F |  type   | X | S | - |   type 1 = sequence header: key. type 6 = frame: delta.
//    +---+---------+---+---+---+
//
// We send X = S = 0. RTP takes OBUs apart and puts them together again, so the receiver may find a temporal delimiter
// (12 00) ahead, an empty extension byte and a size field after the header. Only the type is therefore bound into the
// frame; a size that is not that of the rest is refused.
import type { Codec, FrameType } from './codec.ts';

const SEQUENCE_HEADER = 1;
const FRAME = 6;
const TEMPORAL_DELIMITER = [0x12, 0x00] as const;
const HAS_EXTENSION = 0x04;
const HAS_SIZE = 0x02;
/** leb128 of a 32-bit size. */
const MAX_SIZE_BYTES = 5;
const keyByte = new Uint8Array([SEQUENCE_HEADER << 3]);
const deltaByte = new Uint8Array([FRAME << 3]);

export const av1: Codec = {
  id: 4,
  emptyIsSilence: false,
  clear: (type) => (type === 'key' ? keyByte : deltaByte),
  readClear(data) {
    const start = data[0] === TEMPORAL_DELIMITER[0] && data[1] === TEMPORAL_DELIMITER[1] ? 2 : 0;
    const header = data[start];
    const type = header === undefined ? undefined : frameType(header);
    if (header === undefined || type === undefined) return undefined;
    const extended = (header & HAS_EXTENSION) !== 0;
    // Ours has no layers to tell: anything but 0 is not an extension but a byte that was pushed in.
    if (extended && data[start + 1] !== 0) return undefined;
    const afterHeader = start + (extended ? 2 : 1);
    const length = header & HAS_SIZE ? skipSize(data, afterHeader) : afterHeader;
    return length === undefined ? undefined : { length, type };
  },
};

function frameType(header: number): FrameType | undefined {
  if ((header & ~(HAS_EXTENSION | HAS_SIZE)) === SEQUENCE_HEADER << 3) return 'key';
  if ((header & ~(HAS_EXTENSION | HAS_SIZE)) === FRAME << 3) return 'delta';
  return undefined;
}

/** Where the payload begins; undefined when the size is not that of the rest. */
function skipSize(data: Uint8Array, at: number): number | undefined {
  let size = 0;
  for (let i = 0; i < MAX_SIZE_BYTES; i++) {
    const byte = data[at + i];
    if (byte === undefined) return undefined;
    size += (byte & 0x7f) * 2 ** (7 * i);
    const end = at + i + 1;
    if ((byte & 0x80) === 0) return size === data.length - end ? end : undefined;
  }
  return undefined;
}
