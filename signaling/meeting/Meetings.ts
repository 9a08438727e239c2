// The running meetings, by id and by room.
import type { MeetingId, RoomId } from '#protocol';
import type { Clock } from '../clock.ts';
import type { Rulebook } from '../policy/Rulebook.ts';
import type { Rules } from '../policy/rules.ts';
import type { Room } from '../rooms.ts';
import type { Door } from './Door.ts';
import { Meeting } from './Meeting.ts';

export class Meetings {
  readonly #byId = new Map<MeetingId, Meeting>();
  readonly #byRoom = new Map<RoomId, Meeting>();
  readonly #clock: Clock;
  readonly #rulebook: Pick<Rulebook, 'of'>;

  constructor(clock: Clock, rulebook: Pick<Rulebook, 'of'>) {
    this.#clock = clock;
    this.#rulebook = rulebook;
  }

  /** By the rules of now. */
  start(room: Room, before?: Door): Meeting {
    const rules = this.rulesFor(room);
    const meeting = new Meeting({ room, rules, clock: this.#clock, before });
    this.#byId.set(meeting.id, meeting);
    this.#byRoom.set(room.id, meeting);
    return meeting;
  }

  get(id: MeetingId): Meeting | undefined {
    return this.#byId.get(id);
  }

  inRoom(id: RoomId): Meeting | undefined {
    return this.#byRoom.get(id);
  }

  /** Of the meeting there, if there is one: it may be held to stricter ones than those of now. */
  rulesFor({ id, owner }: Pick<Room, 'id' | 'owner'>): Rules {
    return this.inRoom(id)?.rules ?? this.#rulebook.of(owner);
  }

  all(): Iterable<Meeting> {
    return this.#byId.values();
  }

  remove(meeting: Meeting): void {
    meeting.over = true;
    meeting.confirmations.stop();
    this.#byId.delete(meeting.id);
    if (this.#byRoom.get(meeting.room.id) === meeting) this.#byRoom.delete(meeting.room.id);
  }
}
