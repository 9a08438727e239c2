// The leaf credential: which peer this leaf is, and its name for those who have the link.
import type { Credential, LeafNode } from 'ts-mls';
import type { PeerId } from '#protocol';
import { concat } from '../link/bytes.ts';
import { ID_BYTES, peerIdOf } from '../link/ids.ts';
import { MAX_SEALED_NAME_BYTES, type NameOwner, openName } from '../link/names.ts';

const VERSION = 1;
export const SIGNATURE_KEY_BYTES = 32;

/**
 *   0         1           17
 *   ├ version ┼─ peerId ──┼─ sealed name (41 to 200 bytes) ─┤   identity of a basic credential (RFC 9420 §5.3)
 */
export const encodeCredential = (peerId: Uint8Array, sealedName: Uint8Array): Credential => ({
  credentialType: 'basic',
  identity: concat(Uint8Array.of(VERSION), peerId, sealedName),
});

export interface LeafIdentity {
  readonly peerId: PeerId;
  readonly name: string;
}

/** Undefined for any credential of another shape, or whose name does not open for this very peer and signature key. */
export function readCredential(
  nameKey: Uint8Array,
  credential: Credential,
  signatureKey: Uint8Array,
): LeafIdentity | undefined {
  if (credential.credentialType !== 'basic' || signatureKey.byteLength !== SIGNATURE_KEY_BYTES)
    return undefined;
  const id = credential.identity;
  if (id.byteLength > 1 + ID_BYTES + MAX_SEALED_NAME_BYTES || id[0] !== VERSION) return undefined;
  const owner: NameOwner = { peerId: id.slice(1, 1 + ID_BYTES), signatureKey };
  if (owner.peerId.byteLength !== ID_BYTES) return undefined;
  const name = openName(nameKey, owner, id.slice(1 + ID_BYTES));
  return name === undefined ? undefined : { peerId: peerIdOf(owner.peerId), name };
}

export const readLeaf = (nameKey: Uint8Array, leaf: LeafNode): LeafIdentity | undefined =>
  readCredential(nameKey, leaf.credential, leaf.signaturePublicKey);
