// A browser that records does not know yet how long the recording will be, and leaves that out of its file: players then show no
// length and cannot be wound. This writes it in afterwards.
//
//   EBML header (1A45DFA3) │ Segment (18538067), size unknown │ Info (1549A966) … │ Tracks │ Cluster …
//                                                                └─ Duration (4489): 8 bytes, float, in ms
//
// Sizes are variable-length numbers (RFC 8794 § 4): the leading zeros of the first byte say how many bytes follow it.

const EBML = 0x1a45dfa3;
const SEGMENT = 0x18538067;
const INFO = 0x1549a966;
const DURATION = [0x44, 0x89, 0x88];
const MAX_ID_BYTES = 4;
const MAX_SIZE_BYTES = 8;

interface Element {
  readonly id: number;
  readonly start: number;
  readonly content: number;
  readonly end: number;
}

/** `head`: the first piece of the file. Answered as it is when it is made in another way than that above. */
export function withDuration(head: Uint8Array<ArrayBuffer>, durationMs: number): Uint8Array<ArrayBuffer> {
  const info = findInfo(head);
  if (!info) return head;
  const before = head.subarray(0, info.start + MAX_ID_BYTES);
  const content = head.subarray(info.content, info.end);
  const duration = new Uint8Array(DURATION.length + 8);
  duration.set(DURATION);
  new DataView(duration.buffer).setFloat64(DURATION.length, durationMs);
  const size = sizeOf(content.length + duration.length);
  return join([before, size, content, duration, head.subarray(info.end)]);
}

function findInfo(head: Uint8Array): Element | null {
  const ebml = elementAt(head, 0);
  const segment = ebml?.id === EBML ? elementAt(head, ebml.end) : null;
  // First in it: what points to places further on would point to the wrong ones.
  const info = segment?.id === SEGMENT ? elementAt(head, segment.content) : null;
  return info?.id === INFO && info.end <= head.length && !hasDuration(head, info) ? info : null;
}

function hasDuration(head: Uint8Array, info: Element): boolean {
  for (let at = info.content; at < info.end; ) {
    const inside = elementAt(head, at);
    if (!inside || inside.id === 0x4489) return true;
    at = inside.end;
  }
  return false;
}

function elementAt(bytes: Uint8Array, start: number): Element | null {
  const idBytes = lengthAt(bytes, start);
  const sizeBytes = lengthAt(bytes, start + idBytes);
  const content = start + idBytes + sizeBytes;
  if (idBytes > MAX_ID_BYTES || sizeBytes > MAX_SIZE_BYTES || content > bytes.length) return null;
  const [first = 0, ...others] = bytes.subarray(start + idBytes, content);
  // Without the bit that ends the zeros.
  const size = numberIn([first & (0xff >> sizeBytes), ...others]);
  return { id: numberIn(bytes.subarray(start, start + idBytes)), start, content, end: content + size };
}

const lengthAt = (bytes: Uint8Array, at: number): number => Math.clz32(bytes[at] ?? 0) - 23;

/** Beyond 2^53 it is not exact, which only sizes that are unknown are. */
const numberIn = (bytes: Iterable<number>): number => [...bytes].reduce((sum, byte) => sum * 256 + byte, 0);

/** In eight bytes, whatever it is. */
function sizeOf(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(MAX_SIZE_BYTES);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(size) | (1n << 56n));
  return bytes;
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
