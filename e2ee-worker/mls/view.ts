// The group as the page may know it: no key, nothing from which one could be computed.
import type { GroupMember, GroupView } from '#e2ee/messages.ts';
import type { PeerId } from '#protocol';
import type { Confirmations } from './confirm.ts';
import type { Group } from './group.ts';
import type { Presence } from './presence.ts';
import { safetyCode } from './safetyCode.ts';
import { SUITE } from './suite.ts';

export interface ViewInput {
  readonly group: Group;
  readonly self: PeerId;
  readonly presence: Presence;
  readonly confirmations: Confirmations;
  readonly settled: boolean;
  readonly changesSinceChecked: number | null;
  readonly now: number;
}

export async function makeView(v: ViewInput): Promise<GroupView> {
  const members = v.group.roster.members.map(
    (m): GroupMember => ({
      peerId: m.peerId,
      leaf: m.leaf,
      name: m.name,
      fingerprint: m.fingerprint,
      self: m.peerId === v.self,
      presence: m.peerId === v.self ? 'here' : v.presence.of(m.peerId),
      confirmed: v.confirmations.of(m.peerId, v.now),
    }),
  );
  return {
    epoch: v.group.epoch,
    settled: v.settled,
    members,
    safetyCode: await safetyCode(v.group.state.keySchedule.epochAuthenticator),
    suite: SUITE,
    expiresAt: v.group.policy.expiresAt,
    changesSinceChecked: v.changesSinceChecked,
  };
}
