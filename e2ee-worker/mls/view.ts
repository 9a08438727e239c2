// The group as the page may know it: no key, nothing from which one could be computed.
import type { GroupMember, GroupView } from '#e2ee/messages.ts';
import type { PeerId } from '#protocol';
import { hex } from '../link/bytes.ts';
import type { Confirmations } from './confirm.ts';
import { blockedIn } from './edits.ts';
import type { Group } from './group.ts';
import { isHost, isRoot } from './hosts.ts';
import { heldTo, stricter } from './imposed.ts';
import type { Describer } from './people.ts';
import type { Presence } from './presence.ts';
import type { Restriction } from './restriction.ts';
import type { Member } from './roster.ts';
import { safetyCode } from './safetyCode.ts';

export interface ViewInput {
  readonly group: Group;
  readonly self: PeerId;
  readonly presence: Presence;
  readonly confirmations: Confirmations;
  readonly settled: boolean;
  readonly withheldFor: readonly Member[];
  readonly checkedAt: number | null;
  readonly changesSinceChecked: number | null;
  readonly changes: GroupView['changes'];
  readonly people: Describer;
  readonly restriction: Restriction;
  readonly now: number;
}

function memberView(v: ViewInput, m: Member): GroupMember {
  const self = m.peerId === v.self;
  return {
    peerId: m.peerId,
    leaf: m.leaf,
    name: m.name,
    fingerprint: m.fingerprint,
    self,
    presence: self ? 'here' : v.presence.of(m.peerId),
    confirmed: v.confirmations.of(m.peerId, v.now),
    role: isHost(v.group.policy, m.node.signaturePublicKey) ? 'host' : 'guest',
    root: isRoot(v.group.policy, m.node.signaturePublicKey),
    ...v.people.describe(m),
  };
}

const blockedView = ({ group, people }: ViewInput): GroupView['blocked'] =>
  blockedIn(group.policy).map(({ keyHash }) => ({ key: hex(keyHash), name: people.nameOf(keyHash) }));

export function makeView(v: ViewInput): GroupView {
  const { policy } = v.group;
  const imposed = stricter(policy.imposed, v.restriction.imposed);
  const members = v.group.roster.members.map((m) => memberView(v, m));
  const isSelfHost = members.some((m) => m.self && m.role === 'host');
  return {
    epoch: v.group.epoch,
    settled: v.settled,
    withheldFor: v.withheldFor.map((m) => m.name),
    members,
    safetyCode: safetyCode(v.group.state.keySchedule.epochAuthenticator),
    suite: v.group.state.groupContext.cipherSuite,
    expiresAt: v.restriction.endOf(policy),
    latestEnd: Math.min(policy.latestEnd, v.restriction.latestEnd),
    checkedAt: v.checkedAt,
    changesSinceChecked: v.changesSinceChecked,
    changes: [...v.changes],
    blocked: isSelfHost ? blockedView(v) : [],
    settings: heldTo(policy.settings, imposed),
    imposed,
  };
}
