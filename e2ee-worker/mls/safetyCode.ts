// The digits that people read to each other: of an epoch, of two keys, of one.
import { concat, hex, sha256, utf8 } from '../link/bytes.ts';

const GROUPS = 4;

/**
 * The same at all members of an epoch, and at nobody else: 20 digits, 66 bits, from a hash of the epoch authenticator (RFC 9420 §8.7). Each group is 64 bits of the hash modulo
 * 100,000: the bias is below 2^-47. Somebody who wants two groups to show one code has to steer both key schedules
 * within one epoch, against 2^66.
 */
export const safetyCode = (epochAuthenticator: Uint8Array): string[] =>
  digits('in-camera 1 safety code', epochAuthenticator);

/** The same at both ends: from both signature keys, the smaller one first. */
export function pairCode(a: Uint8Array, b: Uint8Array): string[] {
  const [first, second] = hex(a) < hex(b) ? [a, b] : [b, a];
  return digits('in-camera 1 pair code', concat(first, second));
}

/** Of one signature key, as people see it beside a name: "04821 39917 55120 73346". */
export const fingerprint = (signatureKey: Uint8Array): string =>
  digits('in-camera 1 fingerprint', signatureKey).join(' ');

function digits(label: string, of: Uint8Array): string[] {
  const digest = sha256(concat(utf8(label), of));
  const view = new DataView(digest.buffer);
  return Array.from({ length: GROUPS }, (_, i) =>
    (view.getBigUint64(i * 8) % 100_000n).toString().padStart(5, '0'),
  );
}
