// One stay in one meeting, from entering to erasing the keys. Everything is done one after the other, in the order it came.
//
//   new ──enter──▶ entered ──found─────────────────────────▶ member ──left, removed, expired──▶ ended
//                     └──await-welcome──▶ waiting ──Welcome────▶ │ ▲
//                                                  replay-gone   ▼ │ Welcome
//                                                           rejoining (old keys still receive)
import type { FromGroup, ToGroup } from '#e2ee/messages.ts';
import { type Arrival, claimBody, isTicket, MeetingId, type RoomId, signedBytes } from '#protocol';
import { toBase64url } from '../link/base64url.ts';
import { equalBytes } from '../link/bytes.ts';
import { parseFragment } from '../link/fragment.ts';
import { cleanName } from '../link/names.ts';
import { type ChatInput, isForChat } from './chat.ts';
import type { TimerName } from './committing.ts';
import { foundingPolicy } from './founding.ts';
import { gateTo } from './gate.ts';
import { foundGroup, type Group, groupFrom, wipeGroup } from './group.ts';
import type { Host } from './host.ts';
import { type HostingInput, isForHosting } from './hosting.ts';
import { isHost, meetingOf } from './hosts.ts';
import { NOTHING, stricter } from './imposed.ts';
import { decodeWelcome, type Joined, joinFromWelcome, ownPackageFor, WelcomeRefused } from './join.ts';
import { lifeToFound } from './life.ts';
import { keepRoom, makeRoom } from './makingRooms.ts';
import { Membership } from './membership.ts';
import { fingerprint } from './safetyCode.ts';
import { addPackage, makeStay, ownRights, type Stay, usePackage, wipeStay } from './stay.ts';
import { isStrongEnough } from './suite.ts';
import { Timers } from './timers.ts';

/** A Welcome that should have come has not: ask to be added anew after this long, doubling each time. */
const WELCOME_MS = 4000;
const WELCOME_MAX_MS = 60_000;
/** Timers stand still while the device sleeps: the clock is looked at this often. More: keys live longer after waking. */
const LOOK_AT_CLOCK_MS = 1000;

export interface GroupSession {
  /** Resolves when this input has been dealt with. Never rejects: what goes wrong is emitted as `fault`. */
  handle(input: Exclude<ToGroup, { type: 'media-port' }>): Promise<void>;
  /** Resolves when everything so far, timers that have fired included, has been dealt with. */
  idle(): Promise<void>;
}

type Input = Parameters<GroupSession['handle']>[0];
type Of<T extends Input['type']> = Extract<Input, { type: T }>;
type Enter = Of<'enter'>;
/** What is for somebody who is in a room, and is neither for the host's side of it nor for the chat. */
type Inside = Exclude<Input, HostingInput | ChatInput | Of<'make-room' | 'keep-room' | 'enter'>>;

class Session implements GroupSession {
  readonly #host: Host;
  readonly #timers: Timers<TimerName>;
  #tail: Promise<void> = Promise.resolve();
  #stay: Stay | undefined;
  /** That this page was in last, in whatever stay. */
  #lastMeeting: { readonly roomId: RoomId; readonly meetingId: MeetingId } | undefined;

  constructor(host: Host) {
    this.#host = host;
    this.#timers = new Timers(host);
  }

  handle(input: Input): Promise<void> {
    return this.#enqueue(() => this.#dispatch(input));
  }

  async idle(): Promise<void> {
    for (let seen: Promise<void> | undefined; seen !== this.#tail; ) {
      seen = this.#tail;
      await seen;
    }
  }

