// Keeps running meetings and lobbies to the policies, once a second: what has become stricter reaches into them, what has
// become looser does not. Hours and solitude need no change to end a meeting.
import type { Audit } from '../audit/AuditLog.ts';
import { fingerprint, reference } from '../audit/events.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Lifecycle } from '../meeting/Lifecycle.ts';
import type { Lobbies, Lobby } from '../meeting/Lobby.ts';
import type { Meeting } from '../meeting/Meeting.ts';
import type { Meetings } from '../meeting/Meetings.ts';
import type { Membership } from '../meeting/Membership.ts';
import { closeScreens } from '../meeting/media.ts';
import type { Peer } from '../peer.ts';
import type { RoomStore } from '../rooms.ts';
import { isOpenNow } from '../schedule/times.ts';
import { isHostOfRoom } from '../visitor.ts';
import { Closing } from './Closing.ts';
import { type Entrant, entryRefusal, guestRefusal, PUT_OUT } from './entry.ts';
import type { PolicyStore } from './policies.ts';
import type { Rulebook } from './Rulebook.ts';
import { isTime, type Rules, suiteOf } from './rules.ts';

interface Deps {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Pick<PolicyStore, 'shortenRooms'>;
  readonly rulebook: Rulebook;
  readonly rooms: Pick<RoomStore, 'find'>;
  readonly meetings: Pick<Meetings, 'all' | 'inRoom'>;
  readonly lobbies: Pick<Lobbies, 'all' | 'of'>;
  readonly lifecycle: Pick<Lifecycle, 'end'>;
  readonly membership: Pick<Membership, 'depart'>;
  readonly audit: Pick<Audit, 'note'>;
}

const MINUTE_MS = 60_000;
/** Times that rooms are looked at after a change: what was asked for just before it may arrive just after it. */
const LOOKS = 2;

export class Enforcement {
  readonly #deps: Deps;
  /** The rules that a meeting was held to last, as the rulebook had them. */
  readonly #held = new WeakMap<Meeting, Rules>();
  /** Since when nobody has been there beside one person. */
  readonly #aloneSince = new WeakMap<Meeting, number>();
  /** Stricter than before, and those in it have not been looked at. */
  readonly #tightened = new WeakSet<Meeting>();
  /** In it are people who came when nobody had to be verified. */
  readonly #unverified = new WeakSet<Meeting>();
  /** Their room ends earlier than they have been told. */
  readonly #shortened = new WeakSet<Meeting>();
  /** The sfu has not closed all that it should have. */
  readonly #screensLeft = new WeakSet<Meeting>();
  readonly #closing = new Closing();
  #looksDue = LOOKS;
  #learning = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** What is known is enforced at once, and does not wait for a database that is slow: while it does not answer, that holds. */
  async run(): Promise<void> {
    this.#enforce();
    if (this.#learning) return;
    this.#learning = true;
    await this.#attempt('policies could not be read; the next second tries again', () => this.#learn());
    await this.#attempt('rooms could not be shortened; the next second tries again', () =>
      this.#shortenRooms(),
    );
    this.#learning = false;
    this.#enforce();
  }

