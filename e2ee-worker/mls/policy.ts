// What the meeting promised when it was founded: a GroupContext extension that no commit may change.
import type { Extension } from 'ts-mls';
import { HOST_KEY_HASH_BYTES } from '#protocol';
import { concat } from '../link/bytes.ts';
import { ID_BYTES } from '../link/ids.ts';

/** Private use range (RFC 9420 §17.3). */
export const POLICY_EXTENSION = 0xf1ca;
const VERSION = 1;
const ADMISSION_LINK = 1;

export interface Policy {
  /** 16 raw bytes each. */
  readonly roomId: Uint8Array;
  readonly meetingId: Uint8Array;
  /** `link`: the link proof stands in place of a ticket. The only admission there is so far. */
  readonly admission: 'link';
  readonly rootHostHash: Uint8Array;
  /** Unix ms; every member erases its keys then. */
  readonly expiresAt: number;
}

const AT_MEETING = 1 + ID_BYTES;
const AT_ADMISSION = AT_MEETING + ID_BYTES;
const AT_HOST = AT_ADMISSION + 1;
const AT_EXPIRY = AT_HOST + HOST_KEY_HASH_BYTES;
const POLICY_BYTES = AT_EXPIRY + 8;

/**
 *   0         1          17            33          34               50            58
 *   ├ version ┼─ roomId ─┼─ meetingId ─┼ admission ┼─ rootHostHash ─┼─ expiresAt ─┤   big endian
 */
export function encodePolicy(p: Policy): Extension {
  const expiry = new Uint8Array(8);
  new DataView(expiry.buffer).setBigUint64(0, BigInt(p.expiresAt));
  const extensionData = concat(
    Uint8Array.of(VERSION),
    p.roomId,
    p.meetingId,
    Uint8Array.of(ADMISSION_LINK),
    p.rootHostHash,
    expiry,
  );
  return { extensionType: POLICY_EXTENSION, extensionData };
}

/** The policy must be the group's only extension: anything else would be a rule that this client does not know. */
export function decodePolicy(extensions: readonly Extension[]): Policy | undefined {
  const [e] = extensions;
  if (extensions.length !== 1 || e?.extensionType !== POLICY_EXTENSION) return undefined;
  const b = e.extensionData;
  if (b.byteLength !== POLICY_BYTES || b[0] !== VERSION || b[AT_ADMISSION] !== ADMISSION_LINK)
    return undefined;
  const expiresAt = new DataView(b.buffer, b.byteOffset).getBigUint64(AT_EXPIRY);
  if (expiresAt > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  return {
    roomId: b.slice(1, AT_MEETING),
    meetingId: b.slice(AT_MEETING, AT_ADMISSION),
    admission: 'link',
    rootHostHash: b.slice(AT_HOST, AT_EXPIRY),
    expiresAt: Number(expiresAt),
  };
}
