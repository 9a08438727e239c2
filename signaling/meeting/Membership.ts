// Who is in which meeting: joining, leaving, being away, and what becomes of a meeting whose group is lost.
import { type EndReason, type LeaveReason, MAX_PEERS, type Req, type Res, type RoomId } from '#protocol';
import { type Log, loggable } from '../log.ts';
import type { Peer } from '../peer.ts';
import { Refusal } from '../refusal.ts';
import type { Room } from '../rooms.ts';
import { arrivalOf } from './delivery.ts';
import { MAX_ATTACHMENTS } from './Group.ts';
import type { Meeting } from './Meeting.ts';
import type { Meetings } from './Meetings.ts';
import type { Placing } from './placing.ts';

/** Each has a key package and a link proof. */
const MAX_ARRIVALS_IN_REPLY = MAX_ATTACHMENTS / 2;

export class Membership {
  readonly #meetings: Meetings;
  readonly #placing: Placing;
  readonly #log: Log;

  constructor(deps: { meetings: Meetings; placing: Placing; log: Log }) {
    this.#meetings = deps.meetings;
    this.#placing = deps.placing;
    this.#log = deps.log;
  }

  join(
    peer: Peer,
    room: Room,
    req: Req<'meeting:join'>,
    afterReply: (run: () => void) => void,
  ): Res<'meeting:join'> {
    const running = this.#meetings.inRoom(room.id);
    if (running) this.#settle(running);
    const meeting = this.#meetings.inRoom(room.id);
    if (!meeting) return this.#found(peer, room);
    if (meeting.peers.size >= MAX_PEERS) throw new Refusal('ROOM_FULL');
    return this.#wait(peer, meeting, req, afterReply);
  }

  #found(peer: Peer, room: Room): Res<'meeting:join'> {
    const meeting = this.#start(room);
    meeting.peers.set(peer.id, peer);
    peer.standing = { state: 'member', meeting };
    this.#placing.place(meeting, { anew: false });
    return { meetingId: meeting.id, entry: 'found', expiresAt: room.expiresAt, peers: [] };
  }

  #wait(
    peer: Peer,
    meeting: Meeting,
    req: Req<'meeting:join'>,
    afterReply: (run: () => void) => void,
  ): Res<'meeting:join'> {
    const others = [...meeting.peers.values()];
    const arrival = arrivalOf(peer.id, req);
    meeting.peers.set(peer.id, peer);
    peer.standing = { state: 'joining', meeting, arrival };
    meeting.push('peer:arrived', arrival, others);
    const told = new Set(others.filter((other) => other.arrival).slice(0, MAX_ARRIVALS_IN_REPLY));
    afterReply(() => tellArrivals(peer, meeting, (other) => others.includes(other) && !told.has(other)));
    return {
      meetingId: meeting.id,
      entry: 'wait',
      expiresAt: meeting.room.expiresAt,
      peers: others.map((other) => ({
        peerId: other.id,
        presence: other.presence,
        inGroup: other.state === 'member',
        ...(other.arrival && told.has(other) ? { arrival: other.arrival } : {}),
      })),
    };
  }

  /** First the sfu, then the others, so that peer:left is true when it arrives. */
  async depart(peer: Peer, reason: LeaveReason): Promise<void> {
    const meeting = peer.meeting;
    if (!meeting) return;
    meeting.peers.delete(peer.id);
    peer.standing = { state: 'outside' };
    await this.#placing.closePeer(meeting, peer.id);
    // Also those who came meanwhile: the group may add them before it removes this leaf, and they must know why.
    meeting.push('peer:left', { peerId: peer.id, reason }, meeting.others(peer));
    this.#settle(meeting);
  }

  away(peer: Peer): void {
    peer.meeting?.push('peer:away', { peerId: peer.id }, peer.meeting.others(peer));
  }

  back(peer: Peer): void {
    peer.meeting?.push('peer:back', { peerId: peer.id }, peer.meeting.others(peer));
  }

  /** A member asked to be added anew: if nobody is left who could, the group is lost. */
  rejoining(meeting: Meeting): void {
    this.#settle(meeting);
  }

  endRoom(id: RoomId, reason: EndReason): void {
    const meeting = this.#meetings.inRoom(id);
    if (!meeting) return;
    this.#stop(meeting);
    const peers = [...meeting.peers.values()];
    meeting.peers.clear();
    for (const peer of peers) peer.standing = { state: 'outside' };
    meeting.push('meeting:ended', { reason }, peers);
  }

  /** Nobody there: over. Nobody of the group there who could add the others: they go on in a new meeting. */
  #settle(meeting: Meeting): void {
    if (meeting.over || meeting.members().some((member) => !member.arrival)) return;
    this.#stop(meeting);
    if (meeting.peers.size > 0) this.#handOver(meeting);
  }

  #handOver(old: Meeting): void {
    const next = this.#start(old.room);
    const waiting = [...old.peers.values()];
    old.peers.clear();
    const founder = waiting.find((peer) => peer.presence === 'here') ?? waiting[0];
    for (const peer of waiting) {
      next.peers.set(peer.id, peer);
      const { arrival } = peer;
      if (peer === founder || !arrival) peer.standing = { state: 'member', meeting: next };
      else peer.standing = { state: 'joining', meeting: next, arrival };
    }
    next.push('meeting:moved', { meetingId: next.id }, next.joiners());
    if (founder) {
      founder.push('group:found', { meetingId: next.id });
      tellArrivals(founder, next, () => true);
    }
    this.#placing.place(next, { anew: true });
    this.#log.info({ from: loggable(old.id), to: loggable(next.id) }, 'a group was lost, its joiners go on');
  }

  #start(room: Room): Meeting {
    const meeting = this.#meetings.start(room);
    this.#log.info({ meeting: loggable(meeting.id), room: loggable(room.id) }, 'a meeting began');
    return meeting;
  }

  #stop(meeting: Meeting): void {
    this.#placing.close(meeting);
    this.#meetings.remove(meeting);
    this.#log.info({ meeting: loggable(meeting.id) }, 'a meeting is over');
  }
}

function tellArrivals(to: Peer, meeting: Meeting, which: (other: Peer) => boolean): void {
  if (to.meeting !== meeting) return;
  for (const other of meeting.others(to)) {
    if (other.arrival && which(other)) to.push('peer:arrived', other.arrival);
  }
}
