// The running meetings, by id and by room.
import type { MeetingId, RoomId } from '#protocol';
import type { Clock } from '../clock.ts';
import type { Room } from '../rooms.ts';
import type { Door } from './Door.ts';
import { Meeting } from './Meeting.ts';

export class Meetings {
  readonly #byId = new Map<MeetingId, Meeting>();
  readonly #byRoom = new Map<RoomId, Meeting>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  start(room: Room, before?: Door): Meeting {
    const meeting = new Meeting(room, this.#clock, before);
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
