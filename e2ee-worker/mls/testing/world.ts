// For tests and benches only: a room full of group sessions, each with a stand-in for the page, around one delivery
// service, in virtual time.
import { createHash } from 'node:crypto';
import type { FromGroup, GroupToMedia, GroupView, ToGroup } from '#e2ee/messages.ts';
import type { PeerId, Suite } from '#protocol';
import { equalBytes } from '../../link/bytes.ts';
import { parseFragment } from '../../link/fragment.ts';
import { memoryVault, type Vault } from '../../vault/deviceKey.ts';
import type { Host } from '../host.ts';
import { createGroupSession, type GroupSession } from '../session.ts';
import { VirtualClock } from './clock.ts';
import { DeliveryService, type LetIn, newPeerId, type ServerPush, type Shown } from './delivery.ts';
import { type Random, seeded } from './random.ts';

type Input = Exclude<ToGroup, { type: 'media-port' }>;
type Of<T extends { type: string }, K extends T['type']> = Extract<T, { type: K }>;

/** What the network does with one message. */
export type Fate = 'deliver' | 'drop' | 'twice' | { readonly delayMs: number };

export interface WorldOptions {
  readonly latencyMs?: number;
  readonly lifetimeMs?: number;
  readonly seed?: number;
  /** Who comes in by link, or waits at a lobby. */
  readonly admission?: 'link' | 'lobby';
  readonly suite?: Suite;
  readonly fate?: (page: Page, push: ServerPush) => Fate;
}

const LATENCY_MS = 10;
export const LIFETIME_MS = 24 * 3600_000;

export class Page {
  readonly peerId: PeerId = newPeerId();
  readonly name: string;
  readonly session: GroupSession;
  readonly emitted: FromGroup[] = [];
  readonly media: GroupToMedia[] = [];
  view: GroupView | undefined;
  /** What the server has said at the end of it, when it turned this page away. */
  turnedAway: string | undefined;
  online = true;
  /** How far this device's clock is ahead of the others'. */
  clockAheadMs = 0;
  /** What the page does with what the worker says; tests replace it to be nasty. */
  onEmit: (m: FromGroup) => void;
  /** Takes over the key in it. */
  onMedia: (m: GroupToMedia) => void = (m) => void this.media.push(m);
  readonly #world: World;

  constructor(world: World, name: string, vault: Vault = memoryVault()) {
    this.#world = world;
    this.name = name;
    this.onEmit = (m) => this.relay(m);
    const host: Host = {
      emit: (m) => {
        this.emitted.push(m);
        if (m.type === 'view') this.view = m.view;
        this.onEmit(m);
      },
      toMedia: (m) => this.onMedia(m),
      now: () => world.clock.now() + this.clockAheadMs,
      setTimer: (ms, fire) => world.clock.setTimer(ms, fire),
      random: (n) => world.random.bytes(n),
      vault,
    };
    this.session = createGroupSession(host);
  }

  all<K extends FromGroup['type']>(type: K): Of<FromGroup, K>[] {
    return this.emitted.filter((m): m is Of<FromGroup, K> => m.type === type);
  }

  /** What a host's page shows of this one at the door. */
  get card(): { peerId: PeerId; fingerprint: string } {
    return { peerId: this.peerId, fingerprint: this.all('entered').at(-1)?.fingerprint ?? '' };
  }

  epochs(): Of<GroupToMedia, 'epoch'>[] {
    return this.media.filter((m) => m.type === 'epoch');
  }

  get ended(): boolean {
    return this.all('ended').length > 0;
  }

  give(input: Input): Promise<void> {
    return this.session.handle(input);
  }

  /** Client to server. */
  relay(m: FromGroup): void {
    if (!this.online) {
      if (m.type === 'send-chat')
        this.#soon(() => this.give({ type: 'chat-answered', id: m.id, outcome: 'failed' }));
      if (m.type === 'send-commit')
        this.#soon(() => this.give({ type: 'commit-answered', id: m.id, outcome: 'failed' }));
      return;
    }
    this.#soon(() => this.#request(m));
  }

