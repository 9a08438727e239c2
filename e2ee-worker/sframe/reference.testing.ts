// A slow, plain second implementation of the wire format, for tests only: node:crypto's HMAC for the key schedule and
// @noble/ciphers for AES-GCM. It shares no code with the fast path, so that a mistake must be made twice to go unseen.
import { createHmac } from 'node:crypto';
import { gcm } from '@noble/ciphers/aes.js';

/** Integer to big-endian bytes; `length` 0 means as few as possible, at least one. */
function big(value: bigint, length = 0): Buffer {
  let hex = value.toString(16);
  if (hex.length % 2) hex = `0${hex}`;
  return Buffer.from(hex.padStart(length * 2, '0'), 'hex');
}

/** RFC 5869 with SHA-256, for outputs of one block. */
const extract = (salt: Buffer, ikm: Buffer) => createHmac('sha256', salt).update(ikm).digest();
const expand = (prk: Buffer, info: Buffer, length: number) =>
  createHmac('sha256', prk)
    .update(Buffer.concat([info, Buffer.of(1)]))
    .digest()
    .subarray(0, length);

/** RFC 9605 §4.4.2 for suite 4. */
export function referenceSchedule(baseKey: Uint8Array, kid: bigint) {
  const suite = Buffer.of(0x00, 0x04);
  const keyLabel = Buffer.concat([Buffer.from('SFrame 1.0 Secret key '), big(kid, 8), suite]);
  const saltLabel = Buffer.concat([Buffer.from('SFrame 1.0 Secret salt '), big(kid, 8), suite]);
  const secret = extract(Buffer.alloc(0), Buffer.from(baseKey));
  return {
    keyLabel,
    saltLabel,
    secret,
    key: expand(secret, keyLabel, 16),
    salt: expand(secret, saltLabel, 12),
  };
}

/** RFC 9605 §4.3, figure 3 and 4, by strings of bits. */
export function referenceHeader(kid: bigint, ctr: bigint): Buffer {
  const field = (value: bigint) =>
    value < 8n
      ? { bits: `0${value.toString(2).padStart(3, '0')}`, bytes: Buffer.alloc(0) }
      : { bits: `1${(big(value).length - 1).toString(2).padStart(3, '0')}`, bytes: big(value) };
  const [k, c] = [field(kid), field(ctr)];
  return Buffer.concat([Buffer.of(Number.parseInt(k.bits + c.bits, 2)), k.bytes, c.bytes]);
}

export function referenceNonce(salt: Uint8Array, ctr: bigint): Buffer {
  const padded = big(ctr, 12);
  return Buffer.from(salt.map((byte, i) => byte ^ (padded[i] ?? 0)));
}

/** header ‖ ciphertext ‖ tag. */
export function referenceSeal(
  baseKey: Uint8Array,
  frame: { kid: bigint; ctr: bigint; metadata: Uint8Array; plaintext: Uint8Array },
): Buffer {
  const { key, salt } = referenceSchedule(baseKey, frame.kid);
  const header = referenceHeader(frame.kid, frame.ctr);
  const aad = Buffer.concat([header, frame.metadata]);
  const cipher = gcm(key, referenceNonce(salt, frame.ctr), aad);
  return Buffer.concat([header, cipher.encrypt(frame.plaintext)]);
}

/** docs/adr/0002-frame-format.md, written out once more. */
const formats = {
  opus: { id: 1, key: [], delta: [] },
  vp8: { id: 2, key: [0x10], delta: [0x11] },
  vp9: { id: 3, key: [], delta: [] },
  av1: { id: 4, key: [0x08], delta: [0x30] },
} as const;
const slots = { mic: [0, 0], camera: [1, 1], screen: [1, 2], 'screen-audio': [0, 3] } as const;

export interface ReferenceFrame {
  slot: keyof typeof slots;
  codec: keyof typeof formats;
  type: 'key' | 'delta';
  leaf: number;
  epoch: number;
  ctr: number;
  plaintext: Uint8Array;
}

/** The frame as it travels. */
export function referenceWire(baseKey: Uint8Array, frame: ReferenceFrame): Buffer {
  const [kind, slot] = slots[frame.slot];
  const format = formats[frame.codec];
  const clear = Buffer.from(format[frame.type]);
  const kid = BigInt(slot * 16384 + frame.leaf * 16 + (frame.epoch % 16));
  const metadata = Buffer.from([kind, slot, format.id, ...clear]);
  const sframe = referenceSeal(baseKey, { ...frame, kid, ctr: BigInt(frame.ctr), metadata });
  return Buffer.concat([clear, sframe]);
}
