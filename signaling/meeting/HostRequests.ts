// What hosts ask of the server. The dispatcher has checked that a host asks; where something was awaited, it is checked again.
import { type Certificate, openCertificate, type PeerId, type Req } from '#protocol';
import type { Audit } from '../audit/AuditLog.ts';
import { fingerprint, reference } from '../audit/events.ts';
import { latestEndOf } from '../lifetimes.ts';
import { needsLobby } from '../policy/rules.ts';
import { Refusal } from '../refusal.ts';
import type { RoomStore } from '../rooms.ts';
import { isForRoom, isRootKey, type KeyName, keyOf, nameOf } from '../visitor.ts';
import type { Member } from './delivery.ts';
import type { Lifecycle } from './Lifecycle.ts';
import type { Lobbies, Lobby } from './Lobby.ts';
import type { Meeting } from './Meeting.ts';
import type { Membership } from './Membership.ts';

interface Deps {
  readonly rooms: RoomStore;
  readonly lobbies: Lobbies;
  readonly lifecycle: Lifecycle;
  readonly membership: Membership;
  readonly audit: Pick<Audit, 'note'>;
}

const END_REASONS = { out: 'removed', block: 'blocked', lobby: 'sent-back' } as const;

export class HostRequests {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  async admit(at: Member, req: Req<'host:admit'>): Promise<void> {
    const { room, door } = at.meeting;
    const certificate = req.certificate && Uint8Array.from(req.certificate);
    const opened = certificate && (await openCertificate(certificate));
    const forRoom = opened && (await isForRoom(opened, room));
    stillHost(at);
    const { peer, visitor } = this.#waiting(at, req);
    if (certificate && !(forRoom && nameOf(opened.subject) === visitor.name)) {
      throw new Refusal('BAD_REQUEST', 'the certificate does not make this device a host of the room');
    }
    // ROOM_FULL first: a right is noted for those only who come in.
    this.#deps.membership.assertRoomFor(at.meeting, visitor);
    door.admit(visitor, {
      ticket: Uint8Array.from(req.ticket),
      certificate,
      by: nameIn(at.meeting, at.peer.id),
    });
    this.#deps.membership.letIn(peer, at.meeting, {
      ...visitor,
      certificate: certificate ?? visitor.certificate,
    });
    this.#deps.audit.note('host:admitted', deed(at, visitor.name));
  }

  /** Blocked is the device: other pages of it that are in the meeting go, too. */
  async refuse(at: Member, { peerId, block }: Req<'host:refuse'>): Promise<void> {
    const { peer, visitor } = this.#waiting(at, { peerId });
    if (block) at.meeting.door.sendOut(visitor.name, { block });
    this.#lobby(at).sendAway(peer, block ? 'blocked' : 'refused');
    this.#deps.audit.note('host:refused', { ...deed(at, visitor.name), blocked: block });
    if (block) await this.#putOut(at.meeting, visitor.name, 'block');
  }

  /** The device, not the page: whatever else it has open in this meeting goes, too. */
  async remove(at: Member, { peerId, how }: Req<'host:remove'>): Promise<void> {
    const { peer: host, meeting } = at;
    const name = nameIn(meeting, peerId);
    if (meeting.door.isRoot(name) || name === host.visitor?.name) throw new Refusal('NOT_ALLOWED');
    meeting.door.sendOut(name, { block: how === 'block' });
    this.#deps.audit.note('host:removed', { ...deed(at, name), how });
    if (how === 'block') this.#lobby({ meeting }).sendKeyAway({ name }, 'blocked');
    await this.#putOut(meeting, name, how);
  }

  blocked(at: Member, { keyHashes }: Req<'host:blocked'>): void {
    for (const name of at.meeting.door.setBlocked(keyHashes))
      this.#deps.audit.note('host:unblocked', deed(at, name));
  }

  say({ peer, meeting }: Member, { to, word }: Req<'host:say'>): void {
    const others = meeting.others(peer);
    const heardBy = to === undefined ? others : others.filter(({ id }) => id === to);
    if (to !== undefined && heardBy.length === 0) throw new Refusal('NOT_FOUND');
    meeting.push('host:said', { word: Uint8Array.from(word) }, heardBy);
  }

  async promote(at: Member, req: Req<'host:promote'>): Promise<void> {
    const { meeting } = at;
    const certificate = Uint8Array.from(req.certificate);
    const opened = await openCertificate(certificate);
    if (!opened || !(await makesHost(opened, meeting))) {
      throw new Refusal('BAD_REQUEST', 'the certificate makes nobody a host of this meeting');
    }
    const byRoot = isRootKey(meeting.room, opened.issuer) ? certificate : undefined;
    stillHost(at);
    const name = nameOf(opened.subject);
    const pages = meeting.members().filter((peer) => peer.visitor?.name === name);
    if (pages.length === 0) throw new Refusal('NOT_FOUND');
    const fresh = pages.filter((peer) => peer.role !== 'host');
    meeting.door.promote(name, byRoot);
    this.#deps.audit.note('host:promoted', deed(at, name));
    this.#deps.membership.hostsCame(meeting, fresh);
  }

  async demote(at: Member, { peerId }: Req<'host:demote'>): Promise<void> {
    const { peer: host, meeting } = at;
    const name = nameIn(meeting, peerId);
    const own = name === host.visitor?.name;
    if (!meeting.door.isHost(name)) throw new Refusal('NOT_FOUND');
    if (meeting.door.isRoot(name) && !own) throw new Refusal('NOT_ALLOWED');
    if (meeting.hosts().every((peer) => peer.visitor?.name === name)) throw new Refusal('NOT_ALLOWED');
    meeting.door.demote(name);
    this.#deps.audit.note('host:demoted', deed(at, name));
    const sentBack = this.#sendBackWhomNobodyAdds(meeting);
    this.#lobby({ meeting }).hostsChanged();
    await sentBack;
  }

  async settings(at: Member, settings: Req<'host:settings'>): Promise<void> {
    const { meeting } = at;
    const { locked } = settings;
    const lobby = settings.lobby || needsLobby(meeting.rules);
    const verifiedOnly = settings.verifiedOnly || meeting.rules.verifiedOnly;
    const inNow = meeting.members().flatMap(({ visitor }) => (visitor ? [visitor.name] : []));
    meeting.door.set({ lobby, locked, verifiedOnly }, new Set(inNow));
    this.#deps.audit.note('host:set', { ...byHost(at), lobby, locked, verifiedOnly });
    const sentBack = this.#sendBackWhomNobodyAdds(meeting);
    this.#deps.membership.letInWhoMay(meeting);
    await Promise.all([sentBack, this.#deps.rooms.setLobby(meeting.room.id, settings.lobby)]);
  }

  /** Asked again, it has happened already. */
  async extend(at: Member, { expiresAt, policy }: Req<'host:extend'>): Promise<void> {
    const { meeting } = at;
    const { rooms, audit } = this.#deps;
    // Read anew: an admin may have said, to another process, that it must end before.
    const room = (await rooms.find(meeting.room.id)) ?? meeting.room;
    if (expiresAt > latestEndOf(room, meeting.rules)) throw new Refusal('LIFETIME_CAPPED');
    const extension = Uint8Array.from(policy);
    if (!(await rooms.extend(meeting.room.id, expiresAt, extension))) return;
    const from = meeting.room.expiresAt;
    audit.note('host:extended', { ...byHost(at), from, to: expiresAt });
    if (expiresAt > from) meeting.room = { ...meeting.room, expiresAt, extension };
  }

  /** Of a commit that has won, and that nobody follows: without this, one member could keep everybody from new keys. */
  async reject(at: Member, { epoch }: Req<'host:reject'>): Promise<void> {
    const { peer: host, meeting } = at;
    const { group, confirmations, door } = meeting;
    const taken = group.unfollowed(epoch);
    const added = new Set(taken.flatMap((entry) => entry.added));
    const senders = taken.map(({ logged }) => logged.from);
    // Whom the first has added may not know that it was wrong, and has built on it.
    const guilty = senders.filter((id, i) => i === 0 || !added.has(id));
    const names = new Set(guilty.map((id) => meeting.peers.get(id)?.visitor?.name));
    names.delete(undefined);
    if (taken.length === 0 || [...senders, ...added].includes(host.id)) return;
    if ([...names].some((name) => name && door.isRoot(name))) return;
    group.takeBack(epoch);
    confirmations.forgetAfter(epoch);
    for (const name of names) if (name) this.#deps.audit.note('host:rejected', deed(at, name));
    const gone = [...names].map((name) => name && this.#sendOut(meeting, name));
    const sentBack = [...added].map((id) => this.#sendBack(meeting, id));
    for (const { logged } of taken.toReversed())
      meeting.push('group:reverted', { epoch: logged.epoch, from: logged.from }, meeting.members());
    await Promise.all([...gone, ...sentBack]);
  }

  end(at: Member): void {
    this.#deps.audit.note('host:ended', byHost(at));
    this.#deps.lifecycle.end(at.meeting, 'ended-by-host');
    // Whom they waited for has gone: without this they would wait on at a door that nobody opens.
    this.#lobby(at).close('ended-by-host');
  }

  #sendOut(meeting: Meeting, name: KeyName): Promise<void> {
    meeting.door.sendOut(name, { block: false });
    return this.#putOut(meeting, name, 'out');
  }

  async #sendBack(meeting: Meeting, id: PeerId): Promise<void> {
    const peer = meeting.peers.get(id);
    if (peer) await this.#deps.membership.depart(peer, 'removed', 'sent-back');
  }

  /** Every page of the device, and those whom only its tickets would have let in. */
  async #putOut(meeting: Meeting, name: KeyName, how: keyof typeof END_REASONS): Promise<void> {
    const pages = [...meeting.peers.values()].filter((peer) => peer.visitor?.name === name);
    const gone = pages.map((peer) => this.#deps.membership.depart(peer, 'removed', END_REASONS[how]));
    await Promise.all([...gone, this.#sendBackWhomNobodyAdds(meeting)]);
  }

  /** On their way in, by a right that is void by now: at the door they can be let in. */
  async #sendBackWhomNobodyAdds(meeting: Meeting): Promise<void> {
    const nobodys = meeting
      .joiners()
      .filter((peer) => peer.visitor && meeting.door.wayOf(peer.visitor) !== 'in');
    await Promise.all(nobodys.map((peer) => this.#deps.membership.depart(peer, 'removed', 'sent-back')));
  }

  #waiting(at: Pick<Member, 'meeting'>, { peerId }: Pick<Req<'host:admit'>, 'peerId'>) {
    const found = this.#lobby(at).find(peerId);
    if (!found) throw new Refusal('NOT_FOUND');
    return found;
  }

  #lobby({ meeting }: Pick<Member, 'meeting'>): Lobby {
    return this.#deps.lobbies.of(meeting.room.id);
  }
}

/** By whom, for the audit log. */
function byHost({ peer, meeting }: Member) {
  return {
    room: reference(meeting.room.id),
    meeting: reference(meeting.id),
    by: fingerprintOf(nameIn(meeting, peer.id)),
  };
}

const deed = (at: Member, who: KeyName) => ({ ...byHost(at), who: fingerprintOf(who) });

const fingerprintOf = (name: KeyName): string => fingerprint(keyOf(name));

/** Issued by a host of this meeting for it, or by the root key for the room. */
async function makesHost(certificate: Certificate, meeting: Meeting): Promise<boolean> {
  const { room, door } = meeting;
  if (certificate.meetingId === undefined) return isForRoom(certificate, room);
  if (certificate.roomId !== room.id || certificate.meetingId !== meeting.id) return false;
  return door.isHost(nameOf(certificate.issuer)) || isRootKey(room, certificate.issuer);
}

function nameIn(meeting: Meeting, id: Req<'host:demote'>['peerId']): KeyName {
  const name = meeting.peers.get(id)?.visitor?.name;
  if (!name) throw new Refusal('NOT_FOUND');
  return name;
}

function stillHost({ peer, meeting }: Member): void {
  if (peer.meeting !== meeting) throw new Refusal('MEETING_OVER');
  if (peer.role !== 'host') throw new Refusal('NOT_ALLOWED');
}
