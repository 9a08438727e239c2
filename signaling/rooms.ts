// Rooms: what outlives a meeting, and what a store of them must do. storage/StoredRooms.ts is the one that does it.
import type { ENDINGS, ROOM_STATES, RoomId, Schedule, Suite } from '#protocol';

export type RoomState = (typeof ROOM_STATES)[number];
export type Ending = (typeof ENDINGS)[number];

export interface Room {
  readonly id: RoomId;
  /** The account that made it; null when somebody at the machine itself did, before there was an admin. */
  readonly owner: string | null;
  readonly state: RoomState;
  /**
   * Of the root host key: its device is a host here, and so are those with its certificate. Empty once archived, and while
   * nobody has opened it yet.
   */
  readonly hostKeyHash: Uint8Array;
  /** Of the one-time token that opens a room made by the API. */
  readonly openingHash?: string;
  /** People wait until a host admits them. */
  readonly lobby: boolean;
  /** Its meetings have no weaker one. */
  readonly suite: Suite;
  /** Somebody has come to its door or into it. */
  readonly visited: boolean;
  /** Milliseconds since 1970, as all times here. */
  readonly createdAt: number;
  readonly expiresAt: number;
  /** It is open at these times only, until expiresAt. */
  readonly schedule?: Schedule;
  /** An admin has set it: hosts move the end to no later time. */
  readonly cap?: number;
  /** What a host has signed to move the end there; none while the end is still the first one. */
  readonly extension?: Statement;
  /** Of a room that is not open. */
  readonly ending?: Ending;
}

/**
 * A room that nobody has visited is safe this long in a server that is full. More: a flood keeps its places. Less: a link
 * that was sent round is dead before people come.
 */
export const UNVISITED_KEPT_MS = 60 * 60 * 1000;

/** What a host has signed for the room. Opaque: the server keeps it for clients, who check it. */
export type Statement = Uint8Array;

/** A policy with all its lists full is 12 kB. */
export const MAX_STATEMENT_BYTES = 16 * 1024;

export interface RoomStore {
  /**
   * False when the store is full; with `leave: 'half'` already when half of it is taken. A store that is full ends the room that has been UNVISITED_KEPT_MS without a visitor, the oldest first.
   */
  add(room: Room, leave?: 'nothing' | 'half'): Promise<boolean>;
  /** Somebody has come. */
  visit(id: RoomId): Promise<void>;
  /** In whatever state. */
  find(id: RoomId): Promise<Room | undefined>;
  /** Nothing happens when the room is not open. */
  setLobby(id: RoomId, lobby: boolean): Promise<void>;
  /** Which of these are open. Another process may have ended one, so each process asks for the rooms that it has people in. */
  openAmong(ids: readonly RoomId[], now: number): Promise<ReadonlySet<RoomId>>;
  /** Gives a room its root host key. False when the token is not the one of an open room that nobody has opened. */
  openFirst(id: RoomId, openingHash: string, hostKeyHash: Uint8Array, now: number): Promise<boolean>;
  /**
   * Moves the end to a later time; `extension` replaces the one before. False when the room is not open, or ends later, or an
   * admin has said that it must end before. Throws a RangeError beyond MAX_STATEMENT_BYTES.
   */
  extend(id: RoomId, expiresAt: number, extension: Statement): Promise<boolean>;
  /** Before its time, and for ever. False when the room is not open. */
  end(id: RoomId, ending: Ending, now: number): Promise<boolean>;
  /** Ends the open ones whose time is over. Answers them: of several processes, each has ended others. */
  endExpired(now: number): Promise<RoomId[]>;
  /** Archives what ended before: what a host has signed, settings and host key go. */
  archiveEnded(before: number): Promise<void>;
}

/** It has a host, so that there can be a link to it. */
export const isOpened = ({ hostKeyHash }: Pick<Room, 'hostKeyHash'>): boolean => hostKeyHash.length > 0;

/** The sweep that ends a room comes a little after its time. */
export function isOpen(room: Room, now: number): boolean {
  return room.state === 'open' && room.expiresAt > now;
}
