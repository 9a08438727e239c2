// All that exists between `enter` and the end of one stay: who we are, what we were told, our key packages, our group.
import type { MeetingId, PeerId, RoomId } from '#protocol';
import { wipe } from '../link/bytes.ts';
import type { LinkFragmentParts } from '../link/fragment.ts';
import { makeThrowAwayKey } from '../vault/deviceKey.ts';
import { Arrivals } from './arrivals.ts';
import type { Host } from './host.ts';
import {
  type Identity,
  makeIdentity,
  makeKeyPackage,
  type OwnKeyPackage,
  wipeIdentity,
  wipeKeyPackage,
} from './identity.ts';
import type { Membership } from './membership.ts';
import { Presence } from './presence.ts';
import type { RosterCache } from './roster.ts';

/** Key packages of ours that a Welcome may still be for. */
const MAX_OWN_PACKAGES = 4;

export interface Stay {
  readonly id: Identity;
  readonly arrivals: Arrivals;
  readonly presence: Presence;
  readonly cache: RosterCache;
  packages: readonly OwnKeyPackage[];
  /** Set while waiting for a Welcome to this meeting. */
  meetingId: MeetingId | undefined;
  member: Membership | undefined;
  /** Times that we have asked to be added anew since the last Welcome. */
  rejoins: number;
  /** The Welcome that let us in; a server repeats it after a reconnect. */
  used: Uint8Array | undefined;
}

interface Entering {
  readonly roomId: RoomId;
  readonly fragment: LinkFragmentParts;
  readonly peerId: PeerId;
  readonly name: string;
  readonly privateSession: boolean;
}

export async function makeStay(host: Host, input: Entering): Promise<{ stay: Stay; own: OwnKeyPackage }> {
  const device = await (input.privateSession ? makeThrowAwayKey() : host.vault.leafKey());
  const id = await makeIdentity({ ...input, device, random: (n) => host.random(n) });
  wipe(input.fragment.secret);
  const stay: Stay = {
    id,
    arrivals: new Arrivals(id),
    presence: new Presence(),
    cache: new WeakMap(),
    packages: [],
    meetingId: undefined,
    member: undefined,
    rejoins: 0,
    used: undefined,
  };
  return { stay, own: await addPackage(stay, host.now()) };
}

export async function addPackage(stay: Stay, now: number): Promise<OwnKeyPackage> {
  const own = await makeKeyPackage(stay.id, now);
  const all = [...stay.packages, own];
  for (const p of all.slice(0, -MAX_OWN_PACKAGES)) wipeKeyPackage(p);
  stay.packages = all.slice(-MAX_OWN_PACKAGES);
  return own;
}

/** This one became our leaf, whose private key lives on; everything else dies. */
export function usePackage(stay: Stay, own: OwnKeyPackage): void {
  wipe(own.privatePackage.initPrivateKey);
  for (const p of stay.packages) if (p !== own) wipeKeyPackage(p);
  stay.packages = [];
}

export function wipeStay(stay: Stay): void {
  stay.member?.wipe();
  for (const p of stay.packages) wipeKeyPackage(p);
  wipeIdentity(stay.id);
}
