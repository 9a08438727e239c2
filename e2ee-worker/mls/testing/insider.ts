// For tests only: a member that plays by none of our rules. It holds a raw ts-mls state and commits whatever it likes.
import { webcrypto } from 'node:crypto';
import {
  acceptAll,
  type ClientState,
  createCommit,
  encodeMlsMessage,
  type Proposal,
  processMessage,
} from 'ts-mls';
import { createContentCommitSignature } from 'ts-mls/framedContent.js';
import { protectPublicMessage } from 'ts-mls/messageProtectionPublic.js';
import type { ProposalOrRef } from 'ts-mls/proposalOrRefType.js';
import type { LoggedCommit, PeerId, RoomId } from '#protocol';
import { parseFragment } from '../../link/fragment.ts';
import { linkPskIndex, pskNonceBytes, pskProposal } from '../../link/psk.ts';
import { type DeviceKey, makeThrowAwayKey } from '../../vault/deviceKey.ts';
import type { Right } from '../admission.ts';
import { decodeExactly, encodeWelcomeMessage } from '../codec.ts';
import { type Identity, makeIdentity, makeKeyPackage, type OwnKeyPackage } from '../identity.ts';
import { decodeWelcome, joinFromWelcome } from '../join.ts';
import { encodePolicy, type Policy } from '../policy.ts';
import { OPAQUE_SIGNER } from '../suite.ts';
import { newPeerId, type ServerPush } from './delivery.ts';
import type { World } from './world.ts';

export const random = (n: number): Uint8Array<ArrayBuffer> => webcrypto.getRandomValues(new Uint8Array(n));

/** Somebody with this link, not in any group. */
export async function someone(o: {
  roomId: RoomId;
  fragment: string;
  name?: string;
  peerId?: PeerId;
  device?: DeviceKey;
}): Promise<{ id: Identity; own: OwnKeyPackage }> {
  const fragment = parseFragment(o.fragment);
  if (!fragment) throw new Error('no fragment');
  const device = o.device ?? (await makeThrowAwayKey());
  const { name = 'Eve', peerId = newPeerId(), roomId } = o;
  const id = await makeIdentity({ roomId, fragment, peerId, name, device, suite: 'x25519', random });
  return { id, own: await makeKeyPackage(id, Date.now()) };
}

export const addOf = (own: OwnKeyPackage): Proposal => ({
  proposalType: 'add',
  add: { keyPackage: own.publicPackage },
});
export const removeOf = (leaf: number): Proposal => ({ proposalType: 'remove', remove: { removed: leaf } });

export const changeTo = (policy: Policy): Proposal => ({
  proposalType: 'group_context_extensions',
  groupContextExtensions: { extensions: [encodePolicy(policy)] },
});

export class Insider {
  readonly id: Identity;
  readonly own: OwnKeyPackage;
  readonly commits: LoggedCommit[] = [];
  state: ClientState | undefined;
  rights: Right[] = [];
  /** When false it stops following and keeps its state. */
  follows = true;
  readonly #world: World;
  #tail: Promise<void> = Promise.resolve();

  constructor(world: World, who: { id: Identity; own: OwnKeyPackage }) {
    this.#world = world;
    this.id = who.id;
    this.own = who.own;
    world.also.push(this);
  }

  /** Joins through the front door, as anybody with the link may. */
  static async join(world: World, name = 'Eve', device?: DeviceKey): Promise<Insider> {
    const { roomId } = world.delivery;
    const who = await someone({ roomId, fragment: world.fragment, name, ...(device ? { device } : {}) });
    const insider = new Insider(world, who);
    const { peerId } = insider.id;
    const { bytes: keyPackage, linkProof } = insider.own;
    world.delivery.join({ peerId, keyPackage, linkProof }, (p) => insider.push(p));
    await world.until(() => insider.state !== undefined);
    return insider;
  }

  idle(): Promise<void> {
    return this.#tail;
  }

  get raw(): ClientState {
    if (!this.state) throw new Error('not in the group');
    return this.state;
  }

  push(p: ServerPush): void {
    this.#tail = this.#tail.then(() => this.#receive(p));
  }

  async #receive(p: ServerPush): Promise<void> {
    if (p.type === 'committed') this.commits.push(p.commit);
    if (!this.follows) return;
    if (p.type === 'welcomed') {
      const { meetingId } = this.#world.delivery;
      const announced = { meetingId, epoch: p.epoch, nowMs: 0, rights: this.rights, returns: false };
      const input = { welcome: decodeWelcome(this.id, p.welcome), announced, cache: new WeakMap() };
      this.state = (await joinFromWelcome(this.id, this.own, input)).state;
    } else if (p.type === 'committed' && this.state) {
      await this.follow(p.commit.commit);
    }
  }

  /** As a client without our guard would: accepts anything that MLS accepts. */
  async follow(commit: Uint8Array): Promise<void> {
    const message = decodeExactly(commit);
    if (message?.wireformat !== 'mls_public_message') throw new Error('not a public message');
    const psk = linkPskIndex(this.id);
    this.state = (await processMessage(message, this.raw, psk, acceptAll, this.id.suite)).newState;
  }

  get leaf(): number {
    return this.raw.privatePath.leafIndex;
  }

  psk(): Proposal {
    return pskProposal(this.id.link, random(pskNonceBytes(this.id.suite)));
  }

  /** A commit that MLS itself finds right. */
  async craft(proposals: Proposal[], state: ClientState = this.raw) {
    const result = await createCommit(
      { state, cipherSuite: this.id.suite, pskIndex: linkPskIndex(this.id) },
      { wireAsPublicMessage: true, ratchetTreeExtension: true, extraProposals: proposals },
    );
    return {
      commit: encodeMlsMessage(result.commit),
      welcome: result.welcome && encodeWelcomeMessage(result.welcome),
      newState: result.newState,
    };
  }

  /** Rightly signed and tagged, contents as you like; the confirmation tag is nonsense, as it is checked last. */
  async craftRaw(proposals: ProposalOrRef[]): Promise<Uint8Array> {
    const { groupContext, keySchedule } = this.raw;
    const { signature, framedContent } = await createContentCommitSignature(
      groupContext,
      'mls_public_message',
      { proposals, path: undefined },
      { senderType: 'member', leafIndex: this.leaf },
      new Uint8Array(),
      OPAQUE_SIGNER,
      this.id.suite.signature,
    );
    const auth = { contentType: 'commit' as const, signature, confirmationTag: random(32) };
    const content = { wireformat: 'mls_public_message' as const, content: framedContent, auth };
    const message = await protectPublicMessage(
      keySchedule.membershipKey,
      groupContext,
      content,
      this.id.suite,
    );
    return encodeMlsMessage({
      version: 'mls10',
      wireformat: 'mls_public_message',
      publicMessage: message,
    });
  }

  /** Gets it ordered by a server that plays along. */
  publish(
    commit: Uint8Array,
    o: { welcome?: Uint8Array | undefined; added?: PeerId[]; from?: PeerId; epoch?: number } = {},
  ): void {
    const { delivery } = this.#world;
    const { added = [], from = this.id.peerId, epoch = delivery.epoch, welcome } = o;
    delivery.publish({ epoch, from, commit }, { welcome, added });
  }
}
