// Changes to the policy that this host wants, one commit after the other; each is made anew when another commit was quicker.
import { equalBytes } from '../link/bytes.ts';
import { DeedRefused } from './asHost.ts';
import { type Draft, EditRefused } from './edits.ts';
import type { Group } from './group.ts';
import type { Host } from './host.ts';
import { isHost, signPolicy } from './hosts.ts';
import type { Identity } from './identity.ts';
import { encodeBody, type Policy } from './policy.ts';
import { changeFault } from './policyChange.ts';

/** A page that asks for more at once is not one that a person uses. */
const MAX_WISHES = 256;

export interface Wish {
  readonly edit: (draft: Draft, group: Group) => Draft | Promise<Draft>;
  /** Once the group has the change, or had it already. */
  readonly applied?: () => Promise<void> | void;
  /** The one change that a device may make that is no host yet: to put itself on the list. */
  readonly restoresSelf?: true;
}

export class PolicyQueue {
  readonly #id: Identity;
  readonly #host: Pick<Host, 'emit'>;
  #wishes: readonly Wish[] = [];
  #offered: { readonly policy: Policy; readonly wish: Wish } | undefined;

  constructor(id: Identity, host: Pick<Host, 'emit'>) {
    this.#id = id;
    this.#host = host;
  }

  get empty(): boolean {
    return this.#wishes.length === 0;
  }

  add(wish: Wish): void {
    if (this.#wishes.length >= MAX_WISHES) throw new DeedRefused('Too many changes at once.');
    this.#wishes = [...this.#wishes, wish];
  }

  /** The policy to be committed next, signed; undefined when nothing is left to change. */
  async make(group: Group): Promise<Policy | undefined> {
    for (let wish = this.#wishes[0]; wish; wish = this.#wishes[0]) {
      const made = await this.#try(wish, group);
      if (made instanceof Object) {
        this.#offered = { policy: made, wish };
        return made;
      }
      this.#drop(wish);
      if (made === 'unchanged') await this.#done(wish);
    }
    return undefined;
  }

  async #try(wish: Wish, group: Group): Promise<Policy | 'unchanged' | 'refused'> {
    const before = group.policy;
    const key = this.#id.device.publicKey;
    if (!wish.restoresSelf && !isHost(before, key)) return this.#refuse('This device is no host any more.');
    try {
      const draft: Draft = { ...before, revision: before.revision + 1 };
      const edited = await wish.edit(draft, group);
      if (sameRules(draft, edited)) return 'unchanged';
      const after = await signPolicy(this.#id.device, edited);
      const present = group.roster.members.map((m) => m.node.signaturePublicKey);
      const { rootHostHash } = this.#id;
      const fault = await changeFault({ before, after, sender: key, present, rootHostHash });
      return fault === undefined ? after : this.#refuse(`The group would refuse this: ${fault}.`);
    } catch (e) {
      if (e instanceof EditRefused) return this.#refuse(e.message);
      throw e;
    }
  }

  #refuse(reason: string): 'refused' {
    this.#host.emit({ type: 'deed-refused', reason });
    return 'refused';
  }

  #drop(wish: Wish): void {
    this.#wishes = this.#wishes.filter((w) => w !== wish);
  }

  /** A commit of ours has won; `policy` is what it changed the policy to, if it did. */
  async applied(policy: Policy | undefined): Promise<void> {
    const offered = this.#offered;
    if (!offered || offered.policy !== policy) return;
    this.#offered = undefined;
    this.#drop(offered.wish);
    await this.#done(offered.wish);
  }

  /** What follows may make no sense any more by then; the commit that it followed stands. */
  async #done(wish: Wish): Promise<void> {
    try {
      await wish.applied?.();
    } catch (e) {
      if (!(e instanceof DeedRefused)) throw e;
      this.#refuse(e.message);
    }
  }
}

const nobody = new Uint8Array(32);
const sameRules = (a: Draft, b: Draft) =>
  equalBytes(encodeBody({ ...a, signer: nobody }), encodeBody({ ...b, signer: nobody }));
