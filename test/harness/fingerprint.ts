// A member's fingerprint from its public key, in other words than the product's (e2ee-worker/mls/safetyCode.ts).
import { createHash } from 'node:crypto';

export function fingerprintOf(publicKey: readonly number[]): string {
  const digest = createHash('sha256')
    .update('in-camera 1 fingerprint')
    .update(Buffer.from(publicKey))
    .digest();
  const group = (i: number) => digest.readBigUInt64BE(i * 8) % 100_000n;
  return [0, 1, 2, 3].map((i) => `${group(i)}`.padStart(5, '0')).join(' ');
}
