// What admins do with rooms: in the database, and at once in the meetings of this process. Other processes see it at their next
// sweep, within a second.
import { type Account, type MadeRoom, RoomId, type RoomSummary, type Schedule, type Suite } from '#protocol';
import type { Page } from '../accounts/people.ts';
import { hashOf, newToken } from '../accounts/token.ts';
import type { Audit } from '../audit/AuditLog.ts';
import { type Actor, reference } from '../audit/events.ts';
import type { Clock } from '../clock.ts';
import type { Lifecycle } from '../meeting/Lifecycle.ts';
import type { Lobbies } from '../meeting/Lobby.ts';
import type { Meeting } from '../meeting/Meeting.ts';
import type { Meetings } from '../meeting/Meetings.ts';
import { newId } from '../newId.ts';
import type { Rulebook } from '../policy/Rulebook.ts';
import { needsLobby, suiteOf } from '../policy/rules.ts';
import { Problem } from '../problem.ts';
import type { KnownRoom, RoomAction, RoomAdminStore, RoomFilter, RoomSort } from '../roomAdmin.ts';
import type { RoomMakers } from '../roomMakers.ts';
import type { RoomStore } from '../rooms.ts';
import { calendarOf } from '../schedule/calendar.ts';
import { opensAt, overlaps, timesOf } from '../schedule/times.ts';

interface Deps {
  readonly clock: Pick<Clock, 'now'>;
  readonly rooms: Pick<RoomStore, 'add'>;
  readonly store: RoomAdminStore;
  readonly meetings: Pick<Meetings, 'all' | 'inRoom'>;
  readonly lobbies: Pick<Lobbies, 'waitingIn'>;
  readonly lifecycle: Pick<Lifecycle, 'endRoom'>;
  readonly makers: RoomMakers;
  readonly rulebook: Pick<Rulebook, 'of'>;
  readonly audit: Pick<Audit, 'record'>;
  /** Where browsers find us. */
  readonly origin: () => string;
}

interface Wish {
  readonly lobby?: boolean | undefined;
  readonly suite?: Suite | undefined;
  readonly lifetimeMs?: number | undefined;
  /** In place of a lifetime. */
  readonly schedule?: Schedule | undefined;
}

/** Each transaction holds up who else writes: some tens of milliseconds. */
const AT_ONCE = 500;
/** One request. Then it is asked again. */
const MOST = 10_000;

const NOTE =
  'The room has no key yet. Whoever opens the url first, in a browser, becomes its host: that browser makes the secret of the invite link, which never comes to the server, and shows the link to pass on.';

