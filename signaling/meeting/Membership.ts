// Who is in which meeting: joining, waiting at the door, coming in, leaving, being away.
import type { EndReason, LeaveReason, LetIn, Res } from '#protocol';
import { factsOf } from '../lifetimes.ts';
import type { Peer } from '../peer.ts';
import { Refusal } from '../refusal.ts';
import type { Room } from '../rooms.ts';
import { isHostOfRoom, type Visitor, withRight } from '../visitor.ts';
import { MAX_ATTACHMENTS } from './Group.ts';
import type { Lifecycle } from './Lifecycle.ts';
import type { Lobbies } from './Lobby.ts';
import { type Meeting, tellArrivals } from './Meeting.ts';
import type { Meetings } from './Meetings.ts';
import type { Placing } from './placing.ts';

/** Each has a key package, a link proof and perhaps a right; the newcomer's own right goes with them. */
const MAX_ARRIVALS_IN_PACKET = Math.floor((MAX_ATTACHMENTS - 1) / 3);

interface Deps {
  readonly meetings: Meetings;
  readonly lobbies: Lobbies;
  readonly lifecycle: Lifecycle;
  readonly placing: Placing;
}

/**
 * A place is for those whom the group adds; without the link nobody can be. Members add within seconds, and a page that was let
 * in through the lobby knocks again after 20 s (client/src/call/Joining.ts). More: strangers keep a room full for longer. Less:
 * pages are put out of a group that is slow to turn to them.
 */
const ADDED_WITHIN_MS = 30_000;

type AfterReply = (run: () => void) => void;

export class Membership {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  join(peer: Peer, room: Room, visitor: Visitor, afterReply: AfterReply): Res<'meeting:join'> {
    const running = this.#deps.meetings.inRoom(room.id);
    if (running) this.settle(running);
    const meeting = this.#deps.meetings.inRoom(room.id);
    if (!meeting && isHostOfRoom(visitor)) return this.#found(peer, room, visitor, afterReply);
    if (!meeting || meeting.door.leads(visitor) === 'lobby') return this.#knock(peer, room, visitor);
    this.assertRoomFor(meeting, visitor);
    const { inside, rest } = this.#comeIn(peer, meeting, visitor);
    afterReply(rest);
    return { entry: 'wait', ...inside };
  }

  /** Somebody who waits, by a host's word or because the door is open now. */
  letIn(peer: Peer, meeting: Meeting, visitor: Visitor): void {
    this.assertRoomFor(meeting, visitor);
    if (meeting.keyPackages.has(visitor.arrival.keyPackage)) {
      // It knocks again with a fresh one.
      this.#lobby(meeting).sendAway(peer, 'not-added');
      return;
    }
    this.#lobby(meeting).remove(peer);
    const { inside, rest } = this.#comeIn(peer, meeting, visitor);
    peer.push('lobby:admitted', inside);
    rest();
  }

  /** Somebody at the door, or who is in already, says that it is a host's own device. */
  delegate(peer: Peer, mac: Uint8Array): void {
    const { standing } = peer;
    if (standing.state === 'lobby') standing.lobby.delegate(peer, mac);
    else if (standing.state === 'member') this.#lobby(standing.meeting).delegate(peer, mac);
    else throw new Refusal('NOT_ALLOWED');
  }

  assertRoomFor(meeting: Meeting, visitor: Visitor): void {
    if (isFull(meeting, visitor)) throw new Refusal('ROOM_FULL');
  }

  /** Those who wait although this meeting's door stands open to them. */
  letInWhoMay(meeting: Meeting): void {
    for (const [peer, visitor] of this.#lobby(meeting).waiting()) {
      if (!isFull(meeting, visitor) && meeting.door.wayOf(visitor) === 'in')
        this.letIn(peer, meeting, visitor);
    }
  }

