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
  /** Names the PSK in proposals; public. */
  readonly pskId: Uint8Array<ArrayBuffer>;
}

const labels = {
  name: 'in-camera 1 display name',
  proof: 'in-camera 1 link proof',
  psk: 'in-camera 1 group psk',
  pskId: 'in-camera 1 group psk id',
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
  const rawProof = await derive(labels.proof, 32);
  const proofKey = await crypto.subtle.importKey('raw', rawProof, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
    'verify',
  ]);
  wipe(rawProof);
  return {
    nameKey: await derive(labels.name, 32),
    proofKey,
    psk: await derive(labels.psk, 32),
    pskId: await derive(labels.pskId, 16),
  };
}

export const wipeLinkKeys = (keys: LinkKeys): void => wipe(keys.nameKey, keys.psk);
