// What a host does to those who are in: send out, change the rules, make and unmake hosts. Signed here and checked by every
// member; the server is told, so that it leads people to the right place.
import type { PeerId, Req } from '#protocol';
import { hex } from '../link/bytes.ts';
import { keyHash } from '../link/keyHash.ts';
import { type DeedsDeps, groupAsHost, isHostNow, keyOfPeer, requireOther } from './asHost.ts';
import {
  blockedIn,
  EditRefused,
  type SettingsChange,
  withEnd,
  withHost,
  withoutBlock,
  withoutHost,
  withSentOut,
  withSettings,
} from './edits.ts';
import type { Group } from './group.ts';
import { isHost, meetingOf, roomOf } from './hosts.ts';
import { coversAll, settingsOf, stricter } from './imposed.ts';
import { signCertificate } from './issuing.ts';
import { encodePolicy } from './policy.ts';

/** A key that this host has sent out. Removed whenever it turns up, until the policy has noted it. */
interface Banished {
  readonly noted: boolean;
  /** Since when it has been in the group all the same, as far as we have seen. */
  readonly since: number | undefined;
}

export class Deeds {
  readonly #d: DeedsDeps;
  readonly #banished = new Map<string, Banished>();

  constructor(deps: DeedsDeps) {
    this.#d = deps;
  }

  isBanished(key: Uint8Array): boolean {
    // Asked for every member whenever anything has changed, and there are hardly ever any.
    return this.#banished.size > 0 && this.#banished.has(hex(key));
  }

  /** Of somebody who is in the group. Who is no host any more sends nobody out. */
  defiedSince(key: Uint8Array): number | undefined {
    const banished = isHostNow(this.#d) ? this.#banished.get(hex(key)) : undefined;
    return banished && (banished.since ?? this.#d.host.now());
  }

  /** The group has moved on: who is out, and noted as such, is forgotten here. */
  advanced(group: Group): void {
    if (!isHostNow(this.#d)) this.#banished.clear();
    const present = new Set(group.roster.members.map((m) => hex(m.node.signaturePublicKey)));
    for (const [key, { noted, since }] of this.#banished) {
      if (present.has(key)) this.#banished.set(key, { noted, since: since ?? this.#d.host.now() });
      else if (noted) this.#banished.delete(key);
      else this.#banished.set(key, { noted, since: undefined });
    }
  }

  /** Out at once, by a commit of our own if need be; then the policy makes the ticket void, or blocks the key. */
  remove(peerId: PeerId, how: Req<'host:remove'>['how']): void {
    const { host, queue } = this.#d;
    const group = groupAsHost(this.#d);
    const key = keyOfPeer(this.#d, group, peerId);
    requireOther(this.#d, group, key);
    const who = { key, keyHash: keyHash(key), block: how === 'block' };
    host.emit({ type: 'ask-server', name: 'host:remove', data: { peerId, how } });
    const since = this.#banished.get(hex(key))?.since;
    this.#banished.set(hex(key), { noted: false, since });
    this.advanced(group);
    queue.add({
      edit: (p) => withSentOut(p, who),
      applied: () => {
        this.#banished.set(hex(key), { noted: true, since: this.#banished.get(hex(key))?.since });
        if (who.block) this.tellBlocked();
        const now = this.#d.group();
        if (now) this.advanced(now);
      },
    });
  }

  unblock(key: string): void {
    groupAsHost(this.#d);
    this.#d.queue.add({ edit: (p) => withoutBlock(p, key), applied: () => this.tellBlocked() });
  }

  /** All of them: whatever the server has missed or forgotten. */
  tellBlocked(): void {
    const policy = this.#d.group()?.policy;
    if (!policy) return;
    const keyHashes = blockedIn(policy).map(({ keyHash: hash }) => Uint8Array.from(hash));
    this.#d.host.emit({ type: 'ask-server', name: 'host:blocked', data: { keyHashes } });
  }

  changeSettings(change: SettingsChange): void {
    const { queue } = this.#d;
    groupAsHost(this.#d);
    queue.add({
      edit: (p, { roster }) =>
        withSettings(
          p,
          change,
          roster.members.map((m) => m.keyHash),
        ),
      applied: () => this.tellSettings(),
    });
  }

  /** The server leads people by them. */
  tellSettings(): void {
    const policy = this.#d.group()?.policy;
    if (!policy) return;
    const { lobby, locked, verifiedOnly } = settingsOf(policy);
    this.#d.host.emit({ type: 'ask-server', name: 'host:settings', data: { lobby, locked, verifiedOnly } });
  }

  /** What the server has announced, and the group has not: whichever host is first puts it there. */
  impose(): void {
    const { queue, restriction } = this.#d;
    const group = this.#d.group();
    if (!group || !queue.empty || !isHostNow(this.#d)) return;
    if (coversAll(group.policy.imposed, restriction.imposed)) return;
    queue.add({
      edit: (p) => ({ ...p, imposed: stricter(p.imposed, restriction.imposed) }),
      applied: () => this.tellSettings(),
    });
  }

  extend(expiresAt: number): void {
    const { host, queue, restriction } = this.#d;
    groupAsHost(this.#d);
    queue.add({
      edit: (p) => withEnd(p, expiresAt, restriction.latestEnd),
      applied: () => {
        const now = this.#d.group()?.policy;
        if (!now) return;
        const policy = Uint8Array.from(encodePolicy(now).extensionData);
        host.emit({
          type: 'ask-server',
          name: 'host:extend',
          data: { expiresAt: now.expiresAt, policy },
        });
      },
    });
  }

  async promote(peerId: PeerId): Promise<void> {
    const { host, id, queue } = this.#d;
    const group = groupAsHost(this.#d);
    const key = keyOfPeer(this.#d, group, peerId);
    const ids = { roomId: roomOf(group.policy), meetingId: meetingOf(group.policy) };
    const certificate = await signCertificate(id.device, { ...ids, subject: key });
    const who = { key, keyHash: keyHash(key), certificate };
    queue.add({
      edit: (p) => withHost(p, who),
      applied: () => host.emit({ type: 'ask-server', name: 'host:promote', data: { certificate } }),
    });
  }

  demote(peerId: PeerId): void {
    const { host, queue } = this.#d;
    const key = keyOfPeer(this.#d, groupAsHost(this.#d), peerId);
    queue.add({
      edit: (p, { roster }) => {
        const after = withoutHost(p, key);
        const left = roster.members.some((m) => isHost({ ...after, signer: key }, m.node.signaturePublicKey));
        if (!left) throw new EditRefused('There is no other host here. Make somebody else host first.');
        return after;
      },
      applied: () => host.emit({ type: 'ask-server', name: 'host:demote', data: { peerId } }),
    });
  }
}
