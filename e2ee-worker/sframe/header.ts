// SFrame header, RFC 9605 §4.3: which key, which counter.
//
//      0   1 2 3   4   5 6 7
//    +---+-------+---+-------+------------------+------------------+
//    | X |   K   | Y |   C   | KID, 0 to 8 bytes| CTR, 0 to 8 bytes|
//    +---+-------+---+-------+------------------+------------------+
//
//    X = 0: K is the KID itself (0..7), no KID bytes.   X = 1: K + 1 bytes of KID follow, big-endian.
//    Y = 0: C is the CTR itself (0..7), no CTR bytes.   Y = 1: C + 1 bytes of CTR follow, big-endian.

/** KID and CTR are 64-bit: beyond 2^53 a number would name another key. */
export interface Header {
  kid: bigint;
  ctr: bigint;
  /** Bytes that the header takes. */
  length: number;
}

const EXTENDED = 0b1000;
const NIBBLE_VALUE = 0b0111;

export function encodeHeader(kid: bigint, ctr: bigint): Uint8Array<ArrayBuffer> {
  const kidBytes = bytesFor(kid);
  const ctrBytes = bytesFor(ctr);
  const out = new Uint8Array(1 + kidBytes + ctrBytes);
  out[0] = (nibble(kid, kidBytes) << 4) | nibble(ctr, ctrBytes);
  writeUint(out, 1, kidBytes, kid);
  writeUint(out, 1 + kidBytes, ctrBytes, ctr);
  return out;
}

/** Undefined when the bytes are no header, or one that is longer than its values need: one frame, one spelling. */
export function parseHeader(data: Uint8Array): Header | undefined {
  const config = data[0];
  if (config === undefined) return undefined;
  const kidBytes = fieldBytes(config >> 4);
  const ctrBytes = fieldBytes(config);
  const length = 1 + kidBytes + ctrBytes;
  if (data.length < length) return undefined;
  const kid = kidBytes === 0 ? BigInt((config >> 4) & NIBBLE_VALUE) : readUint(data, 1, kidBytes);
  const ctr = ctrBytes === 0 ? BigInt(config & NIBBLE_VALUE) : readUint(data, 1 + kidBytes, ctrBytes);
  if (bytesFor(kid) !== kidBytes || bytesFor(ctr) !== ctrBytes) return undefined;
  return { kid, ctr, length };
}

/** 0 for values that fit into the config byte. */
function bytesFor(value: bigint): number {
  if (value < 0n || value >= 1n << 64n) throw new RangeError('an SFrame header field has 64 bits');
  if (value < 8n) return 0;
  let bytes = 1;
  for (let rest = value >> 8n; rest > 0n; rest >>= 8n) bytes++;
  return bytes;
}

function nibble(value: bigint, bytes: number): number {
  return bytes === 0 ? Number(value) : EXTENDED | (bytes - 1);
}

function fieldBytes(configNibble: number): number {
  return configNibble & EXTENDED ? (configNibble & NIBBLE_VALUE) + 1 : 0;
}

function writeUint(out: Uint8Array, at: number, bytes: number, value: bigint): void {
  let rest = value;
  for (let i = at + bytes - 1; i >= at; i--) {
    out[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
}

function readUint(data: Uint8Array, at: number, bytes: number): bigint {
  let value = 0n;
  for (let i = at; i < at + bytes; i++) value = (value << 8n) | BigInt(data[i] ?? 0);
  return value;
}