  async #attempt(failed: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#deps.log.error({ err: error }, failed);
    }
  }

  async #learn(): Promise<void> {
    if (await this.#deps.rulebook.refresh()) this.#looksDue = LOOKS;
    for (const meeting of this.#deps.meetings.all()) this.#tighten(meeting);
  }

  #tighten(meeting: Meeting): void {
    const now = this.#deps.rulebook.of(meeting.room.owner);
    if (this.#held.get(meeting) === now) return;
    this.#held.set(meeting, now);
    const { verifiedOnly } = meeting.rules;
    if (meeting.restrict(now)) this.#tightened.add(meeting);
    if (!verifiedOnly && meeting.rules.verifiedOnly) this.#unverified.add(meeting);
  }

  async #shortenRooms(): Promise<void> {
    if (this.#looksDue === 0) return;
    await this.#deps.store.shortenRooms();
    for (const meeting of [...this.#deps.meetings.all()]) await this.#shorten(meeting);
    this.#looksDue -= 1;
  }

  /** The database has the room's end. */
  async #shorten(meeting: Meeting): Promise<void> {
    const room = await this.#deps.rooms.find(meeting.room.id);
    const from = meeting.room.expiresAt;
    if (!room || room.expiresAt >= from || meeting.over) return;
    const { expiresAt, cap } = room;
    meeting.room = { ...meeting.room, expiresAt, ...(cap !== undefined && { cap }) };
    this.#shortened.add(meeting);
    // By an admin in another process, which has written it down.
    if (cap === expiresAt) return;
    const change = { room: reference(room.id), by: 'policy', from, to: expiresAt };
    this.#deps.audit.note('room:expiry-changed', change);
  }

  #enforce(): void {
    for (const meeting of [...this.#deps.meetings.all()]) {
      const tightened = this.#tightened.delete(meeting);
      if (this.#shortened.delete(meeting) || tightened) meeting.tellRestriction();
      const over = this.#whyOver(meeting);
      if (over) {
        this.#deps.lifecycle.end(meeting, over);
        continue;
      }
      this.#closing.tell(meeting, this.#deps.clock.now());
      if (tightened || this.#screensLeft.delete(meeting))
        void this.#attempt('a rule could not be enforced', () => this.#enforceIn(meeting));
    }
    for (const lobby of this.#deps.lobbies.all()) this.#sendAway(lobby);
  }

  /** The sfu may be slow: nobody waits for it. */
  async #enforceIn(meeting: Meeting): Promise<void> {
    const [closed] = await Promise.all([closeScreens(meeting), ...this.#putOut(meeting)]);
    if (!closed) this.#screensLeft.add(meeting);
  }

  #whyOver(meeting: Meeting): 'outside-hours' | 'idle' | 'suite-changed' | undefined {
    const now = this.#deps.clock.now();
    if (meeting.suite !== suiteOf(meeting, meeting.rules)) return 'suite-changed';
    if (!isTime(meeting.rules, now) || !isOpenNow(meeting.room, now)) return 'outside-hours';
    const here = [...meeting.peers.values()].filter(({ presence }) => presence === 'here');
    const since = here.length > 1 ? undefined : (this.#aloneSince.get(meeting) ?? now);
    if (since === undefined) this.#aloneSince.delete(meeting);
    else this.#aloneSince.set(meeting, since);
    const { idleEndMinutes } = meeting.rules;
    if (since === undefined || idleEndMinutes === null) return undefined;
    return now - since >= idleEndMinutes * MINUTE_MS ? 'idle' : undefined;
  }

  #putOut(meeting: Meeting): Promise<void>[] {
    const { membership, audit } = this.#deps;
    // Whom hosts have compared keys with, the server does not know: they come to the door once.
    const unverified = this.#unverified.delete(meeting);
    const inside = [...meeting.peers.values()];
    const tooMany = surplus(inside, meeting.most);
    return inside.flatMap((peer) => {
      const refusal = guestRefusal(meeting.rules, entrantOf(peer));
      const why = refusal
        ? PUT_OUT[refusal]
        : unverified && peer.role !== 'host'
          ? 'verification-required'
          : tooMany.has(peer) && 'room-full';
      if (!why || !peer.visitor) return [];
      const at = { room: reference(meeting.room.id), meeting: reference(meeting.id) };
      audit.note('policy:put-out', { ...at, who: fingerprint(peer.visitor.key), why });
      return membership.depart(peer, 'policy', why);
    });
  }

  /** Those who wait where a meeting is are held to its rules, others to those of the room's owner. */
  #sendAway(lobby: Lobby): void {
    for (const [peer] of lobby.waiting()) {
      if (peer.standing.state !== 'lobby') continue;
      const { room } = peer.standing;
      const meeting = this.#deps.meetings.inRoom(room.id);
      const rules = meeting?.rules ?? this.#deps.rulebook.of(room.owner);
      const refusal = entryRefusal(rules, entrantOf(peer), this.#deps.clock.now());
      if (refusal) lobby.sendAway(peer, PUT_OUT[refusal]);
      else if (!isOpenNow(room, this.#deps.clock.now())) lobby.sendAway(peer, 'outside-hours');
      else if (peer.standing.visitor.suite !== (meeting?.suite ?? suiteOf(room, rules)))
        lobby.sendAway(peer, 'suite-changed');
    }
  }
}

/** Those who came last, and no hosts. */
function surplus(inside: readonly Peer[], most: number): ReadonlySet<Peer> {
  const guests = inside.filter(({ role }) => role !== 'host');
  const places = Math.max(0, most - (inside.length - guests.length));
  return new Set(guests.slice(places));
}

const entrantOf = ({ known, visitor }: Peer): Entrant => ({
  known,
  host: visitor !== undefined && isHostOfRoom(visitor),
});
