// All that exists between `enter` and the end of one stay: who we are, what we were told, our key packages, our group.
import type { MeetingId, PeerId, RoomId, Suite } from '#protocol';
import { wipe } from '../link/bytes.ts';
import type { LinkFragmentParts } from '../link/fragment.ts';
import { makeThrowAwayKey } from '../vault/deviceKey.ts';
import type { Right } from './admission.ts';
import { Arrivals } from './arrivals.ts';
import { Chat } from './chat.ts';
import type { Gate } from './gate.ts';
import { Hosting } from './hosting.ts';
import {
  type Identity,
  makeIdentity,
  makeKeyPackage,
  type OwnKeyPackage,
  wipeIdentity,
  wipeKeyPackage,
} from './identity.ts';
import { heldTo, stricter, stronger } from './imposed.ts';
import type { Membership } from './membership.ts';
import { OwnRoom, suiteIn } from './ownRoom.ts';
import { People } from './people.ts';
import { Presence } from './presence.ts';
import { Restriction } from './restriction.ts';
import { openRight } from './rights.ts';
import type { RosterCache } from './roster.ts';

/** Key packages of ours that a Welcome may still be for. */
const MAX_OWN_PACKAGES = 4;

export interface Stay {
  readonly gate: Gate;
  readonly id: Identity;
  readonly arrivals: Arrivals;
  readonly presence: Presence;
  readonly cache: RosterCache;
  readonly people: People;
  readonly room: OwnRoom;
  readonly hosting: Hosting;
  readonly restriction: Restriction;
  /** Of the key packages, and so of the group. */
  readonly suite: Suite;
  readonly chat: Chat;
  /** What we may come in by. */
  rights: readonly Right[];
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
  /** As the server says; a device that knows the room may want a stronger one. */
  readonly suite: Suite;
  readonly privateSession: boolean;
}

export async function makeStay(
  gate: Gate,
  input: Entering,
  ended: () => void,
): Promise<{ stay: Stay; own: OwnKeyPackage }> {
  const { host } = gate;
  const memory = input.privateSession ? undefined : host.vault.memory;
  const [device, found] = await Promise.all([
    input.privateSession ? makeThrowAwayKey() : host.vault.leafKey(input.roomId),
    memory?.room(input.roomId),
  ]);
  const suite = stronger(input.suite, suiteIn(found));
  const id = await makeIdentity({ ...input, device, suite, random: (n) => host.random(n) });
  wipe(input.fragment.secret);
  const [people, room] = await Promise.all([
    People.load(id, memory),
    OwnRoom.load(id, memory, { found, now: host.now() }),
  ]);
  const arrivals = new Arrivals(id);
  const group = () => stay.member?.group;
  const restriction = new Restriction();
  const rules = () => {
    const policy = group()?.policy;
    return policy && heldTo(policy.settings, stricter(policy.imposed, restriction.imposed));
  };
  const silent = () => stay.member?.silent ?? true;
  const stay: Stay = {
    gate,
    id,
    arrivals,
    people,
    room,
    hosting: new Hosting({ host, id, arrivals, people, room, group, restriction, rules, ended }),
    restriction,
    suite,
    chat: new Chat({ host, id, rules, silent }),
    rights: await ownRights(room),
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

/** Also after `await-welcome` has brought a ticket. */
export async function ownRights(room: OwnRoom, right?: Uint8Array): Promise<Right[]> {
  const all = [room.certificate, right].filter((r) => r !== undefined);
  return (await Promise.all(all.map(openRight))).filter((r) => r !== undefined);
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
  stay.gate.shut();
  stay.member?.wipe();
  stay.chat.close();
  stay.hosting.close();
  for (const p of stay.packages) wipeKeyPackage(p);
  wipeIdentity(stay.id);
}
