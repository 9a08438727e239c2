// SFrame header, RFC 9605 §4.3: which key, which counter.
//
//      0   1 2 3   4   5 6 7
//    +---+-------+---+-------+------------------+------------------+
//    | X |   K   | Y |   C   | KID, 0 to 8 bytes| CTR, 0 to 8 bytes|
//    +---+-------+---+-------+------------------+------------------+
//
//    X = 0: K is the KID itself (0..7), no KID bytes.   X = 1: K + 1 bytes of KID follow, big-endian.
//    Y = 0: C is the CTR itself (0..7), no CTR bytes.   Y = 1: C + 1 bytes of CTR follow, big-endian.

/**
 * KID and CTR have 64 bits. Up to 6 bytes are a number, longer ones a BigInt: as a number they would name another key, and
 * BigInt on every frame is what the bench shows first.
 */
export type Uint64 = number | bigint;

export interface Header {
  kid: Uint64;
  ctr: Uint64;
  /** Bytes that the header takes. */
  length: number;
}

const EXTENDED = 0b1000;
const NIBBLE_VALUE = 0b0111;
const MAX_NUMBER_BYTES = 6;

export function headerLength(kid: Uint64, ctr: Uint64): number {
  return 1 + bytesFor(kid) + bytesFor(ctr);
}

/** Writes the header to the start of `out`. */
export function writeHeader(out: Uint8Array, kid: Uint64, ctr: Uint64): void {
  const kidBytes = bytesFor(kid);
  const ctrBytes = bytesFor(ctr);
  out[0] = (nibble(kid, kidBytes) << 4) | nibble(ctr, ctrBytes);
  writeUint(out, 1, kidBytes, kid);
  writeUint(out, 1 + kidBytes, ctrBytes, ctr);
}

/** Undefined when no header begins `at`, or one that is longer than its values need: one frame, one spelling. */
export function parseHeader(data: Uint8Array, at = 0): Header | undefined {
  const config = data[at];
  if (config === undefined) return undefined;
  const kidAt = at + 1;
  const ctrAt = kidAt + fieldBytes(config >> 4);
  const end = ctrAt + fieldBytes(config);
  if (data.length < end || isPadded(data, kidAt, ctrAt) || isPadded(data, ctrAt, end)) return undefined;
  return {
    kid: kidAt === ctrAt ? (config >> 4) & NIBBLE_VALUE : readUint(data, kidAt, ctrAt),
    ctr: ctrAt === end ? config & NIBBLE_VALUE : readUint(data, ctrAt, end),
    length: end - at,
  };
}

function isPadded(data: Uint8Array, at: number, end: number): boolean {
  const first = data[at] ?? 0;
  return end - at === 1 ? first <= NIBBLE_VALUE : end > at && first === 0;
}

/** 0 for values that fit into the config byte. */
function bytesFor(value: Uint64): number {
  if (value < 0 || value >= 2 ** 64) throw new RangeError('an SFrame header field has 64 bits');
  if (value < 8) return 0;
  let bytes = 1;
  if (typeof value === 'bigint') for (let rest = value >> 8n; rest > 0n; rest >>= 8n) bytes++;
  else for (let rest = value; rest >= 256; rest /= 256) bytes++;
  return bytes;
}

function nibble(value: Uint64, bytes: number): number {
  return bytes === 0 ? Number(value) : EXTENDED | (bytes - 1);
}

function fieldBytes(configNibble: number): number {
  return configNibble & EXTENDED ? (configNibble & NIBBLE_VALUE) + 1 : 0;
}

function writeUint(out: Uint8Array, at: number, bytes: number, value: Uint64): void {
  let rest = value;
  for (let i = at + bytes - 1; i >= at; i--) {
    if (typeof rest === 'bigint') {
      out[i] = Number(rest & 0xffn);
      rest >>= 8n;
    } else {
      // Division, not shifts: those would cut the value to 32 bits.
      out[i] = rest % 256;
      rest = Math.floor(rest / 256);
    }
  }
}

function readUint(data: Uint8Array, at: number, end: number): Uint64 {
  if (end - at > MAX_NUMBER_BYTES) return readBigUint(data, at, end);
  let value = 0;
  for (let i = at; i < end; i++) value = value * 256 + (data[i] ?? 0);
  return value;
}

function readBigUint(data: Uint8Array, at: number, end: number): bigint {
  let value = 0n;
  for (let i = at; i < end; i++) value = (value << 8n) | BigInt(data[i] ?? 0);
  return value;
}