  /**
   * May come again: to the door if it was a right that led it in, which the group does not take; it would be led in here for
   * ever. Members stay, also those who ask to be added anew: the group has had them, and hosts can remove them.
   */
  putOutWhomNobodyAdds(): void {
    for (const meeting of this.#deps.meetings.all())
      for (const peer of meeting.notAddedIn(ADDED_WITHIN_MS)) {
        if (peer.visitor) meeting.door.forgetRight(peer.visitor.name);
        void this.depart(peer, 'timeout', 'not-added');
      }
  }

  /** A winning commit has added them. */
  entered(meeting: Meeting, peers: readonly Peer[]): void {
    for (const peer of peers) if (peer.visitor) meeting.door.entered(peer.visitor);
    this.hostsCame(
      meeting,
      peers.filter((peer) => peer.role === 'host'),
    );
  }

  /** They stand at the door from now on. */
  hostsCame(meeting: Meeting, hosts: readonly Peer[]): void {
    const lobby = this.#lobby(meeting);
    for (const host of hosts) lobby.showTo(host);
    lobby.hostsChanged();
  }

  /** First the sfu, then the others, so that peer:left is true when it arrives. `told`: what the peer itself hears. */
  async depart(peer: Peer, reason: LeaveReason, told?: EndReason): Promise<void> {
    const { standing } = peer;
    peer.standing = { state: 'outside' };
    if (told) peer.push('meeting:ended', { reason: told });
    if (standing.state === 'lobby') standing.lobby.remove(peer);
    if (!('meeting' in standing)) return;
    standing.meeting.peers.delete(peer.id);
    peer.leaving = this.#takeLeave(peer, standing.meeting, reason);
    await peer.leaving;
  }

  away(peer: Peer): void {
    peer.meeting?.push('peer:away', { peerId: peer.id }, peer.meeting.others(peer));
  }

  back(peer: Peer): void {
    peer.meeting?.push('peer:back', { peerId: peer.id }, peer.meeting.others(peer));
  }

  /** After a member has gone, or cannot follow: is there still somebody in the group who could add the others? */
  settle(meeting: Meeting): void {
    const founder = this.#deps.lifecycle.settle(meeting);
    if (founder?.meeting) this.#opened(founder, founder.meeting);
  }

  #found(peer: Peer, room: Room, visitor: Visitor, afterReply: AfterReply): Res<'meeting:join'> {
    const entrant = withRight(visitor, visitor.certificate);
    const meeting = this.#deps.lifecycle.found(peer, entrant, room);
    afterReply(() => this.#opened(peer, meeting));
    return { entry: 'found', meetingId: meeting.id, ...factsOf(room, meeting.rules) };
  }

  /** Those who have waited for a host come in, or are shown to it. */
  #opened(founder: Peer, meeting: Meeting): void {
    if (founder.meeting !== meeting) return;
    this.letInWhoMay(meeting);
    this.hostsCame(meeting, [founder]);
  }

  #knock(peer: Peer, room: Room, visitor: Visitor): Res<'meeting:join'> {
    return { entry: 'lobby', ...this.#deps.lobbies.of(room.id).knock(peer, visitor, room) };
  }

  /** `rest` goes out right behind `inside`: the arrivals that do not fit into one packet. */
  #comeIn(peer: Peer, meeting: Meeting, visitor: Visitor): { inside: LetIn; rest: () => void } {
    meeting.keyPackages.use(visitor.arrival.keyPackage);
    const others = [...meeting.peers.values()];
    const right = meeting.door.rightOf(visitor);
    const entrant = withRight(visitor, right);
    meeting.letIn(peer, entrant);
    meeting.push('peer:arrived', entrant.arrival, others);
    const told = new Set(others.filter((other) => other.arrival).slice(0, MAX_ARRIVALS_IN_PACKET));
    const rest = () => {
      tellArrivals(peer, meeting, (other) => others.includes(other) && !told.has(other));
      const { restriction } = meeting;
      if (restriction && peer.meeting === meeting) peer.push('room:restricted', restriction);
    };
    const inside: LetIn = {
      meetingId: meeting.id,
      peers: others.map((other) => ({
        peerId: other.id,
        presence: other.presence,
        inGroup: other.state === 'member',
        ...(other.arrival && told.has(other) ? { arrival: other.arrival } : {}),
      })),
    };
    return { inside: right ? { ...inside, right } : inside, rest };
  }

  async #takeLeave(peer: Peer, meeting: Meeting, reason: LeaveReason): Promise<void> {
    this.#lobby(meeting).hostsChanged();
    await this.#deps.placing.closePeer(meeting, peer.id);
    // Also those who came meanwhile: the group may add them before it removes this leaf, and they must know why.
    meeting.push('peer:left', { peerId: peer.id, reason }, meeting.others(peer));
    this.settle(meeting);
  }

  #lobby(meeting: Meeting) {
    return this.#deps.lobbies.of(meeting.room.id);
  }
}

/** While no host is in, the last place is for one: nobody else can make room. */
function isFull({ peers, most, door }: Meeting, visitor: Visitor): boolean {
  const hostIsIn = [...peers.values()].some((peer) => peer.role === 'host');
  const kept = hostIsIn || door.isHost(visitor.name) ? 0 : 1;
  return peers.size + kept >= most;
}
