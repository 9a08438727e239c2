// Rooms: what outlives a meeting, and what a store of them must do. storage/StoredRooms.ts is the one that does it.
import type { RoomId } from '#protocol';

/**
 * open ─▶ ended ─▶ archived, and never back. In an open room people meet. An ended one lets nobody in any more. Of an
 * archived one only its id, owner and times are left: nobody else is ever given that id.
 */
export const ROOM_STATES = ['open', 'ended', 'archived'] as const;
export type RoomState = (typeof ROOM_STATES)[number];

export interface Room {
  readonly id: RoomId;
  /** The account that made it; null when somebody at the machine itself did, before there was an admin. */
  readonly owner: string | null;
  readonly state: RoomState;
  /** Of the root host key: its device is a host here, and so are those with its certificate. Empty once archived. */
  readonly hostKeyHash: Uint8Array;
  /** People wait until a host admits them. */
  readonly lobby: boolean;
  /** Somebody has come to its door or into it. */
  readonly visited: boolean;
  /** Milliseconds since 1970, as all times here. */
  readonly createdAt: number;
  readonly expiresAt: number;
}

/**
 * A room that nobody has visited is safe this long in a server that is full. More: a flood keeps its places. Less: a link
 * that was sent round is dead before people come.
 */
export const UNVISITED_KEPT_MS = 60 * 60 * 1000;

/** What a host has signed for the room, in order. Opaque: the server keeps it for clients, who check it. */
export type Statement = Uint8Array;

/** A policy with all its lists full is 12 kB. */
export const MAX_STATEMENT_BYTES = 16 * 1024;
/** For each room. */
export const MAX_STATEMENTS = 64;

export interface RoomStore {
  /**
   * With its first statements, all or nothing. False when the store is full; with `leave: 'half'` already when half of it is
   * taken. A store that is full ends the room that has been UNVISITED_KEPT_MS without a visitor, the oldest first.
   */
  add(room: Room, statements?: readonly Statement[], leave?: 'nothing' | 'half'): Promise<boolean>;
  /** Somebody has come. */
  visit(id: RoomId): Promise<void>;
  /** In whatever state. */
  find(id: RoomId): Promise<Room | undefined>;
  /** Nothing happens when the room is not open. */
  setLobby(id: RoomId, lobby: boolean): Promise<void>;
  /** False when the room is not open or has MAX_STATEMENTS. */
  addStatement(id: RoomId, statement: Statement): Promise<boolean>;
  statements(id: RoomId): Promise<Statement[]>;
  /** Which of these are open. Another process may have ended one, so each process asks for the rooms that it has people in. */
  openAmong(ids: readonly RoomId[], now: number): Promise<ReadonlySet<RoomId>>;
  /** Ends the open ones whose time is over. */
  endExpired(now: number): Promise<void>;
  /** Archives what ended before: statements, settings and host key go. */
  archiveEnded(before: number): Promise<void>;
}

/** The sweep that ends a room comes a little after its time. */
export function isOpen(room: Room, now: number): boolean {
  return room.state === 'open' && room.expiresAt > now;
}
