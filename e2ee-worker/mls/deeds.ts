// What a host does to those who are in: send out, change the rules, make and unmake hosts. Signed here and checked by every
// member; the server is told, so that it leads people to the right place.
import { keyHash, type PeerId, type Req } from '#protocol';
import { hex } from '../link/bytes.ts';
import { type DeedsDeps, groupAsHost, isHostNow, keyOfPeer, requireOther } from './asHost.ts';
import { type SettingsChange, withHost, withoutHost, withSentOut, withSettings } from './edits.ts';
import type { Group } from './group.ts';
import { meetingOf, roomOf } from './hosts.ts';
import { signCertificate } from './issuing.ts';

export class Deeds {
  readonly #d: DeedsDeps;
  /** Keys that this host has sent out; true once the policy says so, too. Removed whenever they turn up until then. */
  readonly #banished = new Map<string, boolean>();

  constructor(deps: DeedsDeps) {
    this.#d = deps;
  }

  isBanished(key: Uint8Array): boolean {
    return this.#banished.has(hex(key));
  }

  /** The group has moved on: who is out, and noted as such, is forgotten here. */
  advanced(group: Group): void {
    if (!isHostNow(this.#d)) this.#banished.clear();
    const present = new Set(group.roster.members.map((m) => hex(m.node.signaturePublicKey)));
    for (const [key, noted] of this.#banished) if (noted && !present.has(key)) this.#banished.delete(key);
  }

  /** Out at once, by a commit of our own if need be; then the policy makes the ticket void, or blocks the key. */
  async remove(peerId: PeerId, how: Req<'host:remove'>['how']): Promise<void> {
    const { host, queue } = this.#d;
    const group = groupAsHost(this.#d);
    const key = keyOfPeer(this.#d, group, peerId);
    requireOther(this.#d, group, key);
    const who = { key, keyHash: await keyHash(key), block: how === 'block' };
    host.emit({ type: 'ask-server', name: 'host:remove', data: { peerId, how } });
    this.#banished.set(hex(key), false);
    queue.add({
      edit: (p) => withSentOut(p, who),
      applied: () => {
        this.#banished.set(hex(key), true);
        const now = this.#d.group();
        if (now) this.advanced(now);
      },
    });
  }

  changeSettings(change: SettingsChange): void {
    const { host, queue } = this.#d;
    groupAsHost(this.#d);
    queue.add({
      edit: (p, { roster }) =>
        withSettings(
          p,
          change,
          roster.members.map((m) => m.keyHash),
        ),
      applied: () => {
        const settings = this.#d.group()?.policy.settings;
        if (!settings) return;
        const { lobby, locked } = settings;
        host.emit({ type: 'ask-server', name: 'host:settings', data: { lobby, locked } });
      },
    });
  }

  async promote(peerId: PeerId): Promise<void> {
    const { host, id, queue } = this.#d;
    const group = groupAsHost(this.#d);
    const key = keyOfPeer(this.#d, group, peerId);
    const ids = { roomId: roomOf(group.policy), meetingId: meetingOf(group.policy) };
    const certificate = await signCertificate(id.device, { ...ids, subject: key });
    const who = { key, keyHash: await keyHash(key), certificate };
    queue.add({
      edit: (p) => withHost(p, who),
      applied: () => host.emit({ type: 'ask-server', name: 'host:promote', data: { certificate } }),
    });
  }

  demote(peerId: PeerId): void {
    const { host, queue } = this.#d;
    const key = keyOfPeer(this.#d, groupAsHost(this.#d), peerId);
    queue.add({
      edit: (p) => withoutHost(p, key),
      applied: () => host.emit({ type: 'ask-server', name: 'host:demote', data: { peerId } }),
    });
  }
}
