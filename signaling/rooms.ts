// Rooms: what outlives a meeting. The interface is what a database will implement; this one is in memory.
import type { RoomId } from '#protocol';

export interface Room {
  readonly id: RoomId;
  /** Of the root host key: its device is a host here, and so are those with its certificate. */
  readonly hostKeyHash: Uint8Array;
  /** People wait until a host admits them. */
  readonly lobby: boolean;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export interface RoomStore {
  /** False when the store is full. */
  add(room: Room): Promise<boolean>;
  /** Expired ones are not found. */
  find(id: RoomId, now: number): Promise<Room | undefined>;
  /** Nothing happens when the room has ended. */
  setLobby(id: RoomId, lobby: boolean): Promise<void>;
  /** Removes the expired ones and names them. */
  removeExpired(now: number): Promise<RoomId[]>;
}

/** About 300 bytes each. */
const MAX_ROOMS = 100_000;

export class MemoryRooms implements RoomStore {
  readonly #rooms = new Map<RoomId, Room>();
  readonly #max: number;

  constructor(max = MAX_ROOMS) {
    this.#max = max;
  }

  async add(room: Room): Promise<boolean> {
    if (this.#rooms.size >= this.#max) return false;
    this.#rooms.set(room.id, room);
    return true;
  }

  async find(id: RoomId, now: number): Promise<Room | undefined> {
    const room = this.#rooms.get(id);
    return room && room.expiresAt > now ? room : undefined;
  }

  async setLobby(id: RoomId, lobby: boolean): Promise<void> {
    const room = this.#rooms.get(id);
    if (room) this.#rooms.set(id, { ...room, lobby });
  }

  async removeExpired(now: number): Promise<RoomId[]> {
    const expired = [...this.#rooms.values()].filter((room) => room.expiresAt <= now).map((room) => room.id);
    for (const id of expired) this.#rooms.delete(id);
    return expired;
  }
}
