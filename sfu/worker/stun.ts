// The one STUN message that an ICE-lite agent needs to see: an authenticated Binding request that nominates (RFC 8445).
//
//   0      2       4         8                20
//   +------+-------+---------+----------------+-- attributes: type(2) length(2) value, padded to 4 --
//   | 0001 | length| 2112A442| transaction id | USERNAME PRIORITY ICE-CONTROLLING USE-CANDIDATE MESSAGE-INTEGRITY FINGERPRINT
import { createHmac, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const BINDING_REQUEST = 0x0001;
const MAGIC_COOKIE = 0x2112a442;
const HEADER_BYTES = 20;
const attribute = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  priority: 0x0024,
  useCandidate: 0x0025,
  fingerprint: 0x8028,
  iceControlling: 0x802a,
} as const;
const INTEGRITY_BYTES = 4 + 20;
const FINGERPRINT_BYTES = 4 + 4;

export function bindingRequest(ice: { usernameFragment: string; password: string }): Buffer {
  const body = Buffer.concat([
    encode(attribute.username, Buffer.from(`${ice.usernameFragment}:smoke`)),
    encode(attribute.priority, uint32(1)),
    encode(attribute.iceControlling, randomBytes(8)),
    encode(attribute.useCandidate, Buffer.alloc(0)),
  ]);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(BINDING_REQUEST, 0);
  header.writeUInt32BE(MAGIC_COOKIE, 4);
  randomBytes(12).copy(header, 8);

  // Each of the two covers everything before it, with a header length that already counts itself (RFC 8489 §14.5, §14.7).
  header.writeUInt16BE(body.length + INTEGRITY_BYTES, 2);
  const mac = createHmac('sha1', ice.password).update(header).update(body).digest();
  const authenticated = Buffer.concat([body, encode(attribute.messageIntegrity, mac)]);
  header.writeUInt16BE(authenticated.length + FINGERPRINT_BYTES, 2);
  const checksum = (crc32(Buffer.concat([header, authenticated])) ^ 0x5354554e) >>> 0;
  return Buffer.concat([header, authenticated, encode(attribute.fingerprint, uint32(checksum))]);
}

/** STUN and DTLS share one port: the first byte tells them apart (RFC 7983). */
export function isDtls(packet: Buffer): boolean {
  const first = packet[0] ?? 0;
  return first >= 20 && first <= 63;
}

function encode(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
