// What every deed of a host begins with: are we one, and whom is it about?
import type { PeerId } from '#protocol';
import { equalBytes } from '../link/bytes.ts';
import type { Arrivals } from './arrivals.ts';
import type { Door } from './door.ts';
import type { Group } from './group.ts';
import type { Host } from './host.ts';
import { isHost, isRoot } from './hosts.ts';
import type { Identity } from './identity.ts';
import type { PolicyQueue } from './policyQueue.ts';
import type { Restriction } from './restriction.ts';

/** The text is for the person who asked for it. */
export class DeedRefused extends Error {}

export interface DeedsDeps {
  readonly host: Host;
  readonly id: Identity;
  readonly door: Door;
  readonly arrivals: Arrivals;
  readonly queue: PolicyQueue;
  readonly restriction: Restriction;
  readonly group: () => Group | undefined;
}

export const isHostNow = (d: Pick<DeedsDeps, 'group' | 'id'>): boolean => {
  const group = d.group();
  return group !== undefined && isHost(group.policy, d.id.device.publicKey);
};

export function groupAsHost(d: Pick<DeedsDeps, 'group' | 'id'>): Group {
  const group = d.group();
  if (!group || !isHostNow(d)) throw new DeedRefused('Only a host can do that.');
  return group;
}

/** In the group, or let in and not added yet. */
export function keyOfPeer(d: DeedsDeps, group: Group, peerId: PeerId): Uint8Array<ArrayBuffer> {
  const leaf =
    group.roster.byPeer.get(peerId)?.node ??
    d.arrivals.latest().find((n) => n.peerId === peerId)?.keyPackage.leafNode;
  if (!leaf) throw new DeedRefused('That person is not here any more.');
  return Uint8Array.from(leaf.signaturePublicKey);
}

/** Somebody who can be sent out: neither oneself nor the root host. */
export function requireOther(d: DeedsDeps, group: Group, key: Uint8Array): void {
  if (equalBytes(key, d.id.device.publicKey)) throw new DeedRefused('That is this device itself.');
  if (isRoot(group.policy, key)) throw new DeedRefused('The host whose room it is cannot be sent out.');
}
