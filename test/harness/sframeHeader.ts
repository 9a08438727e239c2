// The SFrame header (RFC 9605 §4.3), parsed by its own few lines so that a fault of the product's parser cannot hide itself.

export type SframeHeader = { keyId: bigint; counter: bigint; size: number };

/**
 *   0 1 2 3 4 5 6 7
 *  │X│ K │Y│ C │  then K+1 bytes of key id when X, then C+1 bytes of counter when Y; else the 3 bits are the value
 */
export function parseSframeHeader(bytes: Uint8Array): SframeHeader {
  const config = bytes[0];
  if (config === undefined) throw new Error('no SFrame header');
  let size = 1;
  const value = (extended: boolean, bits: number): bigint => {
    if (!extended) return BigInt(bits);
    let n = 0n;
    for (const end = size + bits + 1; size < end; size++) {
      const byte = bytes[size];
      if (byte === undefined) throw new Error('the SFrame header is cut short');
      n = (n << 8n) | BigInt(byte);
    }
    return n;
  };
  const keyId = value((config & 0x80) !== 0, (config >> 4) & 7);
  const counter = value((config & 0x08) !== 0, config & 7);
  return { keyId, counter, size };
}
