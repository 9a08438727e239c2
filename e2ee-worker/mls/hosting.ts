// The host's side of one stay: takes what the page and the server say of door, rules and words to those who deal with it.
import type { Settings, ToGroup } from '#e2ee/messages.ts';
import { keyHash } from '../link/keyHash.ts';

import { admissionFault, isBlocked, sentOutAt } from './admission.ts';
import { DeedRefused, type DeedsDeps, groupAsHost, isHostNow } from './asHost.ts';
import type { HostWishes } from './committing.ts';
import { Decisions } from './decisions.ts';
import { Deeds } from './deeds.ts';
import { delegationMac } from './delegation.ts';
import { Door } from './door.ts';
import { blockedIn, withHost, withRoot } from './edits.ts';
import type { Group } from './group.ts';
import { entryOf, isListed, isRoot, meetingOf } from './hosts.ts';
import { hostNames } from './hostsHere.ts';
import type { OwnRoom } from './ownRoom.ts';
import type { People } from './people.ts';
import type { Policy } from './policy.ts';
import { PolicyQueue } from './policyQueue.ts';
import { Words } from './words.ts';

export interface HostingDeps extends Omit<DeedsDeps, 'door' | 'queue'> {
  readonly people: People;
  readonly room: OwnRoom;
  readonly rules: () => Settings | undefined;
  /** Somebody who may has ended the meeting. */
  readonly ended: () => void;
}

const TYPES = [
  'knocked',
  'knock-left',
  'knock-delegated',
  'lobby-hosts',
  'admit',
  'refuse',
  'remove',
  'unblock',
  'change-settings',
  'extend',
  'promote',
  'demote',
  'say',
  'said',
  'start-delegation',
  'delegate',
  'verify',
] as const;
export type HostingInput = Extract<ToGroup, { type: (typeof TYPES)[number] }>;
const types: ReadonlySet<string> = new Set(TYPES);
export const isForHosting = (input: ToGroup): input is HostingInput => types.has(input.type);

type Of<T extends HostingInput['type']> = Extract<HostingInput, { type: T }>;

export class Hosting implements HostWishes {
  readonly #d: HostingDeps;
  readonly #queue: PolicyQueue;
  readonly #door: Door;
  readonly #deeds: Deeds;
  readonly #decisions: Decisions;
  readonly #words: Words;
  #cameIn = false;

