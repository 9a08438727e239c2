// The first policy of a meeting. Only hosts found one, so that nobody is kept in a meeting that somebody else has made up.
import type { MeetingId } from '#protocol';
import { equalBytes } from '../link/bytes.ts';
import { idBytes } from '../link/ids.ts';
import { signPolicy } from './hosts.ts';
import type { Identity } from './identity.ts';
import type { Life, OwnRoom } from './ownRoom.ts';
import { MAX_HOSTS, type Policy } from './policy.ts';

export async function foundingPolicy(
  id: Identity,
  room: OwnRoom,
  o: Life & { meetingId: MeetingId },
): Promise<Policy | undefined> {
  const { rootKey, certificate } = room;
  if (!rootKey) return undefined;
  const [roomId, meetingId] = [idBytes(id.roomId), idBytes(o.meetingId)];
  if (!roomId || !meetingId) throw new Error('The meeting id is not 16 bytes in base64url.');
  const others = (await room.issued()).filter((i) => !equalBytes(i.subject, id.device.publicKey));
  const certificates = [...(certificate ? [certificate] : []), ...others.map((i) => i.bytes)];
  return signPolicy(id.device, {
    roomId,
    meetingId,
    revision: 0,
    settings: { lobby: room.lobby, locked: false, share: 'everyone', chat: true, muteOnEntry: false },
    expiresAt: o.expiresAt,
    latestEnd: o.latestEnd,
    rootKey,
    rootActive: true,
    hosts: certificates.slice(0, MAX_HOSTS).map((c) => ({ certificate: c, active: true })),
    sentOut: [],
    lockedSince: 0,
    known: [],
  });
}
