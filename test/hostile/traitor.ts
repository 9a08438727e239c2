// A member that plays by none of the rules: a real place at the real server, and commits of whatever MLS itself lets pass.
import { randomFillSync } from 'node:crypto';
import {
  acceptAll,
  type ClientState,
  createCommit,
  encodeMlsMessage,
  type Proposal,
  processMessage,
} from 'ts-mls';
import { claimBody, type LetIn, type LoggedCommit, type PeerId, signedBytes } from '#protocol';
import { linkPskIndex, pskNonceBytes, pskProposal } from '../../e2ee-worker/link/psk.ts';
import type { Right } from '../../e2ee-worker/mls/admission.ts';
import { decodeExactly } from '../../e2ee-worker/mls/codec.ts';
import type { Identity, OwnKeyPackage } from '../../e2ee-worker/mls/identity.ts';
import { decodeWelcome, joinFromWelcome } from '../../e2ee-worker/mls/join.ts';
import { decodePolicy, type Policy } from '../../e2ee-worker/mls/policy.ts';
import { openRight } from '../../e2ee-worker/mls/rights.ts';
import { someone } from '../../e2ee-worker/mls/testing/insider.ts';
import { RawClient, readLink } from '../harness/rawClient.ts';
import { until } from '../harness/until.ts';

export const random = (n: number) => randomFillSync(new Uint8Array(n));

export class Traitor {
  readonly id: Identity;
  readonly client: RawClient;
  readonly #own: OwnKeyPackage;
  #rights: Right[] = [];
  #meeting: LetIn['meetingId'] | undefined;
  #state: ClientState | undefined;
  #tail: Promise<void> = Promise.resolve();

  private constructor(client: RawClient, who: { id: Identity; own: OwnKeyPackage }) {
    this.client = client;
    this.id = who.id;
    this.#own = who.own;
    client.on('lobby:admitted', (letIn) => this.#then(() => this.#letIn(letIn)));
    client.on('group:welcomed', (w) => this.#then(() => this.#welcomed(w.epoch, w.welcome)));
    client.on('group:committed', (c) => this.#then(() => this.#follow(c)));
  }

  /** Through the front door: by the link where that is enough, else as somebody who knocks. */
  static async enter(link: string, name: string): Promise<Traitor> {
    const { origin, roomId, fragment } = readLink(link);
    const client = await RawClient.connect(origin);
    const { peerId } = await client.start();
    const traitor = new Traitor(client, await someone({ roomId, fragment, name, peerId }));
    const { device } = traitor.id;
    const signature = await device.sign(signedBytes('claim', claimBody(roomId, peerId)));
    const { bytes: keyPackage, linkProof } = traitor.#own;
    const claim = { key: device.publicKey, signature };
    const joined = await client.ask('meeting:join', {
      roomId,
      keyPackage,
      linkProof,
      claim,
      suite: 'x25519',
    });
    if (joined.entry === 'wait') await traitor.#letIn(joined);
    return traitor;
  }

  get peerId(): PeerId {
    return this.id.peerId;
  }

  /** -1 while it is not in the group. */
  get epoch(): number {
    return Number(this.#state?.groupContext.epoch ?? -1);
  }

  get meeting(): LetIn['meetingId'] | undefined {
    return this.#meeting;
  }

  get policy(): Policy {
    const policy = decodePolicy(this.#raw.groupContext.extensions);
    if (!policy) throw new Error('a group without a policy');
    return policy;
  }

  /** A right commit for the epoch that it is on, by MLS's own standards; nobody has seen it. */
  async craft(proposals: readonly Proposal[]): Promise<LoggedCommit> {
    const state = this.#raw;
    const adds = proposals.some((p) => p.proposalType === 'add');
    const psk = pskProposal(this.id.link, random(pskNonceBytes(this.id.suite)));
    const { commit } = await createCommit(
      { state, cipherSuite: this.id.suite, pskIndex: linkPskIndex(this.id) },
      {
        wireAsPublicMessage: true,
        ratchetTreeExtension: true,
        extraProposals: adds ? [...proposals, psk] : [...proposals],
      },
    );
    return { epoch: this.epoch, from: this.peerId, commit: encodeMlsMessage(commit) };
  }

  leafOf(key: Uint8Array): number {
    const at = this.#raw.ratchetTree.findIndex(
      (n) => n?.nodeType === 'leaf' && Buffer.from(n.leaf.signaturePublicKey).equals(key),
    );
    return at / 2;
  }

  async isOn(epoch: () => number): Promise<void> {
    await until(() => this.epoch >= 0 && this.epoch === epoch(), {
      what: () => `epoch ${epoch()}, not ${this.epoch}`,
    });
  }

  get #raw(): ClientState {
    if (!this.#state) throw new Error('not in the group');
    return this.#state;
  }

  #then(task: () => Promise<void>): void {
    this.#tail = this.#tail.then(task);
  }

  async #letIn({ meetingId, right }: LetIn): Promise<void> {
    this.#meeting = meetingId;
    const opened = right && (await openRight(right));
    if (opened) this.#rights = [opened];
  }

  async #welcomed(epoch: number, bytes: Uint8Array): Promise<void> {
    const meetingId = this.#meeting;
    if (!meetingId) throw new Error('welcomed, but not let in');
    const announced = { meetingId, epoch, nowMs: Date.now(), rights: this.#rights, returns: false };
    const input = { welcome: decodeWelcome(this.id, bytes), announced, cache: new WeakMap() };
    this.#state = (await joinFromWelcome(this.id, this.#own, input)).state;
  }

  /** As a client without our guard would: anything that MLS accepts. */
  async #follow({ epoch, from, commit }: LoggedCommit): Promise<void> {
    const message = decodeExactly(commit);
    if (!this.#state || epoch !== this.epoch || message?.wireformat !== 'mls_public_message') return;
    // Nobody can process their own.
    if (from === this.peerId) return;
    const psk = linkPskIndex(this.id);
    this.#state = (await processMessage(message, this.#state, psk, acceptAll, this.id.suite)).newState;
  }
}
