// At whose door do we stand? The names of hosts, as their own keys and the link prove them.
import { type Arrival, openCertificate } from '#protocol';
import { equalBytes } from '../link/bytes.ts';
import { hostKeyHash } from '../link/keyHash.ts';
import { examine } from './arrivals.ts';
import { readLeaf } from './credential.ts';
import type { Identity } from './identity.ts';

const MAX_NAMES = 8;

/**
 * The root key, or one that it certified, for the room or for a meeting. Which meeting is on is not ours to know yet: a server
 * that shows us a host of an earlier one makes this page say a wrong name, as an old key package of the root host does, and
 * lets nobody in. Who was made a host by another host cannot show it here, because the policy is not ours to see either.
 */
async function isHostKey(id: Identity, key: Uint8Array, right: Uint8Array | undefined): Promise<boolean> {
  if (equalBytes(hostKeyHash(key), id.rootHostHash)) return true;
  const c = right && (await openCertificate(right));
  if (!c || c.roomId !== id.roomId || !equalBytes(c.subject, key)) return false;
  return equalBytes(hostKeyHash(c.issuer), id.rootHostHash);
}

/** Unproven ones are left out. Hosts may have been in for hours, so their key packages may be old. */
export async function hostNames(id: Identity, hosts: readonly Arrival[]): Promise<string[]> {
  const names: string[] = [];
  for (const h of hosts.slice(0, MAX_NAMES)) {
    const kp = await examine(id, h, undefined);
    if (typeof kp === 'string') continue;
    const leaf = readLeaf(id.link.nameKey, kp.leafNode);
    if (leaf && (await isHostKey(id, kp.leafNode.signaturePublicKey, h.right))) names.push(leaf.name);
  }
  return names;
}
