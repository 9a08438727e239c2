// Those who wait at the door of one room, and what the hosts hear of them. It outlives meetings: people wait for the first
// host, too. Nobody in it learns anything of the meeting but its hosts.
import {
  type Arrival,
  type EndReason,
  MAX_HOSTS_SHOWN,
  MAX_WAITING,
  type PeerId,
  type Push,
  type RoomId,
} from '#protocol';
import type { Clock } from '../clock.ts';
import type { Peer, Standing } from '../peer.ts';
import { Refusal } from '../refusal.ts';
import type { Room } from '../rooms.ts';
import { type Visitor, withRight } from '../visitor.ts';
import { Knocks, sourceOf, whoGivesWay } from './Sources.ts';

const MAX_NAME = 64;
const MAX_EMAIL = 254;

type Waiting = Extract<Standing, { state: 'lobby' }>;

export class Lobby {
  /** In the order of their knocks. */
  readonly #waiting = new Map<PeerId, Peer>();
  readonly #hosts: () => Peer[];
  readonly #clock: Clock;
  readonly #knocks: Knocks;
  #shown: readonly PeerId[] = [];

  /** `hosts`: those who are in a meeting of this room now. */
  constructor(hosts: () => Peer[], clock: Clock) {
    this.#hosts = hosts;
    this.#clock = clock;
    this.#knocks = new Knocks(clock);
  }

  get size(): number {
    return this.#waiting.size;
  }

  waiting(): [Peer, Visitor][] {
    return [...this.#waiting.values()].flatMap((peer) => (peer.visitor ? [[peer, peer.visitor]] : []));
  }

  find(id: PeerId): { peer: Peer; visitor: Visitor } | undefined {
    const peer = this.#waiting.get(id);
    return peer?.visitor && { peer, visitor: peer.visitor };
  }

  /** One place for each device: an earlier knock of the same key gives way, and is not asked to try again. */
  knock(
    peer: Peer,
    visitor: Visitor,
    room: Pick<Room, 'id' | 'owner' | 'suite' | 'schedule'>,
  ): Push<'lobby:hosts'> {
    if (!peer.allowance.knocks.take()) throw new Refusal('RATE_LIMITED');
    const earlier = this.#byKey(visitor);
    const source = sourceOf(peer);
    const full = !earlier && this.#waiting.size >= MAX_WAITING;
    const givesWay = full ? whoGivesWay([...this.#waiting.values()], source) : undefined;
    if (full && !givesWay) throw new Refusal('LOBBY_FULL');
    if (!this.#knocks.take(source)) throw new Refusal('LOBBY_FULL', 'too many knocks');
    if (earlier) this.sendAway(earlier, 'refused');
    if (givesWay) this.sendAway(givesWay, 'lobby-full');
    const standing: Waiting = {
      state: 'lobby',
      lobby: this,
      room: {
        id: room.id,
        owner: room.owner,
        suite: room.suite,
        ...(room.schedule && { schedule: room.schedule }),
      },
      visitor,
      since: this.#clock.now(),
    };
    peer.standing = standing;
    this.#waiting.set(peer.id, peer);
    for (const host of this.#hosts()) tell(host, peer, standing);
    return { hosts: this.#hostsShown() };
  }

  /** Of who waits it is kept for hosts that come later. */
  delegate(peer: Peer, mac: Uint8Array): void {
    if (!peer.allowance.knocks.take()) throw new Refusal('RATE_LIMITED');
    if (peer.standing.state === 'lobby') peer.standing = { ...peer.standing, mac: Uint8Array.from(mac) };
    for (const host of this.#hosts()) host.push('lobby:delegated', { peerId: peer.id, mac });
  }

  /** The caller gives it another standing. */
  remove(peer: Peer): void {
    if (!this.#waiting.delete(peer.id)) return;
    for (const host of this.#hosts()) host.push('lobby:left', { peerId: peer.id });
  }

  sendAway(peer: Peer, reason: EndReason): void {
    this.remove(peer);
    peer.standing = { state: 'outside' };
    peer.push('meeting:ended', { reason });
  }

  sendKeyAway(visitor: Pick<Visitor, 'name'>, reason: EndReason): void {
    const peer = this.#byKey(visitor);
    if (peer) this.sendAway(peer, reason);
  }

  close(reason: EndReason): void {
    for (const peer of [...this.#waiting.values()]) this.sendAway(peer, reason);
  }

  /** For somebody who has just become a host in the meeting. */
  showTo(host: Peer): void {
    for (const peer of this.#waiting.values())
      if (peer.standing.state === 'lobby') tell(host, peer, peer.standing);
  }

  /** Hosts may have come or gone. */
  hostsChanged(): void {
    const hosts = this.#hostsShown();
    const ids = hosts.map(({ peerId }) => peerId);
    if (ids.join() === this.#shown.join()) return;
    this.#shown = ids;
    for (const peer of this.#waiting.values()) peer.push('lobby:hosts', { hosts });
  }

  #hostsShown(): Push<'lobby:hosts'>['hosts'] {
    const hosts = this.#hosts().slice(0, MAX_HOSTS_SHOWN);
    return hosts.flatMap((host) => (host.visitor ? [shown(host, host.visitor)] : []));
  }

  #byKey({ name }: Pick<Visitor, 'name'>): Peer | undefined {
    return [...this.#waiting.values()].find((peer) => peer.visitor?.name === name);
  }
}

/** Who was promoted came in as a guest: its ticket would prove nothing at the door. */
function shown({ meeting }: Peer, visitor: Visitor): Arrival {
  const proof = meeting?.door.proofOf(visitor.name);
  return proof ? withRight(visitor, proof).arrival : visitor.arrival;
}

function tell(host: Peer, { account }: Peer, { visitor, since, mac }: Waiting): void {
  // The company's sign-in may have longer ones than a push may carry.
  const known = account && {
    account: { name: account.name.slice(0, MAX_NAME), email: account.email.slice(0, MAX_EMAIL) },
  };
  host.push('lobby:knocked', { arrival: visitor.arrival, since, ...known });
  if (mac) host.push('lobby:delegated', { peerId: visitor.arrival.peerId, mac });
}

/** The lobbies by room. An empty one stays until its room ends: it counts knocks. */
export class Lobbies {
  readonly #lobbies = new Map<RoomId, Lobby>();
  readonly #hostsIn: (room: RoomId) => Peer[];
  readonly #clock: Clock;

  constructor(hostsIn: (room: RoomId) => Peer[], clock: Clock) {
    this.#hostsIn = hostsIn;
    this.#clock = clock;
  }

  of(room: RoomId): Lobby {
    const lobby = this.#lobbies.get(room) ?? new Lobby(() => this.#hostsIn(room), this.#clock);
    this.#lobbies.set(room, lobby);
    return lobby;
  }

  all(): Iterable<Lobby> {
    return this.#lobbies.values();
  }

  rooms(): Iterable<RoomId> {
    return this.#lobbies.keys();
  }

  /** How many wait, in that room or in all. */
  waitingIn(room?: RoomId): number {
    const lobbies = room === undefined ? [...this.#lobbies.values()] : [this.#lobbies.get(room)];
    return lobbies.reduce((sum, lobby) => sum + (lobby?.size ?? 0), 0);
  }

  end(room: RoomId, reason: EndReason): void {
    this.#lobbies.get(room)?.close(reason);
    this.#lobbies.delete(room);
  }
}