  constructor(deps: HostingDeps) {
    this.#d = deps;
    this.#queue = new PolicyQueue(deps.id, deps.host);
    this.#door = new Door({
      ...deps,
      isHost: () => isHostNow(deps),
      isBlocked: (who) => {
        const now = deps.group();
        return now !== undefined && isBlocked(now.policy, who);
      },
      mustKnock: (n) => {
        const now = deps.group();
        if (!now || n.spent || now.roster.byPeer.has(n.peerId) || sentOutAt(now.policy, n.keyHash) === 0)
          return false;
        const { signaturePublicKey: key } = n.keyPackage.leafNode;
        return admissionFault(now.policy, { ...n, key, replaces: false }, deps.host.now()) !== undefined;
      },
    });
    const all = { ...deps, queue: this.#queue, door: this.#door };
    this.#deeds = new Deeds(all);
    this.#decisions = new Decisions({ ...all, tellBlocked: () => this.#deeds.tellBlocked() });
    this.#words = new Words(deps.id.peerId, deps.host.now());
  }

  async handle(input: HostingInput): Promise<void> {
    try {
      await this.#dispatch(input);
    } catch (e) {
      if (!(e instanceof DeedRefused)) throw e;
      this.#d.host.emit({ type: 'deed-refused', reason: e.message });
    }
  }

  async #dispatch(input: HostingInput): Promise<void> {
    switch (input.type) {
      case 'knocked':
        return this.#door.knocked(input.arrival, input.since);
      case 'knock-left':
        return this.#door.left(input.peerId);
      case 'knock-delegated':
        return this.#decisions.delegated(input.peerId, input.mac);
      case 'lobby-hosts':
        return this.#hostsHere(input);
      case 'admit':
        return this.#decisions.admit(input);
      case 'refuse':
        return this.#decisions.refuse(input, input.block);
      case 'remove':
        return this.#deeds.remove(input.peerId, input.how);
      case 'unblock':
        return this.#deeds.unblock(input.key);
      case 'change-settings':
        return this.#deeds.changeSettings(input.settings);
      case 'extend':
        return this.#deeds.extend(input.expiresAt);
      case 'promote':
        return this.#deeds.promote(input.peerId);
      case 'demote':
        return this.#deeds.demote(input.peerId);
      case 'say':
        return this.#say(input);
      case 'said':
        return this.#said(input);
      case 'start-delegation':
        return this.#decisions.startDelegation();
      case 'delegate':
        return this.#delegate(input);
      case 'verify':
        return this.#verify(input);
    }
  }

  /** The server has let somebody in. */
  arrived(): void {
    this.#door.show();
  }

  /** The stay is over. */
  close(): void {
    this.#door.close();
  }

  // ── the group ────────────────────────────────────────────────────────────────────────────────────────────────────────

  isBanished = (key: Uint8Array): boolean => this.#deeds.isBanished(key);
  defiedSince = (key: Uint8Array): number | undefined => this.#deeds.defiedSince(key);
  wantsPolicy = (): boolean => !this.#queue.empty;
  makePolicy = (group: Group): Promise<Policy | undefined> => this.#queue.make(group);

  /** The server knows the rules of meetings that it has seen, which need not be those that this one begins with. */
  founded(): void {
    this.#deeds.tellSettings();
    const now = this.#d.group();
    if (now && blockedIn(now.policy).length > 0) this.#deeds.tellBlocked();
  }

  /** The server has announced something stricter. */
  restricted(): void {
    this.#deeds.impose();
  }

  /** In a group, newly. */
  async became(group: Group): Promise<void> {
    const { id, room } = this.#d;
    const key = id.device.publicKey;
    const { certificate } = room;
    const hash = keyHash(key);
    // Who was sent out and let in again is a guest, whatever it was before: the group would refuse anything else.
    if (certificate && !isListed(group.policy, key) && sentOutAt(group.policy, hash) === 0) {
      const who = { key, keyHash: hash, certificate };
      this.#queue.add({ edit: (p) => withHost(p, who), restoresSelf: true });
    }
    // Once: whoever steps down and is then added anew, being out of step, has not come back to be host.
    if (!this.#cameIn && isRoot(group.policy, key) && !group.policy.rootActive)
      this.#queue.add({ edit: withRoot, restoresSelf: true });
    this.#cameIn = true;
    await this.advanced(group, undefined);
  }

  /** `applied`: what a commit of ours has changed the policy to. */
  async advanced(group: Group, applied: Policy | undefined): Promise<void> {
    const { id, room, people, host } = this.#d;
    await this.#queue.applied(applied);
    this.#deeds.advanced(group);
    this.#deeds.impose();
    this.#door.show();
    // Another device of ours has made us a host of the room while we were at its door.
    const own = entryOf(group.policy, id.device.publicKey);
    if (own?.active) await room.receive(own.certificate);
    await room.rememberPolicy(group.policy);
    await people.meet(group.roster.members, host.now());
  }

  // ── at a door ────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #hostsHere({ hosts }: Of<'lobby-hosts'>): Promise<void> {
    const { host, id } = this.#d;
    host.emit({ type: 'lobby-hosts', names: await hostNames(id, hosts) });
  }

  async #delegate({ code }: Of<'delegate'>): Promise<void> {
    const { host, id, room } = this.#d;
    if (!room.remembers) throw new DeedRefused('A private session cannot be another device of a host.');
    const mac = await delegationMac(id.link, code, id.device.publicKey);
    host.emit({ type: 'ask-server', name: 'lobby:delegate', data: { mac } });
  }

  // ── words, and what people know of each other ────────────────────────────────────────────────────────────────────────

  async #say({ to, what }: Of<'say'>): Promise<void> {
    const { host, id } = this.#d;
    const { policy } = groupAsHost(this.#d);
    if (what === 'recording' && !this.#d.rules()?.recording)
      throw new DeedRefused('Nobody may record this meeting.');
    const receiver = what === 'end' ? undefined : to;
    const said = { meetingId: meetingOf(policy), to: receiver, what, now: host.now() };
    const word = await this.#words.say(id.device, said);
    const data = receiver === undefined ? { word } : { to: receiver, word };
    host.emit({ type: 'ask-server', name: 'host:say', data });
    if (what !== 'end') return;
    host.emit({ type: 'ask-server', name: 'host:end', data: {} });
    await this.#ended();
  }

  async #said({ word }: Of<'said'>): Promise<void> {
    const { host, group } = this.#d;
    const now = group();
    if (!now) return;
    const heard = await this.#words.hear(word, now, host.now());
    if (typeof heard === 'string') host.emit({ type: 'refused', what: 'word', reason: heard });
    else if (heard.what === 'end') await this.#ended();
    else if (heard.what === 'recording' || heard.what === 'recording-over')
      host.emit({
        type: 'recording',
        peerId: heard.by.peerId,
        by: heard.by.name,
        on: heard.what === 'recording',
      });
    else host.emit({ type: 'asked', what: heard.what, by: heard.by.name });
  }

  async #ended(): Promise<void> {
    const forgotten = this.#d.room.forgetPolicy();
    // Not after it: the keys do not wait for a disk.
    this.#d.ended();
    await forgotten;
  }

  /** Of a member, or of who waits. */
  async #verify(compared: Of<'verify'>): Promise<void> {
    const { group, host, people } = this.#d;
    const member = group()?.roster.byPeer.get(compared.peerId);
    const waiting = this.#door.find(compared.peerId);
    const who = member
      ? { ...member, key: member.node.signaturePublicKey }
      : waiting && { ...waiting, name: waiting.knock.name };
    const problem = await people.verify(who, compared, host.now());
    if (problem) throw new DeedRefused(problem);
    this.#door.lookAgain();
  }
}
