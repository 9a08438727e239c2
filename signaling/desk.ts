// The front desk: who are you, which room, and may you come in.

import { PROTOCOL_VERSION, type Req, type Res, RoomId, type Suite } from '#protocol';
import type { AccountDesk, Caller } from './accounts/AccountDesk.ts';
import { hashOf } from './accounts/token.ts';
import type { Audit } from './audit/AuditLog.ts';
import { reference } from './audit/events.ts';
import type { Clock } from './clock.ts';
import type { Call } from './dispatcher.ts';
import { latestEndOf } from './lifetimes.ts';
import type { Meetings } from './meeting/Meetings.ts';
import type { Membership } from './meeting/Membership.ts';
import { newId } from './newId.ts';
import type { Peer } from './peer.ts';
import type { Peers } from './peers.ts';
import { type Entrant, entryRefusal, guestRefusal } from './policy/entry.ts';
import type { Rulebook } from './policy/Rulebook.ts';
import { needsLobby, type Rules, suiteOf } from './policy/rules.ts';
import { Refusal } from './refusal.ts';
import type { RoomMakers } from './roomMakers.ts';
import { isOpen, isOpened, type Room, type RoomStore } from './rooms.ts';
import { isOpenNow, opensAt } from './schedule/times.ts';
import type { Sfus } from './sfus.ts';
import { isHostOfRoom, type Visitor, visitorOf } from './visitor.ts';

interface Deps {
  readonly clock: Clock;
  readonly peers: Peers;
  readonly rooms: RoomStore;
  readonly makers: RoomMakers;
  readonly meetings: Pick<Meetings, 'inRoom' | 'rulesFor'>;
  readonly membership: Membership;
  readonly sfus: Pick<Sfus, 'rtpCapabilities'>;
  readonly rulebook: Pick<Rulebook, 'of'>;
  readonly accounts: Pick<AccountDesk, 'isKnown'>;
  readonly audit: Pick<Audit, 'record'>;
}

export class Desk {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  start({ connection, afterReply }: Call, req: Req<'session:start'>): Res<'session:start'> {
    if (req.protocol !== PROTOCOL_VERSION) throw new Refusal('UPGRADE_REQUIRED');
    const { clock, peers } = this.#deps;
    const { account, sessionId } = connection.caller.signedIn ?? {};
    const resumed = req.resume && peers.resume(req.resume, connection, { account, sessionId });
    const from = { account, sessionId, network: connection.network };
    const peer = resumed ?? peers.start(connection, connection.allowance, from);
    connection.bind(peer);
    afterReply(() => peer.outbox.resend(connection));
    return {
      peerId: peer.id,
      resumeToken: peers.tokenFor(peer),
      resumed: resumed !== undefined,
      now: clock.now(),
    };
  }

  terms({ connection }: Call): Res<'room:terms'> {
    const rules = this.#rulesOf(connection.caller);
    const { maxLifetimeMs: longestMs, defaultLifetimeMs: usualMs, minimumSuite } = rules;
    return { longestMs, usualMs, lobbyRequired: needsLobby(rules), minimumSuite };
  }

  /** A network that makes rooms without end gets half of the places; by its address alone nobody is refused. */
  async createRoom({ connection }: Call, peer: Peer, req: Req<'room:create'>): Promise<Res<'room:create'>> {
    const { clock, rooms, makers, audit } = this.#deps;
    const rules = this.#rulesOf(connection.caller);
    if (req.lifetimeMs > rules.maxLifetimeMs) throw new Refusal('LIFETIME_CAPPED');
    if (!peer.allowance.rooms.take()) throw new Refusal('RATE_LIMITED');
    const createdAt = clock.now();
    const room: Room = {
      id: newId(RoomId),
      owner: connection.caller.signedIn?.account.id ?? null,
      state: 'open',
      hostKeyHash: Uint8Array.from(req.hostKeyHash),
      lobby: req.lobby || needsLobby(rules),
      suite: suiteOf(req, rules),
      visited: false,
      createdAt,
      expiresAt: createdAt + req.lifetimeMs,
    };
    const fair = makers.take(connection.network);
    if (!(await rooms.add(room, fair ? 'nothing' : 'half')))
      throw new Refusal(fair ? 'TOO_MANY_ROOMS' : 'RATE_LIMITED');
    const { expiresAt, lobby, suite, owner: by } = room;
    await audit.record('room:created', { room: reference(room.id), expiresAt, lobby, suite, by });
    return { roomId: room.id, expiresAt, latestEnd: latestEndOf(room, rules) };
  }

