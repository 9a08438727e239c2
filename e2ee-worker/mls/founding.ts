// The first policy of a meeting. Only hosts found one, so that nobody is kept in a meeting that somebody else has made up. It goes
// on from the rules that this device has known last, until a host ends a meeting: a server can begin another one at any time.
import type { Imposed, MeetingId } from '#protocol';
import { equalBytes, hex } from '../link/bytes.ts';
import { idBytes } from '../link/ids.ts';
import { keyHash } from '../link/keyHash.ts';
import { entryOf, opensRoom, signPolicy } from './hosts.ts';
import type { Identity } from './identity.ts';
import type { Life, OwnRoom } from './ownRoom.ts';
import { type HostEntry, MAX_HOSTS, type Policy, subjectOf } from './policy.ts';

export async function foundingPolicy(
  id: Identity,
  room: OwnRoom,
  o: Life & { meetingId: MeetingId; imposed: Imposed },
): Promise<Policy | undefined> {
  const { rootKey, lastPolicy: last } = room;
  if (!rootKey) return undefined;
  const [roomId, meetingId] = [idBytes(id.roomId), idBytes(o.meetingId)];
  if (!roomId || !meetingId) throw new Error('The meeting id is not 16 bytes in base64url.');
  const own = keyHash(id.device.publicKey);
  return signPolicy(id.device, {
    roomId,
    meetingId,
    // What the lists below say of revisions goes on to be true.
    revision: last ? last.revision + 1 : 0,
    settings: last?.settings ?? {
      lobby: room.lobby,
      locked: false,
      share: 'everyone',
      chat: true,
      chatLifetimeS: null,
      muteOnEntry: false,
      recording: true,
      verifiedOnly: false,
      suite: room.suite,
    },
    imposed: o.imposed,
    expiresAt: o.expiresAt,
    latestEnd: o.latestEnd,
    rootKey,
    // Its own page makes it a host again when it comes in.
    rootActive: room.isRoot || (last?.rootActive ?? true),
    hosts: await hostsOf(id, room),
    sentOut: last?.sentOut.filter((s) => !equalBytes(s.keyHash, own)) ?? [],
    lockedSince: last?.lockedSince ?? 0,
    known: last?.known ?? [],
  });
}

/** Who was made a host for one meeting is none in the next; who has lost the role does not have it back. */
async function hostsOf(id: Identity, room: OwnRoom): Promise<HostEntry[]> {
  const last = room.lastPolicy;
  const own = room.certificate;
  const listed = (last?.hosts ?? []).map((h) => h.certificate);
  const issued = (await room.issued()).map((i) => i.bytes);
  const hosts = new Map<string, HostEntry>();
  for (const certificate of [...(own ? [own] : []), ...listed, ...issued]) {
    const key = subjectOf({ certificate, active: true });
    if (hosts.has(hex(key)) || !(await opensRoom(certificate, { ...id, key }))) continue;
    const active = certificate === own || !(last && hasLostRole(last, key));
    hosts.set(hex(key), { certificate, active });
  }
  return [...hosts.values()].slice(0, MAX_HOSTS);
}

function hasLostRole(last: Policy, key: Uint8Array): boolean {
  const entry = entryOf(last, key);
  if (entry) return !entry.active;
  const hash = keyHash(key);
  return last.sentOut.some((s) => equalBytes(s.keyHash, hash));
}
