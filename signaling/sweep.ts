// Rooms whose time is over, once a second. setTimeout cannot do it: it fires at once for times beyond 2^31 ms.
import type { RoomId } from '#protocol';
import type { Audit } from './audit/AuditLog.ts';
import { reference } from './audit/events.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import type { Lifecycle } from './meeting/Lifecycle.ts';
import type { Lobbies } from './meeting/Lobby.ts';
import type { Meetings } from './meeting/Meetings.ts';
import type { RoomStore } from './rooms.ts';

interface Deps {
  readonly clock: Clock;
  readonly log: Log;
  readonly rooms: RoomStore;
  readonly meetings: Pick<Meetings, 'all'>;
  readonly lobbies: Pick<Lobbies, 'rooms'>;
  readonly lifecycle: Pick<Lifecycle, 'endRoom'>;
  readonly audit: Pick<Audit, 'note'>;
}

const ARCHIVE_EVERY_MS = 60 * 60 * 1000;
/** More: the database remembers longer what nobody can use any more. Less: an owner who comes back from holidays finds nothing. */
const ENDED_KEPT_MS = 30 * 24 * 60 * 60 * 1000;

export class Sweep {
  readonly #deps: Deps;
  #archivedAt = Number.NEGATIVE_INFINITY;
  #state: 'idle' | 'running' | 'asked again' = 'idle';

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** One at a time, for the database may be slow; asked meanwhile, it goes once more. */
  async run(): Promise<void> {
    if (this.#state !== 'idle') {
      this.#state = 'asked again';
      return;
    }
    do {
      this.#state = 'running';
      await this.#once();
    } while (this.#askedAgain());
    this.#state = 'idle';
  }

  #askedAgain(): boolean {
    return this.#state === 'asked again';
  }

  async #once(): Promise<void> {
    try {
      await this.#endRooms();
      await this.#archive();
    } catch (error) {
      this.#deps.log.error({ err: error }, 'expired rooms could not be ended; the next sweep tries again');
    }
  }

  async #endRooms(): Promise<void> {
    const { clock, rooms, meetings, lobbies, lifecycle, audit } = this.#deps;
    const now = clock.now();
    for (const id of await rooms.endExpired(now)) audit.note('room:expired', { room: reference(id) });
    const here = new Set<RoomId>(lobbies.rooms());
    for (const meeting of meetings.all()) here.add(meeting.room.id);
    const open = await rooms.openAmong([...here], now);
    for (const id of here) {
      if (open.has(id)) continue;
      const room = await rooms.find(id);
      // One that is not there was deleted. One that is still open has just passed its time, and the next sweep ends it there, too.
      const expired = room && (room.ending ?? 'expired') === 'expired';
      lifecycle.endRoom(id, expired ? 'expired' : 'room-closed');
    }
  }

  async #archive(): Promise<void> {
    const { clock, rooms } = this.#deps;
    const now = clock.now();
    if (now - this.#archivedAt < ARCHIVE_EVERY_MS) return;
    await rooms.archiveEnded(now - ENDED_KEPT_MS);
    this.#archivedAt = now;
  }
}
