// For tests only: policies, with whatever in them a test wants to be different.
import type { Settings } from '#e2ee/messages.ts';
import type { MeetingId, RoomId } from '#protocol';
import { idBytes } from '../../link/ids.ts';
import type { DeviceKey } from '../../vault/deviceKey.ts';
import { signPolicy } from '../hosts.ts';
import { NOTHING } from '../imposed.ts';
import type { Policy, PolicyBody } from '../policy.ts';

interface Where {
  readonly roomId: RoomId;
  readonly meetingId: MeetingId;
  readonly expiresAt: number;
  readonly latestEnd?: number;
}

/** The link admits, and everybody may do everything. */
export const OPEN_DOOR: Settings = { ...NOTHING, locked: false, muteOnEntry: false };

/** The first policy of a room whose root host is `device`, with an open door. */
export const bodyOf = ({ device }: { device: DeviceKey }, where: Where): PolicyBody => ({
  roomId: idBytes(where.roomId) ?? new Uint8Array(16),
  meetingId: idBytes(where.meetingId) ?? new Uint8Array(16),
  revision: 0,
  settings: OPEN_DOOR,
  imposed: NOTHING,
  expiresAt: where.expiresAt,
  latestEnd: where.latestEnd ?? Math.max(2 ** 45, where.expiresAt),
  rootKey: device.publicKey,
  rootActive: true,
  hosts: [],
  sentOut: [],
  lockedSince: 0,
  known: [],
  signer: device.publicKey,
});

export const policyOf = (
  who: { device: DeviceKey },
  where: Where,
  change: Partial<PolicyBody> = {},
): Promise<Policy> => signPolicy(who.device, { ...bodyOf(who, where), ...change });