  #soon(f: () => unknown): void {
    this.#world.clock.setTimer(this.#world.latencyMs, () => void f());
  }

  #request(m: FromGroup): void {
    const { delivery } = this.#world;
    const { peerId } = this;
    if (m.type === 'entered') this.#join(m);
    else if (m.type === 'ask-server') this.#errand(m);
    else if (m.type === 'send-commit') {
      const outcome = delivery.commit(peerId, m);
      this.#soon(() => this.give({ type: 'commit-answered', id: m.id, outcome }));
    } else if (m.type === 'send-chat') {
      const outcome = delivery.chat(peerId, m.epoch, m.message);
      this.#soon(() => this.give({ type: 'chat-answered', id: m.id, outcome }));
    } else if (m.type === 'send-applied') delivery.applied(peerId, m.epoch, m.tag);
    else if (m.type === 'ask-replay') {
      const log = delivery.replay(m.since);
      this.#soon(() => this.give(log ? { type: 'replayed', ...log } : { type: 'replay-gone' }));
    } else if (m.type === 'ask-rejoin') {
      delivery.rejoin({ peerId, keyPackage: m.keyPackage, linkProof: m.linkProof });
    }
  }

  #errand(m: Of<FromGroup, 'ask-server'>): void {
    const { delivery } = this.#world;
    if (m.name === 'lobby:delegate') delivery.delegate(this.peerId, m.data.mac);
    else if (!delivery.isHost(this.peerId)) return;
    else if (m.name === 'host:admit') delivery.admit(m.data.peerId, m.data.ticket, m.data.certificate);
    else if (m.name === 'host:refuse') delivery.refuse(m.data.peerId, m.data.block);
    else if (m.name === 'host:remove') delivery.remove(m.data.peerId);
    else if (m.name === 'host:reject') delivery.reject(m.data.epoch);
    else if (m.name === 'host:say') delivery.say(this.peerId, m.data.to, m.data.word);
    else if (m.name === 'host:extend') {
      delivery.expiresAt = m.data.expiresAt;
      delivery.extended = m.data.policy;
    } else if (m.name === 'host:settings') delivery.set(m.data);
    else if (m.name === 'host:promote') delivery.promote(m.data.certificate);
    else if (m.name === 'host:demote') delivery.demote(m.data.peerId);
  }

  #join(m: Of<FromGroup, 'entered'>): void {
    const { key } = m.claim;
    const root = parseFragment(this.#world.fragment)?.hostKeyHash;
    const hash = createHash('sha256').update(key).digest();
    const isRoot = root !== undefined && equalBytes(hash.subarray(0, root.byteLength), root);
    const { peerId } = this;
    const { keyPackage, linkProof, certificate } = m;
    const arrival = { peerId, keyPackage, linkProof, ...(certificate ? { right: certificate } : {}) };
    const shown: Shown = { key, isHost: isRoot || certificate !== undefined };
    const answer = this.#world.delivery.join(arrival, (p) => this.#world.send(this, p), shown);
    if (answer.entry === 'lobby') return;
    this.#soon(() => {
      if (answer.entry === 'found') void this.give({ type: 'found', ...this.#world.delivery.life });
      else this.#letIn(answer);
    });
  }

  #letIn({ peers, meetingId, right }: LetIn): void {
    for (const p of peers) {
      void this.give({ type: 'peer-presence', peerId: p.peerId, presence: p.presence });
      if (p.arrival) void this.give({ type: 'peer-arrived', arrival: p.arrival });
    }
    const own = right ? { right: Uint8Array.from(right) } : {};
    void this.give({ type: 'await-welcome', meetingId, ...own });
  }

  /** Server to client. */
  receive(p: ServerPush): void {
    if (p.type === 'arrived') void this.give({ type: 'peer-arrived', arrival: p.arrival });
    else if (p.type === 'presence') {
      void this.give({ type: 'peer-presence', peerId: p.peerId, presence: p.presence });
    } else if (p.type === 'let-in') this.#letIn(p.answer);
    else if (p.type === 'turned-away') this.turnedAway = p.reason;
    else if (p.type === 'said') void this.give({ type: 'said', word: Uint8Array.from(p.word) });
    else if (p.type === 'knock-delegated') void this.give({ ...p, mac: Uint8Array.from(p.mac) });
    else void this.give(p);
  }

  enter(fragment: string): Promise<void> {
    const { roomId } = this.#world.delivery;
    const { peerId, name } = this;
    return this.give({
      type: 'enter',
      roomId,
      fragment,
      peerId,
      name,
      suite: this.#world.suite,
      privateSession: false,
    });
  }

  /** Closes the page, says so to the server. */
  leave(): void {
    this.online = false;
    this.#soon(() => this.#world.delivery.leave(this.peerId));
    void this.give({ type: 'leave' });
  }
}