  #enqueue(task: () => Promise<void>): Promise<void> {
    let stay: Stay | undefined;
    const begin = () => {
      stay = this.#stay;
      return task();
    };
    this.#tail = this.#tail.then(begin).catch((e: unknown) => {
      // It was under way when the stay ended, and its keys went from under it.
      if (stay && stay !== this.#stay) return;
      const reason = e instanceof Error ? e.message.slice(0, 180) : 'unknown';
      this.#host.emit({ type: 'fault', reason });
    });
    return this.#tail;
  }

  async #dispatch(input: Input): Promise<void> {
    if (input.type === 'make-room') return makeRoom(this.#host);
    if (input.type === 'keep-room') return keepRoom(this.#host, input);
    if (input.type === 'enter') return this.#enter(input);
    const stay = this.#stay;
    if (!stay) {
      // After the end the page may still hand on what the server had sent. Leaving is answered, whatever was there to leave.
      if (input.type === 'leave') this.#host.emit({ type: 'ended', reason: 'left' });
      return;
    }
    if (this.#expired(stay)) return this.#end('expired');
    if (isForHosting(input)) return this.#hostDeed(stay, input);
    if (isForChat(input)) return stay.chat.handle(input);
    await this.#dispatchInside(stay, input);
  }

  async #dispatchInside(stay: Stay, input: Inside): Promise<void> {
    const { member } = stay;
    switch (input.type) {
      case 'found':
        return this.#found(stay, input);
      case 'await-welcome':
        return this.#awaitWelcome(stay, input);
      case 'restricted':
        return this.#restricted(stay, input);
      case 'peer-arrived':
        return this.#arrived(stay, input.arrival);
      case 'peer-presence':
        this.#present(stay, input);
        return member?.news();
      case 'committed':
        if (stay.meetingId) this.#expectWelcome(stay);
        return member?.committed(input.commit);
      case 'reverted':
        return member?.reverted(input.epoch, input.from);
      case 'welcomed':
        return this.#welcomed(stay, input);
      case 'confirmed':
        if (stay.meetingId) this.#expectWelcome(stay);
        return member?.confirmed(input.epoch, input.tags);
      case 'commit-answered':
        return member?.offerAnswered(input.id, input.outcome);
      case 'reconnected':
        return stay.meetingId ? this.#askRejoinAgain(stay) : member?.askReplay();
      case 'replayed':
        return member?.replayed(input.epoch, input.commits);
      case 'replay-gone':
        return member?.replayGone();
      case 'refresh':
        return member?.refresh();
      case 'mark-checked':
        return member?.markChecked();
      case 'leave':
        return this.#end('left');
    }
  }

  /** Afterwards there may be something to commit, and something else to show. */
  async #hostDeed(stay: Stay, input: HostingInput): Promise<void> {
    await stay.hosting.handle(input);
    if (this.#stay === stay) stay.member?.news();
  }

  // ── before the meeting ───────────────────────────────────────────────────────────────────────────────────────────────

  async #enter(input: Enter): Promise<void> {
    const fragment = parseFragment(input.fragment);
    const name = cleanName(input.name);
    if (this.#stay || !fragment || name === '') {
      const reason = this.#stay
        ? 'Already in a room.'
        : fragment
          ? 'The name is empty.'
          : 'The link is incomplete.';
      this.#host.emit({ type: 'fault', reason });
      return;
    }
    const ended = () => this.#end('ended-by-host');
    const { stay, own } = await makeStay(gateTo(this.#host), { ...input, name, fragment }, ended);
    this.#stay = stay;
    const { device, roomId, peerId } = stay.id;
    const signature = await device.sign(signedBytes('claim', claimBody(roomId, peerId)));
    const { certificate } = stay.room;
    this.#host.emit({
      type: 'entered',
      keyPackage: own.bytes,
      linkProof: own.linkProof,
      fingerprint: fingerprint(device.publicKey),
      claim: { key: device.publicKey, signature },
      suite: stay.suite,
      ...(certificate ? { certificate } : {}),
    });
  }

  async #arrived(stay: Stay, arrival: Arrival): Promise<void> {
    if (arrival.peerId === stay.id.peerId) return;
    const leaf = stay.member?.group.roster.byPeer.get(arrival.peerId)?.node;
    const verdict = await stay.arrivals.announce(arrival, this.#host.now(), leaf);
    if (verdict.kind === 'refused' || verdict.kind === 'doubtful')
      this.#host.emit({ type: 'refused', what: 'arrival', reason: verdict.reason });
    if (verdict.kind === 'refused') return;
    // After a reconnect the server repeats what it had pushed: a departure, and then the arrival that came after it.
    if (verdict.kind === 'spent') stay.presence.returned(arrival.peerId);
    stay.hosting.arrived();
    stay.member?.news();
  }

  #present({ arrivals, presence }: Stay, { peerId, presence: state }: Of<'peer-presence'>): void {
    const nth = state === 'left' ? arrivals.left(peerId) : arrivals.next();
    presence.set(peerId, state, { nth, at: this.#host.now() });
  }

  // ── into the group ───────────────────────────────────────────────────────────────────────────────────────────────────

  async #found(stay: Stay, input: Extract<Input, { type: 'found' }>): Promise<void> {
    if (stay.member && !stay.meetingId) {
      this.#host.emit({ type: 'refused', what: 'welcome', reason: 'told to found a group while in one' });
      return;
    }
    const { meetingId } = input;
    const current = stay.member?.group.policy.meetingId;
    if (current && toBase64url(current) === meetingId) {
      // Its epochs would count from 0 again under a name that the media worker has higher ones of.
      this.#host.emit({ type: 'refused', what: 'welcome', reason: 'told to found a group that exists' });
      return;
    }
    const known = stay.member?.group.policy ?? stay.room.life;
    const now = this.#host.now();
    const { life, tooLate } = await lifeToFound(stay.id, { known, said: input, now });
    if (tooLate)
      this.#host.emit({
        type: 'refused',
        what: 'lifetime',
        reason: 'the server would let the room live longer',
      });
    if (life.expiresAt <= now) return this.#end('expired');
    const imposed = stricter(input.imposed ?? NOTHING, stay.restriction.imposed);
    const policy = await foundingPolicy(stay.id, stay.room, { ...life, meetingId, imposed });
    if (!policy) {
      const reason = 'told to found a group without being a host';
      this.#host.emit({ type: 'refused', what: 'welcome', reason });
      return;
    }
    if (!isStrongEnough(stay.id.suite, policy)) {
      const reason = 'told to found a group of a weaker cipher suite than it must have';
      this.#host.emit({ type: 'refused', what: 'welcome', reason });
      return;
    }
    const own = stay.packages.at(-1) ?? (await addPackage(stay, this.#host.now()));
    const group = await foundGroup(stay.id, own, { policy, cache: stay.cache });
    usePackage(stay, own);
    await this.#become(stay, group, true);
    stay.hosting.founded();
  }

  async #become(stay: Stay, group: ReturnType<typeof groupFrom>, founder: boolean): Promise<void> {
    if (this.#stay !== stay) return wipeGroup(group);
    const before = stay.member;
    // Another group counts its epochs anew; the media worker takes no epoch twice.
    if (before && !sameMeeting(before.group, group)) this.#host.toMedia({ type: 'erase' });
    this.#timers.clearAll();
    stay.meetingId = undefined;
    stay.rejoins = 0;
    stay.member = new Membership(
      {
        ...stay,
        host: stay.gate.host,
        timers: this.#timers,
        wishes: stay.hosting,
        advanced: (now, policy) => stay.hosting.advanced(now, policy),
        enqueue: (task) => void this.#enqueue(() => (this.#stay === stay ? task() : Promise.resolve())),
        removed: () => this.#end('removed'),
        rejoin: () => this.#rejoin(stay),
      },
      group,
      { founder },
    );
    if (before) {
      stay.member.changesFrom(before);
      before.wipe();
    }
    this.#watchClock(stay);
    this.#noteMeeting(stay, group, founder);
    await stay.member.start();
    // Keys first, as in every later epoch; a host may then have something to put into the group.
    if (this.#stay !== stay) return;
    await stay.hosting.became(group);
    if (this.#stay === stay) stay.member?.news();
  }

  /** A founder goes by what it does: the server may name the new meeting like the old one. */
  #noteMeeting({ id, gate }: Stay, { policy }: Pick<Group, 'policy'>, founder: boolean): void {
    const [before, meetingId] = [this.#lastMeeting, meetingOf(policy)];
    this.#lastMeeting = { roomId: id.roomId, meetingId };
    if (before?.roomId !== id.roomId || (!founder && before.meetingId === meetingId)) return;
    gate.host.emit({ type: 'began-anew', host: isHost(policy, id.device.publicKey) });
  }

  async #awaitWelcome(stay: Stay, { meetingId, right }: Of<'await-welcome'>): Promise<void> {
    if (!stay.member || stay.meetingId) {
      stay.meetingId = meetingId;
      stay.rights = await ownRights(stay.room, right);
      if (right && !isTicket(right)) await stay.room.receive(right);
    } else this.#host.emit({ type: 'refused', what: 'welcome', reason: 'told to wait while in a group' });
  }

  async #welcomed(stay: Stay, input: Of<'welcomed'>): Promise<void> {
    const { meetingId } = stay;
    if (stay.used && equalBytes(stay.used, input.welcome)) return;
    if (!meetingId) {
      // Nobody waits: a Welcome would replace a group that works.
      this.#host.emit({ type: 'refused', what: 'welcome', reason: 'it was not asked for' });
      return;
    }
    const joined = await this.#opened(stay, meetingId, input);
    if (joined) await this.#become(stay, groupFrom(joined), false);
  }

  /** Undefined when the Welcome was refused, which has been said then. */
  async #opened(stay: Stay, meetingId: MeetingId, input: Of<'welcomed'>): Promise<Joined | undefined> {
    try {
      const welcome = decodeWelcome(stay.id, input.welcome);
      const own = await ownPackageFor(stay.id, welcome, stay.packages);
      if (!own) throw new WelcomeRefused('it is not for us');
      const before = stay.member?.group;
      const returns = before !== undefined && meetingOf(before.policy) === meetingId;
      const { rights } = stay;
      const announced = { meetingId, epoch: input.epoch, nowMs: this.#host.now(), rights, returns };
      const joined = await joinFromWelcome(stay.id, own, { welcome, announced, cache: stay.cache });
      if (before && sameMeeting(before, joined) && input.epoch <= before.epoch)
        throw new WelcomeRefused('it leads into an epoch that is over');
      usePackage(stay, own);
      stay.used = input.welcome.slice();
      stay.arrivals.joined(joined.roster.byPeer);
      return joined;
    } catch (e) {
      const reason = e instanceof WelcomeRefused ? e.message : 'it does not open';
      this.#host.emit({ type: 'refused', what: 'welcome', reason });
      return undefined;
    }
  }

  // ── lost track ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The server treats us as a member, so a Welcome is there or was lost. */
  #expectWelcome(stay: Stay): void {
    if (this.#timers.has('rejoin')) return;
    const wait = Math.min(WELCOME_MS * 2 ** stay.rejoins, WELCOME_MAX_MS);
    this.#timers.set('rejoin', this.#host.now() + wait, () => {
      void this.#enqueue(async () => {
        if (this.#stay === stay && stay.meetingId) await this.#askRejoin(stay);
      });
    });
  }

  async #rejoin(stay: Stay): Promise<void> {
    const meetingId = stay.member?.group.policy.meetingId;
    if (!meetingId) return;
    stay.meetingId = MeetingId.parse(toBase64url(meetingId));
    // Commits were missed, and somebody may have been removed by one of them.
    stay.gate.host.toMedia({ type: 'hold' });
    await this.#askRejoin(stay);
  }

  async #askRejoin(stay: Stay): Promise<void> {
    const own = await addPackage(stay, this.#host.now());
    stay.rejoins++;
    stay.gate.host.emit({ type: 'ask-rejoin', keyPackage: own.bytes, linkProof: own.linkProof });
    this.#expectWelcome(stay);
  }

  /** Only after a rejoin was asked for: before that the server knows our first key package. */
  async #askRejoinAgain(stay: Stay): Promise<void> {
    if (stay.rejoins > 0) await this.#askRejoin(stay);
  }

  // ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Not in the queue: keys do not live on because a task in it hangs. */
  #watchClock(stay: Stay): void {
    if (this.#stay !== stay) return;
    if (this.#expired(stay)) {
      this.#end('expired');
      return;
    }
    const soon = this.#host.now() + LOOK_AT_CLOCK_MS;
    this.#timers.set('expiry', Math.min(endOf(stay), soon), () => this.#watchClock(stay));
  }

  #expired(stay: Stay): boolean {
    return this.#host.now() >= endOf(stay);
  }

  async #restricted(stay: Stay, { latestEnd, imposed }: Of<'restricted'>): Promise<void> {
    stay.restriction.take({ latestEnd, imposed });
    this.#watchClock(stay);
    if (this.#stay !== stay) return;
    stay.hosting.restricted();
    stay.chat.ruled();
    stay.member?.news();
  }

  #end(reason: Extract<FromGroup, { type: 'ended' }>['reason']): void {
    const stay = this.#stay;
    if (!stay) return;
    this.#stay = undefined;
    this.#timers.clearAll();
    this.#host.toMedia({ type: 'erase' });
    wipeStay(stay);
    this.#host.emit({ type: 'ended', reason });
  }
}

const endOf = ({ restriction, member }: Stay): number => restriction.endOf(member?.group.policy);

const sameMeeting = (a: Pick<Group, 'policy'>, b: Pick<Group, 'policy'>) =>
  equalBytes(a.policy.meetingId, b.policy.meetingId);

export const createGroupSession = (host: Host): GroupSession => new Session(host);
