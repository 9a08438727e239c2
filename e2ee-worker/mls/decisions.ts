// What a host decides about those who wait: let in, send away, take for another device of the same person.
import type { Knock, Settings } from '#e2ee/messages.ts';
import type { PeerId } from '#protocol';
import { keyHash } from '../link/keyHash.ts';
import { DeedRefused, type DeedsDeps, groupAsHost, isHostNow } from './asHost.ts';
import { Delegation } from './delegation.ts';
import type { Waiting } from './door.ts';
import { withHost, withSentOut } from './edits.ts';
import { isRoot, meetingOf, roomOf } from './hosts.ts';
import { signCertificate, signTicket } from './issuing.ts';
import type { OwnRoom } from './ownRoom.ts';
import type { People } from './people.ts';

const NONCE_BYTES = 16;

export interface DecisionsDeps extends DeedsDeps {
  readonly room: OwnRoom;
  readonly people: Pick<People, 'noteBlocked'>;
  readonly tellBlocked: () => void;
  /** Those that hold, also what the server has announced and the group has not yet. */
  readonly rules: () => Settings | undefined;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** What the page has shown of somebody when its person decided. */
type Shown = Pick<Knock, 'peerId' | 'fingerprint'>;

export class Decisions {
  readonly #d: DecisionsDeps;
  readonly #delegation: Delegation;

  constructor(deps: DecisionsDeps) {
    this.#d = deps;
    this.#delegation = new Delegation(deps.id.link);
  }

  /** The server says who has which peer id: somebody else may stand there since the click. */
  #waiting({ peerId, fingerprint }: Shown): Waiting {
    const waiting = this.#d.door.find(peerId);
    if (!waiting) throw new DeedRefused('That person does not wait any more.');
    if (waiting.knock.fingerprint !== fingerprint)
      throw new DeedRefused('Somebody else stands there now: look again.');
    return waiting;
  }

  async admit(shown: Shown): Promise<void> {
    groupAsHost(this.#d);
    const waiting = this.#waiting(shown);
    const compared = waiting.knock.mark === 'verified';
    if (this.#d.rules()?.verifiedOnly && !compared)
      throw new DeedRefused('Only people whose key a host has compared may come in: compare theirs first.');
    await this.#whenQuiet(() => this.#admit(shown.peerId, { ...waiting, compared }));
  }

  /** A ticket must be no older than a removal or lock that is on its way. */
  async #whenQuiet(act: () => Promise<void>): Promise<void> {
    const { queue } = this.#d;
    if (queue.empty) await act();
    else queue.add({ edit: (p) => p, applied: act });
  }

  async #admit(peerId: PeerId, w: Waiting & { compared: boolean }, certificate?: Bytes): Promise<void> {
    const { host, id } = this.#d;
    const { policy } = groupAsHost(this.#d);
    const ticket = await signTicket(id.device, {
      roomId: roomOf(policy),
      meetingId: meetingOf(policy),
      subjectHash: w.keyHash,
      role: certificate ? 'host' : 'guest',
      verified: w.compared,
      nonce: host.random(NONCE_BYTES),
      revision: policy.revision,
      // For the whole meeting, also after a host has moved its end: a reloaded device comes back under it.
      expiresAt: policy.latestEnd,
    });
    const more = certificate ? { certificate } : {};
    host.emit({ type: 'ask-server', name: 'host:admit', data: { peerId, ticket, ...more } });
  }

  refuse(shown: Shown, block: boolean): void {
    const { host, people, queue, tellBlocked } = this.#d;
    const { policy } = groupAsHost(this.#d);
    const { key, keyHash: hash, knock } = this.#waiting(shown);
    const { peerId } = shown;
    if (block && isRoot(policy, key)) throw new DeedRefused('The host whose room it is cannot be kept out.');
    host.emit({ type: 'ask-server', name: 'host:refuse', data: { peerId, block } });
    if (!block) return;
    people.noteBlocked(hash, knock.name);
    queue.add({ edit: (p) => withSentOut(p, { key, keyHash: hash, block }), applied: tellBlocked });
  }

  startDelegation(): void {
    const { host, room } = this.#d;
    groupAsHost(this.#d);
    if (!room.isRoot) throw new DeedRefused('Only the device that made the room can do that.');
    const code = this.#delegation.start({ now: host.now(), random: (n) => host.random(n) });
    host.emit({ type: 'delegation-code', code });
  }

  /**
   * Who waits, or came in by the link, has shown our one-time code: another device of ours, a host of this room from now on.
   */
  async delegated(peerId: PeerId, mac: Uint8Array): Promise<void> {
    const { host, id, queue, room } = this.#d;
    const waiting = this.#d.door.find(peerId);
    const inside = this.#d.group()?.roster.byPeer.get(peerId)?.node.signaturePublicKey;
    const key = waiting?.key ?? (inside && Uint8Array.from(inside));
    // Nobody at this page has asked for it: the server passes on what a stranger says, also of a knock that was refused.
    if (!key || !isHostNow(this.#d)) return;
    const { policy } = groupAsHost(this.#d);
    const redeemed = await this.#delegation.redeem(key, mac, host.now());
    if (redeemed === 'wrong')
      host.emit({ type: 'refused', what: 'knock', reason: 'a wrong or used code for another device' });
    if (redeemed !== 'good') return;
    const certificate = await signCertificate(id.device, {
      roomId: roomOf(policy),
      meetingId: undefined,
      subject: key,
    });
    await room.rememberIssued(certificate);
    const who = { key, keyHash: keyHash(key), certificate };
    queue.add({
      edit: (p) => withHost(p, who),
      applied: async () => {
        if (waiting) await this.#admit(peerId, { ...waiting, compared: true }, certificate);
        else host.emit({ type: 'ask-server', name: 'host:promote', data: { certificate } });
      },
    });
  }
}