  /** One that the API has made: nobody can be in it, or have a link to it, until it is opened. */
  async openRoom({ connection }: Call, peer: Peer, req: Req<'room:open'>): Promise<Res<'room:open'>> {
    const { clock, rooms, meetings, accounts, audit } = this.#deps;
    const { roomId, token } = req;
    if (!peer.allowance.rooms.take()) throw new Refusal('RATE_LIMITED');
    const room = await this.#open(roomId);
    const rules = meetings.rulesFor(room);
    // Whatever the hour. It makes a host of whoever opens it, so where guests may not come none may open it.
    const known = await accounts.isKnown(connection.caller);
    const refusal = guestRefusal(rules, { known, host: false });
    if (refusal) throw new Refusal(refusal);
    const hostKeyHash = Uint8Array.from(req.hostKeyHash);
    const opened =
      !isOpened(room) && (await rooms.openFirst(roomId, hashOf(token), hostKeyHash, clock.now()));
    // Somebody may have been faster; nobody is told whether a token was nearly right.
    if (!opened) throw new Refusal(isOpened(await this.#open(roomId)) ? 'ROOM_OPENED' : 'ROOM_UNKNOWN');
    const by = connection.caller.signedIn?.account.id ?? null;
    await audit.record('room:opened', { room: reference(roomId), by });
    const { lobby, expiresAt } = room;
    return {
      lobby: lobby || needsLobby(rules),
      suite: suiteOf(room, rules),
      expiresAt,
      latestEnd: latestEndOf(room, rules),
    };
  }

  /** Whether a device is a host's is not known yet, so it is told what holds for others. */
  async look({ connection }: Call, req: Req<'room:look'>): Promise<Res<'room:look'>> {
    const room = await this.#room(req.roomId);
    const known = await this.#deps.accounts.isKnown(connection.caller);
    this.#assertEntry(room, { known, host: true });
    const { rtpCapabilities } = this.#deps.sfus;
    if (!rtpCapabilities) throw new Refusal('MEDIA_UNAVAILABLE');
    const welcome = this.#refusal(room, { known, host: false }) === undefined;
    const opens = opensAt(room, this.#deps.clock.now());
    return {
      expiresAt: room.expiresAt,
      welcome,
      suite: this.#suite(room),
      rtpCapabilities,
      ...(opens !== undefined && { opensAt: opens }),
    };
  }

  async join(call: Call, peer: Peer, req: Req<'meeting:join'>): Promise<Res<'meeting:join'>> {
    const { peers, rooms, accounts, membership } = this.#deps;
    const asked = await this.#room(req.roomId);
    const visitor = await visitorOf(peer.id, asked, req);
    const who = { known: await accounts.isKnown(call.connection.caller), host: isHostOfRoom(visitor) };
    this.#assertEntry(asked, who);
    this.#assertTime(asked);
    peer.roomId ??= asked.id;
    if (peer.roomId !== asked.id) throw new Refusal('NOT_ALLOWED', 'a peer is of one room');
    if (!asked.visited) await rooms.visit(asked.id);
    const before = req.replaces && peers.find(req.replaces);
    if (before?.roomId === asked.id && before !== peer) await peers.drop(before, 'replaced');
    await peer.leaving;
    // Read again, as hosts may have changed it; and it may itself have been replaced, or have joined from the connection
    // that it resumed on, while this waited.
    const room = await this.#room(req.roomId);
    if (peer.gone || peer.state !== 'outside') throw new Refusal('NOT_ALLOWED');
    this.#assertEntry(room, who);
    this.#assertTime(room);
    this.#assertSuite(room, visitor);
    peer.known = who.known;
    return membership.join(peer, room, visitor, call.afterReply);
  }

  /** For what an account makes. */
  #rulesOf({ signedIn }: Caller): Rules {
    return this.#deps.rulebook.of(signedIn?.account.id ?? null);
  }

  #refusal(room: Room, who: Entrant) {
    const { meetings, clock } = this.#deps;
    return entryRefusal(meetings.rulesFor(room), who, clock.now());
  }

  /** Of the meeting that is on, or of the next one. */
  #suite(room: Room): Suite {
    const { meetings } = this.#deps;
    return meetings.inRoom(room.id)?.suite ?? suiteOf(room, meetings.rulesFor(room));
  }

  #assertSuite(room: Room, { suite }: Visitor): void {
    if (suite !== this.#suite(room)) throw new Refusal('OTHER_SUITE');
  }

  #assertEntry(room: Room, who: Entrant): void {
    const refusal = this.#refusal(room, who);
    if (refusal) throw new Refusal(refusal);
  }

  /** Whoever looks is let look: hosts send the link round before the first time. */
  #assertTime(room: Room): void {
    const now = this.#deps.clock.now();
    if (isOpenNow(room, now)) return;
    const opens = opensAt(room, now);
    // Behind the last time the room is about to end: the sweep comes a little later.
    if (opens === undefined) throw new Refusal('ROOM_ENDED');
    throw new Refusal('NOT_YET', new Date(opens).toISOString());
  }

  /** One that people can have a link to. */
  async #room(id: RoomId): Promise<Room> {
    const room = await this.#open(id);
    if (!isOpened(room)) throw new Refusal('ROOM_UNKNOWN');
    return room;
  }

  async #open(id: RoomId): Promise<Room> {
    const room = await this.#deps.rooms.find(id);
    if (!room) throw new Refusal('ROOM_UNKNOWN');
    if (!isOpen(room, this.#deps.clock.now())) throw new Refusal('ROOM_ENDED');
    return room;
  }
}
