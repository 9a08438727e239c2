// Requests of group members to the delivery service, and what the others are told about them.
import type { PeerId, Req, Res } from '#protocol';
import type { Peer } from '../peer.ts';
import { Refusal } from '../refusal.ts';
import { arrivalOf, withRight } from '../visitor.ts';
import { MAX_ATTACHMENTS } from './Group.ts';
import type { Meeting } from './Meeting.ts';

export interface Member {
  readonly peer: Peer;
  readonly meeting: Meeting;
}

/** The winning commit goes to everyone who was in the group; those it adds get the Welcome in its place. Answers the new ones. */
export function commit({ peer, meeting }: Member, req: Req<'group:commit'>): Peer[] {
  const waiting = (id: PeerId) => meeting.peers.get(id)?.arrival !== undefined;
  const logged = meeting.group.commit(peer.id, req, waiting);
  const added = new Set(req.added);
  const fresh = meeting.joiners().filter(({ id }) => added.has(id));
  meeting.push(
    'group:committed',
    logged,
    meeting.members().filter((member) => !added.has(member.id)),
  );
  if (req.welcome) welcome(meeting, added, Uint8Array.from(req.welcome));
  return fresh;
}

function welcome(meeting: Meeting, added: Set<PeerId>, bytes: Uint8Array): void {
  for (const id of added) {
    const peer = meeting.peers.get(id);
    if (!peer?.visitor) continue;
    peer.standing = { state: 'member', meeting, visitor: peer.visitor };
    peer.push('group:welcomed', { epoch: meeting.group.epoch, welcome: bytes });
  }
}

/**
 * The first commits in the reply, the rest as pushes right behind it, because of MAX_ATTACHMENTS. `epoch` is the one
 * that the commits of the reply lead into, so a client that applies both in order needs to know nothing of this.
 */
export function replay(
  { peer, meeting }: Member,
  req: Req<'group:replay'>,
  afterReply: (run: () => void) => void,
): Res<'group:replay'> {
  const first = meeting.group.replay(req.since).slice(0, MAX_ATTACHMENTS);
  const epoch = req.since + first.length;
  afterReply(() => {
    // Read again: a commit that came between reply and here has been pushed already, out of order.
    if (peer.meeting !== meeting || !meeting.group.holds(epoch)) return;
    for (const logged of meeting.group.replay(epoch)) peer.push('group:committed', logged);
  });
  return { epoch, commits: first };
}

export function rejoin({ peer, meeting }: Member, req: Req<'group:rejoin'>): void {
  if (!peer.visitor) throw new Refusal('NOT_ALLOWED');
  meeting.keyPackages.use(req.keyPackage);
  const anew = { ...peer.visitor, arrival: arrivalOf(peer.id, req) };
  const visitor = withRight(anew, meeting.door.rightOf(anew));
  peer.standing = { state: 'member', meeting, visitor, asksAnew: true };
  // Also those who wait to be added: they may be members by the time this one is added anew.
  meeting.push('peer:arrived', visitor.arrival, meeting.others(peer));
}

export function applied({ peer, meeting }: Member, req: Req<'group:applied'>): void {
  const current = meeting.group.epoch;
  if (req.epoch > current) throw new Refusal('BAD_REQUEST', 'an epoch that has not begun');
  meeting.group.applied(peer.id, req.epoch);
  const here = meeting.members().filter((member) => member.presence === 'here');
  meeting.confirmations.add(
    { epoch: req.epoch, current, from: peer.id, tag: req.tag },
    here.map((member) => member.id),
  );
}
