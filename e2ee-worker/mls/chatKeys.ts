// Seals and opens the application messages of one epoch (RFC 9420 §15). Each message has a key of its own, which dies with its use.
import { encodeMlsMessage, type PrivateMessage, type SecretTree, zeroOutUint8Array } from 'ts-mls';
import { protectApplicationData, unprotectPrivateMessage } from 'ts-mls/messageProtection.js';
import { allSecretTreeValues, createSecretTree } from 'ts-mls/secretTree.js';
import { leafWidth } from 'ts-mls/treemath.js';
import { own } from '../link/bytes.ts';
import type { Group } from './group.ts';
import type { Identity } from './identity.ts';
import { OPAQUE_SIGNER } from './suite.ts';

/** A payload has its final size already (chatText.ts). */
const UNPADDED = { kind: 'padUntilLength', padUntilLength: 0 } as const;

export class ChatKeys {
  readonly #id: Pick<Identity, 'suite' | 'config'>;
  readonly #group: Pick<Group, 'state' | 'selfLeaf'>;
  /** The epoch's other secrets die with it at once; this one is wiped here. */
  readonly #senderDataSecret: Uint8Array;
  /** The secret that it is made of, until somebody writes: whoever joins does not wait for it. */
  #tree: SecretTree | Uint8Array;
  #wiped = false;

  constructor(
    id: Pick<Identity, 'suite' | 'config'>,
    group: Pick<Group, 'state' | 'selfLeaf' | 'messageSecrets'>,
  ) {
    this.#id = id;
    this.#group = group;
    this.#senderDataSecret = own(group.state.keySchedule.senderDataSecret);
    this.#tree = group.messageSecrets;
  }

  async #secretTree(): Promise<SecretTree> {
    // What is wiped is known to everybody.
    if (this.#wiped) throw new Error('the epoch is over');
    if (!(this.#tree instanceof Uint8Array)) return this.#tree;
    const secret = this.#tree;
    const { ratchetTree } = this.#group.state;
    this.#tree = await createSecretTree(leafWidth(ratchetTree.length), secret, this.#id.suite.kdf);
    zeroOutUint8Array(secret);
    return this.#tree;
  }

  async seal(payload: Uint8Array): Promise<Uint8Array> {
    const { state, selfLeaf } = this.#group;
    const tree = await this.#secretTree();
    const sealed = await protectApplicationData(
      OPAQUE_SIGNER,
      this.#senderDataSecret,
      payload,
      new Uint8Array(),
      state.groupContext,
      tree,
      selfLeaf,
      UNPADDED,
      this.#id.suite,
    );
    this.#used(sealed.newSecretTree, sealed.consumed);
    const { privateMessage } = sealed;
    return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_private_message', privateMessage });
  }

  /** The sender's leaf is the one whose key has signed it. Throws for everything that is not a message of this epoch, unread. */
  async open(message: PrivateMessage): Promise<{ leaf: number; payload: Uint8Array }> {
    const { state } = this.#group;
    const { keyRetentionConfig } = this.#id.config;
    const opened = await unprotectPrivateMessage(
      this.#senderDataSecret,
      message,
      await this.#secretTree(),
      state.ratchetTree,
      state.groupContext,
      keyRetentionConfig,
      this.#id.suite,
    );
    const { sender, ...content } = opened.content.content;
    // Nothing else comes in this way: commits go past the guard.
    if (content.contentType !== 'application' || sender.senderType !== 'member')
      throw new Error('not said by a member');
    this.#used(opened.tree, opened.consumed);
    return { leaf: sender.leafIndex, payload: content.applicationData };
  }

  #used(tree: SecretTree, consumed: readonly Uint8Array[]): void {
    this.#tree = tree;
    for (const secret of consumed) zeroOutUint8Array(secret);
  }

  wipe(): void {
    this.#wiped = true;
    zeroOutUint8Array(this.#senderDataSecret);
    wipeMessageSecrets(this.#tree);
  }
}

export function wipeMessageSecrets(secrets: SecretTree | Uint8Array): void {
  // ts-mls leaves holes in the list.
  const all = secrets instanceof Uint8Array ? [secrets] : allSecretTreeValues(secrets);
  for (const secret of all) if (secret) zeroOutUint8Array(secret);
}
