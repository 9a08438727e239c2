// Everything that is derived from the link secret: HKDF-SHA-256 (RFC 5869), one label per use, the room as salt.
import { expand, extract } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { RoomId } from '#protocol';
import { own, utf8, wipe } from './bytes.ts';

export interface LinkKeys {
  /** Seals display names (XChaCha20-Poly1305). */
  readonly nameKey: Uint8Array<ArrayBuffer>;
  /** Of the link proof; not extractable. */
  readonly proofKey: CryptoKey;
  /** External MLS PSK that goes into every Add (RFC 9420 §8.4): whoever lacks the link cannot make or read a Welcome. */
  readonly psk: Uint8Array<ArrayBuffer>;
  /** Of the MAC that another device of a host makes with a one-time code; not extractable. */
  readonly delegationKey: CryptoKey;
  /** Names the PSK in proposals; public. */
  readonly pskId: Uint8Array<ArrayBuffer>;
}

const labels = {
  name: 'in-camera 1 display name',
  proof: 'in-camera 1 link proof',
  psk: 'in-camera 1 group psk',
  pskId: 'in-camera 1 group psk id',
  delegation: 'in-camera 1 delegation',
} as const;

export async function deriveLinkKeys(secret: Uint8Array<ArrayBuffer>, roomId: RoomId): Promise<LinkKeys> {
  const root = extract(sha256, secret, utf8(roomId));
  const derive = (label: string, bytes: number) => own(expand(sha256, root, utf8(label), bytes));
  const deriveMac = async (label: string, uses: ('sign' | 'verify')[]) => {
    const raw = derive(label, 32);
    const key = await crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, uses);
    wipe(raw);
    return key;
  };
  const [proofKey, delegationKey] = await Promise.all([
    deriveMac(labels.proof, ['sign', 'verify']),
    deriveMac(labels.delegation, ['sign']),
  ]);
  const keys = {
    nameKey: derive(labels.name, 32),
    proofKey,
    delegationKey,
    psk: derive(labels.psk, 32),
    pskId: derive(labels.pskId, 16),
  };
  wipe(root);
  return keys;
}

export const wipeLinkKeys = (keys: LinkKeys): void => wipe(keys.nameKey, keys.psk);