export class World {
  readonly clock = new VirtualClock();
  readonly delivery: DeliveryService;
  readonly pages: Page[] = [];
  readonly latencyMs: number;
  readonly lifetimeMs: number;
  /** Of all sessions, so that times repeat; the keys of MLS itself are random all the same. */
  readonly random: Random;
  /** Others whose work must be done before time goes on. */
  readonly also: { idle(): Promise<void> }[] = [];
  fate: (page: Page, push: ServerPush) => Fate;
  fragment = '';

  readonly suite: Suite;
  constructor(o: WorldOptions = {}) {
    this.latencyMs = o.latencyMs ?? LATENCY_MS;
    this.lifetimeMs = o.lifetimeMs ?? LIFETIME_MS;
    this.random = seeded(o.seed ?? 1);
    this.fate = o.fate ?? (() => 'deliver');
    this.delivery = new DeliveryService({
      expiresAt: this.clock.now() + this.lifetimeMs,
      latestEnd: this.clock.now() + 2 * this.lifetimeMs,
      setTimer: (ms, fire) => this.clock.setTimer(ms, fire),
      now: () => this.clock.now(),
    });
    this.delivery.lobby = o.admission === 'lobby';
    this.suite = o.suite ?? 'x25519';
  }

  send(page: Page, push: ServerPush): void {
    const fate = this.fate(page, push);
    const deliver = (ms: number) =>
      this.clock.setTimer(ms, () => {
        if (page.online) page.receive(push);
      });
    if (fate === 'drop') return;
    deliver(this.latencyMs + (typeof fate === 'object' ? fate.delayMs : 0));
    if (fate === 'twice') deliver(this.latencyMs + 1);
  }

  add(name: string, vault?: Vault): Page {
    const page = new Page(this, name, vault);
    this.pages.push(page);
    return page;
  }

  /** Runs until the condition holds; throws when virtual time runs out. */
  async until(condition: () => boolean, limitMs = 60_000): Promise<void> {
    const end = this.clock.now() + limitMs;
    for (;;) {
      await this.idle();
      if (condition()) return;
      if (!this.clock.step(end)) throw new Error(`Not so within ${limitMs} ms of virtual time: ${condition}`);
    }
  }

  /** Lets time pass. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.now() + ms;
    do await this.idle();
    while (this.clock.step(end));
    await this.idle();
  }

  async idle(): Promise<void> {
    await Promise.all([...this.pages.map((p) => p.session.idle()), ...this.also.map((a) => a.idle())]);
  }

  /** Everybody who is there on one epoch, with the same code, each seeing exactly `pages`. */
  together(pages: readonly Page[]): boolean {
    const [first] = pages;
    return pages.every(
      (p) =>
        p.view !== undefined &&
        p.view.epoch === first?.view?.epoch &&
        p.view.members.length === pages.length &&
        p.view.safetyCode.join() === first?.view?.safetyCode.join(),
    );
  }

  /** A founder who has made the room and is in the group. */
  async found(name = 'Ada', vault?: Vault): Promise<Page> {
    const page = this.add(name, vault);
    await this.makeRoom(page);
    await page.enter(this.fragment);
    await this.until(() => page.view !== undefined);
    return page;
  }

  async makeRoom(page: Page): Promise<void> {
    await page.give({ type: 'make-room' });
    this.fragment = page.all('room-made')[0]?.fragment ?? '';
    const { roomId, lobby, expiresAt, latestEnd } = this.delivery;
    const chosen = { lifetimeMs: this.lifetimeMs, longestMs: 2 * this.lifetimeMs };
    await page.give({ type: 'keep-room', roomId, lobby, suite: this.suite, ...chosen, expiresAt, latestEnd });
  }

  /** Knocks, and is let in by `host`. */
  async admit(host: Page, name: string, vault?: Vault): Promise<Page> {
    const page = await this.join(name, vault);
    await this.until(() => knocksOf(host).includes(page.peerId));
    await host.give({ type: 'admit', ...page.card });
    await this.until(() => page.view !== undefined);
    return page;
  }

  async join(name: string, vault?: Vault): Promise<Page> {
    const page = this.add(name, vault);
    await page.enter(this.fragment);
    return page;
  }

  /** A group of `n`, everybody on the same epoch. */
  async meeting(n: number): Promise<Page[]> {
    const pages = [await this.found('Member 0')];
    for (let i = 1; i < n; i++) pages.push(await this.join(`Member ${i}`));
    await this.until(() => this.together(pages));
    return pages;
  }
}

/** Who waits at the door, as this page shows it. */
export const knocksOf = (page: Page): PeerId[] =>
  page
    .all('knocks')
    .at(-1)
    ?.knocks.map((k) => k.peerId) ?? [];
