// How meetings begin, end, and go on as another one when their group is lost.
import type { EndReason, RoomId, Suite } from '#protocol';
import type { Audit } from '../audit/AuditLog.ts';
import { type AuditData, reference } from '../audit/events.ts';
import { factsOf } from '../lifetimes.ts';
import { type Log, loggable } from '../log.ts';
import type { Peer } from '../peer.ts';
import { suiteOf } from '../policy/rules.ts';
import type { Room } from '../rooms.ts';
import { isHostOfRoom, type Visitor, withRight } from '../visitor.ts';
import type { Door } from './Door.ts';
import type { Lobbies } from './Lobby.ts';
import { type Meeting, tellArrivals } from './Meeting.ts';
import type { Meetings } from './Meetings.ts';
import type { Placing } from './placing.ts';

interface Deps {
  readonly meetings: Meetings;
  readonly lobbies: Lobbies;
  readonly placing: Placing;
  readonly log: Log;
  readonly audit: Pick<Audit, 'note'>;
}

type WhyEnded = AuditData<'meeting:ended'>['why'];
/** Why a room or a meeting as a whole is ended from outside of it. */
type WhyAll = Extract<EndReason, WhyEnded>;

export class Lifecycle {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  found(founder: Peer, visitor: Visitor, room: Room): Meeting {
    const meeting = this.#start(room);
    member(founder, meeting, visitor);
    this.#deps.placing.place(meeting, { anew: false });
    return meeting;
  }

  /** For everybody in it; those in the lobby go on waiting. */
  end(meeting: Meeting, reason: WhyAll): void {
    this.#stop(meeting, reason);
    putOut(meeting, [...meeting.peers.values()], reason);
    this.#deps.lobbies.of(meeting.room.id).hostsChanged();
  }

  endRoom(id: RoomId, reason: WhyAll): void {
    const meeting = this.#deps.meetings.inRoom(id);
    if (meeting) this.end(meeting, reason);
    this.#deps.lobbies.end(id, reason);
  }

  /**
   * Nobody there: over. Nobody of the group there who could add the others: they go on in a new meeting, if there is a
   * host to found it. Answers the founder of that one.
   */
  settle(meeting: Meeting): Peer | undefined {
    if (meeting.over || meeting.members().some((peer) => !peer.arrival)) return undefined;
    this.#stop(meeting, meeting.peers.size === 0 ? 'empty' : 'group-lost');
    const suite = suiteOf(meeting.room, this.#deps.meetings.rulesFor(meeting.room));
    const founder = [...meeting.peers.values()].find((peer) => canFound(peer, suite));
    return founder?.visitor ? this.#handOver(meeting, founder, founder.visitor) : this.#lose(meeting);
  }

  /** Only hosts found groups: nobody can be kept in a meeting that somebody else has made up. */
  #lose(meeting: Meeting): undefined {
    putOut(meeting, [...meeting.peers.values()], 'group-lost');
    this.#deps.lobbies.of(meeting.room.id).hostsChanged();
  }

  #handOver(old: Meeting, founder: Peer, visitor: Visitor): Peer {
    const next = this.#start({ ...old.room, lobby: old.door.lobby }, old.door);
    member(founder, next, withRight(visitor, visitor.certificate));
    for (const peer of old.others(founder)) moveOn(peer, next);
    putOut(old, old.others(founder), 'group-lost');
    old.peers.clear();
    next.push('meeting:moved', { meetingId: next.id }, next.joiners());
    founder.push('group:found', { meetingId: next.id, ...factsOf(next.room, next.rules) });
    tellArrivals(founder, next, () => true);
    this.#deps.placing.place(next, { anew: true });
    this.#deps.log.info(
      { from: loggable(old.id), to: loggable(next.id) },
      'a group was lost, its joiners go on',
    );
    return founder;
  }

  #start(room: Room, before?: Door): Meeting {
    const meeting = this.#deps.meetings.start(room, before);
    this.#deps.log.info({ meeting: loggable(meeting.id), room: loggable(room.id) }, 'a meeting began');
    this.#deps.audit.note('meeting:started', references(meeting));
    return meeting;
  }

  #stop(meeting: Meeting, why: WhyEnded): void {
    this.#deps.placing.close(meeting);
    this.#deps.meetings.remove(meeting);
    this.#deps.log.info({ meeting: loggable(meeting.id) }, 'a meeting is over');
    this.#deps.audit.note('meeting:ended', { ...references(meeting), why });
  }
}

function references({ id, room }: Meeting): AuditData<'meeting:started'> {
  return { room: reference(room.id), meeting: reference(id) };
}

function canFound({ presence, visitor }: Peer, suite: Suite): boolean {
  return presence === 'here' && visitor?.suite === suite && isHostOfRoom(visitor);
}

function member(peer: Peer, meeting: Meeting, visitor: Visitor): void {
  meeting.peers.set(peer.id, peer);
  peer.standing = { state: 'member', meeting, visitor };
  meeting.door.entered(visitor);
}

/** Tickets are for one meeting: who came in by one has to knock again. */
function moveOn(peer: Peer, next: Meeting): void {
  if (!peer.visitor || next.door.wayOf(peer.visitor) !== 'in') return;
  peer.meeting?.peers.delete(peer.id);
  next.letIn(peer, withRight(peer.visitor, peer.visitor.certificate));
}

function putOut(meeting: Meeting, peers: readonly Peer[], reason: EndReason): void {
  for (const peer of peers) {
    meeting.peers.delete(peer.id);
    peer.standing = { state: 'outside' };
  }
  meeting.push('meeting:ended', { reason }, peers);
}
