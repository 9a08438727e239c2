// One meeting: who is in it, its group, its door, and where its media is. Holds these together and decides nothing.
import { MeetingId, type PeerId, type Push, type PushName } from '#protocol';
import type { Clock } from '../clock.ts';
import { newId } from '../newId.ts';
import type { Peer } from '../peer.ts';
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

export class Meeting {
  readonly id: MeetingId = newId(MeetingId);
  /** Its end may be moved. */
  room: Room;
  /** In the order of their arrival. */
  readonly peers = new Map<PeerId, Peer>();
  readonly group = new Group();
  readonly keyPackages = new KeyPackages();
  readonly door: Door;
  readonly confirmations: Confirmations;
  placement: Placement | undefined;
  over = false;
  readonly #clock: Clock;

  constructor(room: Room, clock: Clock, before?: Door) {
    this.room = room;
    this.#clock = clock;
    this.door = new Door(room, before);
    this.confirmations = new Confirmations(clock, (news) =>
      this.push('group:confirmed', news, this.members()),
    );
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