export class RoomOffice {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  async page(
    filter: RoomFilter & { live?: boolean | undefined },
    page: Page<RoomSort>,
  ): Promise<RoomSummary[]> {
    const { live, ...rest } = filter;
    const ids = live === undefined ? {} : { [live ? 'ids' : 'otherThan']: this.#liveRooms() };
    const rooms = await this.#deps.store.page({ ...rest, ...ids }, page);
    return rooms.map((room) => this.#summary(room));
  }

  /** Throws a Problem. */
  async one(id: string): Promise<RoomSummary> {
    const room = await this.#known(id);
    if (!room) throw new Problem('NOT_FOUND');
    return this.#summary(room);
  }

  /** Throws a Problem. */
  async create(wish: Wish, { asker, by }: { asker: Account; by: Actor }): Promise<MadeRoom> {
    const { clock, rooms, makers, rulebook, audit, origin } = this.#deps;
    const rules = rulebook.of(asker.id);
    const createdAt = clock.now();
    const expiresAt = wish.schedule
      ? lastEnd(wish.schedule, createdAt)
      : createdAt + (wish.lifetimeMs ?? rules.defaultLifetimeMs);
    if (expiresAt - createdAt > rules.maxLifetimeMs) throw new Problem('LIFETIME_CAPPED');
    const token = newToken();
    const room = {
      id: newId(RoomId),
      owner: asker.id,
      state: 'open',
      hostKeyHash: new Uint8Array(),
      openingHash: hashOf(token),
      lobby: (wish.lobby ?? true) || needsLobby(rules),
      suite: suiteOf({ suite: wish.suite ?? 'x25519' }, rules),
      visited: false,
      createdAt,
      expiresAt,
      // Behind the last time nobody comes in: there is nothing to extend.
      ...(wish.schedule && { schedule: wish.schedule, cap: expiresAt }),
    } as const;
    // As one network: a program that makes rooms without end gets half of the places.
    const fair = makers.take(`account ${asker.id}`);
    if (!(await rooms.add(room, fair ? 'nothing' : 'half')))
      throw new Problem(fair ? 'TOO_MANY_ROOMS' : 'RATE_LIMITED');
    const { id, lobby, suite } = room;
    await audit.record('room:created', { room: reference(id), expiresAt, lobby, suite, ...by });
    return { room: await this.one(id), url: `${origin()}/open/${id}#${token}`, note: NOTE };
  }

  /** For whoever made it, and for admins. Throws a Problem. */
  async calendar(id: string, summary: string, asker: Account): Promise<string> {
    const { clock, origin } = this.#deps;
    const room = await this.#known(id);
    if (!room?.schedule || (asker.role !== 'admin' && room.owner?.id !== asker.id))
      throw new Problem('NOT_FOUND');
    const { schedule, state, endedAt } = room;
    return calendarOf({
      id: room.id,
      schedule,
      endsAt: Math.min(room.expiresAt, endedAt ?? room.expiresAt),
      ended: state !== 'open' && room.ending !== 'expired',
      url: `${origin()}/r/${room.id}`,
      summary,
      now: clock.now(),
    });
  }

  /** To one room. Throws a Problem when that is not possible. */
  async act(action: RoomAction, id: string, by: Actor): Promise<void> {
    const room = await this.#known(id);
    if (!room) throw new Problem('NOT_FOUND');
    const hit = await this.#act(action, { ids: [room.id] }, 1, by);
    if (hit.length === 0) throw new Problem(whyNot(action, await this.#known(id)));
  }

  /** To all that the filter names; `more` when there are too many for one request. */
  async many(action: RoomAction, filter: RoomFilter, by: Actor): Promise<{ hit: number; more: boolean }> {
    let hit = 0;
    while (hit < MOST) {
      const ids = await this.#act(action, filter, AT_ONCE, by);
      hit += ids.length;
      if (ids.length < AT_ONCE) return { hit, more: false };
    }
    return { hit, more: true };
  }

  /** People in meetings of this process, and at its doors. */
  crowd(): { live: number; people: number; waiting: number } {
    const { meetings, lobbies } = this.#deps;
    let [live, people] = [0, 0];
    for (const meeting of meetings.all()) {
      live += 1;
      people += meeting.peers.size;
    }
    return { live, people, waiting: lobbies.waitingIn() };
  }

  async #act(action: RoomAction, filter: RoomFilter, limit: number, by: Actor): Promise<RoomId[]> {
    const { store, lifecycle, meetings } = this.#deps;
    const ids = await store.act(action, filter, limit, by);
    for (const id of ids) {
      if (action.do === 'end' || action.do === 'delete') lifecycle.endRoom(id, 'room-closed');
      const meeting = action.do === 'shorten' ? meetings.inRoom(id) : undefined;
      if (meeting && action.do === 'shorten') shortenMeeting(meeting, action.expiresAt);
    }
    return ids;
  }

  async #known(id: string): Promise<KnownRoom | undefined> {
    const known = RoomId.safeParse(id);
    return known.success ? this.#deps.store.find(known.data) : undefined;
  }

  #liveRooms(): RoomId[] {
    return [...this.#deps.meetings.all()].map(({ room }) => room.id);
  }

  #summary(room: KnownRoom): RoomSummary {
    const { clock, meetings, lobbies } = this.#deps;
    const now = clock.now();
    const opens = opensAt(room, now);
    return {
      ...room,
      ageMs: Math.max(0, now - room.createdAt),
      leftMs: room.state === 'open' ? Math.max(0, room.expiresAt - now) : 0,
      people: meetings.inRoom(room.id)?.peers.size ?? 0,
      waiting: lobbies.waitingIn(room.id),
      ...(room.state === 'open' && opens !== undefined && { opensAt: opens }),
    };
  }
}

/** Throws a Problem for a schedule that is none. */
function lastEnd(schedule: Schedule, now: number): number {
  const times = timesOf(schedule);
  if ((times[0]?.from ?? 0) <= now) throw new Problem('BAD_REQUEST', 'body.schedule.start: it is over');
  if (overlaps(schedule))
    throw new Problem('BAD_REQUEST', 'body.schedule.lastsMs: longer than from one time to the next');
  return times.at(-1)?.to ?? now;
}

/** Of several ends the earliest holds, whoever has set it: an admin here, or a policy. Members are told, as of stricter rules. */
function shortenMeeting(meeting: Meeting, end: number): void {
  const { room } = meeting;
  const cap = Math.min(end, room.cap ?? end);
  meeting.room = { ...room, expiresAt: Math.min(room.expiresAt, cap), cap };
  meeting.tellRestriction();
}

function whyNot(action: RoomAction, room: KnownRoom | undefined) {
  if (!room) return 'NOT_FOUND';
  if (action.do === 'archive') return room.state === 'open' ? 'ROOM_OPEN' : 'ROOM_ENDED';
  return action.do === 'shorten' && room.state === 'open' ? 'NOT_EARLIER' : 'ROOM_ENDED';
}
