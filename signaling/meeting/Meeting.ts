// One meeting: who is in it, its group, its door, and where its media is. Holds these together and decides nothing.
import { isDeepStrictEqual } from 'node:util';
import {
  MAX_PEERS,
  MAX_PEERS_X_WING,
  MeetingId,
  type PeerId,
  type Push,
  type PushName,
  type Suite,
} from '#protocol';
import type { Clock } from '../clock.ts';
import { latestEndOf } from '../lifetimes.ts';
import { newId } from '../newId.ts';
import type { Peer } from '../peer.ts';
import { imposedBy, needsLobby, type Rules, strictest, suiteOf } from '../policy/rules.ts';
import type { Room } from '../rooms.ts';
import type { SfuLink } from '../sfuLink.ts';
import type { Visitor } from '../visitor.ts';
import { Confirmations } from './Confirmations.ts';
import { Door } from './Door.ts';
import { Group } from './Group.ts';
import { KeyPackages } from './KeyPackages.ts';

/** A meeting on one sfu. Another placement object means: everything on the earlier one is gone. */
export interface Placement {
  readonly sfu: SfuLink;
  /** False: it could not be opened there. */
  readonly opened: Promise<boolean>;
}

const MOST: Record<Suite, number> = { x25519: MAX_PEERS, 'x-wing': MAX_PEERS_X_WING };

interface Beginning {
  readonly room: Room;
  readonly rules: Rules;
  readonly clock: Clock;
  /** Of the meeting that this one goes on from. */
  readonly before?: Door | undefined;
}

export class Meeting {
  readonly id: MeetingId = newId(MeetingId);
  /** Its end may be moved. */
  room: Room;
  /** In the order of their arrival. */
  readonly peers = new Map<PeerId, Peer>();
  readonly group = new Group();
  readonly keyPackages = new KeyPackages();
  readonly door: Door;
  readonly suite: Suite;
  readonly confirmations: Confirmations;
  placement: Placement | undefined;
  over = false;
  /** What those are told who come later; undefined while nothing has become stricter. */
  restriction: Push<'room:restricted'> | undefined;
  readonly #clock: Clock;
  #rules: Rules;

  constructor({ room, rules, clock, before }: Beginning) {
    this.room = room;
    this.#rules = rules;
    this.#clock = clock;
    this.door = new Door({ lobby: room.lobby || needsLobby(rules) }, before);
    this.suite = suiteOf(room, rules);
    this.confirmations = new Confirmations(clock, (news) =>
      this.push('group:confirmed', news, this.members()),
    );
  }

  /** Become stricter while it runs, never looser. */
  get rules(): Rules {
    return this.#rules;
  }

  /** People in it at once. */
  get most(): number {
    return Math.min(this.#rules.maxParticipants, MOST[this.suite]);
  }

  /** False when that changes nothing. */
  restrict(rules: Rules): boolean {
    const stricter = strictest(this.#rules, rules);
    if (isDeepStrictEqual(stricter, this.#rules)) return false;
    this.#rules = stricter;
    if (needsLobby(stricter)) this.door.requireLobby();
    if (stricter.verifiedOnly) this.door.verifyAll();
    return true;
  }

  /**
   * To everybody in it, and from now on to everybody who comes. Where the configuration was lowered, rooms from before live beyond
   * what is allowed now: they are not cut short by this.
   */
  tellRestriction(): void {
    const latestEnd = Math.max(this.room.expiresAt, latestEndOf(this.room, this.#rules));
    this.restriction = { latestEnd, imposed: imposedBy(this.#rules) };
    this.push('room:restricted', this.restriction);
  }

  /** It waits to be added from now on. */
  letIn(peer: Peer, visitor: Visitor): void {
    this.peers.set(peer.id, peer);
    peer.standing = { state: 'joining', meeting: this, visitor, since: this.#clock.now() };
  }

  /** Those whom nobody has added in this time, although somebody is there who could. */
  notAddedIn(ms: number): Peer[] {
    if (!this.members().some((peer) => peer.presence === 'here' && !peer.arrival)) return [];
    const before = this.#clock.now() - ms;
    return this.joiners().filter(({ standing }) => standing.state === 'joining' && standing.since <= before);
  }

  members(): Peer[] {
    return [...this.peers.values()].filter((peer) => peer.state === 'member');
  }

  /** Those who can be asked to open. */
  hosts(): Peer[] {
    return this.members().filter((peer) => peer.role === 'host');
  }

  joiners(): Peer[] {
    return [...this.peers.values()].filter((peer) => peer.state === 'joining');
  }

  others(than: Peer): Peer[] {
    return [...this.peers.values()].filter((peer) => peer !== than);
  }

  push<N extends PushName>(name: N, data: Push<N>, to: Iterable<Peer> = this.peers.values()): void {
    for (const peer of [...to]) peer.push(name, data);
  }
}

export function tellArrivals(to: Peer, meeting: Meeting, which: (other: Peer) => boolean): void {
  if (to.meeting !== meeting) return;
  for (const other of meeting.others(to)) {
    if (other.arrival && which(other)) to.push('peer:arrived', other.arrival);
  }
}
