// Everything that is derived from the link secret: HKDF-SHA-256 (RFC 5869), one label per use, the room as salt.
import type { RoomId } from '#protocol';
import { utf8, wipe } from './bytes.ts';

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
  const root = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits']);
  const derive = async (label: string, bytes: number) =>
    new Uint8Array(
      await crypto.subtle.deriveBits(
        { name: 'HKDF', hash: 'SHA-256', salt: utf8(roomId), info: utf8(label) },
        root,
        bytes * 8,
      ),
    );
  const deriveMac = async (label: string, uses: ('sign' | 'verify')[]) => {
    const raw = await derive(label, 32);
    const key = await crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, uses);
    wipe(raw);
    return key;
  };
  return {
    nameKey: await derive(labels.name, 32),
    proofKey: await deriveMac(labels.proof, ['sign', 'verify']),
    delegationKey: await deriveMac(labels.delegation, ['sign']),
    psk: await derive(labels.psk, 32),
    pskId: await derive(labels.pskId, 16),
  };
}

export const wipeLinkKeys = (keys: LinkKeys): void => wipe(keys.nameKey, keys.psk);
