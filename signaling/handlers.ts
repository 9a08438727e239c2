// What each request does: one line for each, in the order of the protocol's table.

import type { Desk } from './desk.ts';
import type { Call, Handlers } from './dispatcher.ts';
import { sendChat } from './meeting/chat.ts';
import type { Member } from './meeting/delivery.ts';
import * as delivery from './meeting/delivery.ts';
import type { HostRequests } from './meeting/HostRequests.ts';
import type { Membership } from './meeting/Membership.ts';
import type { MediaRelay } from './meeting/media.ts';
import * as media from './meeting/media.ts';
import type { Peer } from './peer.ts';
import { Refusal } from './refusal.ts';

interface Parts {
  readonly desk: Desk;
  readonly membership: Membership;
  readonly hosts: HostRequests;
  readonly relay: MediaRelay;
}

export function createHandlers({ desk, membership, hosts, relay }: Parts): Handlers {
  return {
    'session:start': (call, req) => desk.start(call, req),
    'room:terms': (call) => desk.terms(call),
    'room:create': (call, req) => desk.createRoom(call, peerOf(call), req),
    'room:open': (call, req) => desk.openRoom(call, peerOf(call), req),
    'room:look': (call, req) => desk.look(call, req),
    'meeting:join': (call, req) => desk.join(call, peerOf(call), req),
    'meeting:leave': (call) => done(membership.depart(peerOf(call), 'left')),
    'lobby:delegate': (call, { mac }) => done(membership.delegate(peerOf(call), mac)),
    'host:admit': (call, req) => done(hosts.admit(placeOf(call), req)),
    'host:refuse': (call, req) => done(hosts.refuse(placeOf(call), req)),
    'host:remove': (call, req) => done(hosts.remove(placeOf(call), req)),
    'host:blocked': (call, req) => done(hosts.blocked(placeOf(call), req)),
    'host:say': (call, req) => done(hosts.say(placeOf(call), req)),
    'host:promote': (call, req) => done(hosts.promote(placeOf(call), req)),
    'host:demote': (call, req) => done(hosts.demote(placeOf(call), req)),
    'host:settings': (call, req) => done(hosts.settings(placeOf(call), req)),
    'host:extend': (call, req) => done(hosts.extend(placeOf(call), req)),
    'host:reject': (call, req) => done(hosts.reject(placeOf(call), req)),
    'host:end': (call) => done(hosts.end(placeOf(call))),
    'group:commit': (call, req) => {
      const place = placeOf(call);
      if (!place.peer.allowance.commits.take()) throw new Refusal('RATE_LIMITED');
      membership.entered(place.meeting, delivery.commit(place, req));
      return {};
    },
    'group:replay': (call, req) => delivery.replay(placeOf(call), req, call.afterReply),
    'group:rejoin': (call, req) => {
      const place = placeOf(call);
      delivery.rejoin(place, req);
      call.afterReply(() => membership.settle(place.meeting));
      return {};
    },
    'group:applied': (call, req) => done(delivery.applied(placeOf(call), req)),
    'chat:send': (call, req) => done(sendChat(placeOf(call), req)),
    'media:open': (call, req) => relay.open(placeOf(call), req, call.afterReply),
    'media:connect': (call, req) => done(media.connect(placeOf(call), req)),
    'media:restart': (call, req) => media.restart(placeOf(call), req),
    'media:produce': (call, req) => relay.produce(placeOf(call), req),
    'media:mute': (call, req) => done(relay.mute(placeOf(call), req)),
    'media:close': (call, req) => done(media.close(placeOf(call), req)),
    'media:receive': (call, req) => done(media.receive(placeOf(call), req)),
    'media:keyframe': (call, req) => done(media.keyframe(placeOf(call), req)),
  };
}

/** The dispatcher has checked the state already; these say the same to the type checker. */
function peerOf({ connection }: Call): Peer {
  if (!connection.peer) throw new Refusal('NOT_ALLOWED');
  return connection.peer;
}

function placeOf(call: Call): Member {
  const peer = peerOf(call);
  if (!peer.meeting) throw new Refusal('NOT_ALLOWED');
  return { peer, meeting: peer.meeting };
}

/** The empty answer of a request that only does something. */
async function done(work: void | Promise<void>): Promise<Record<string, never>> {
  await work;
  return {};
}
