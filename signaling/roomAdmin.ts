// What admins may do with rooms, and what a store of that must do. storage/StoredRoomAdmin.ts is the one that does it.
import type { RoomId, RoomSummary } from '#protocol';
import type { Page } from './accounts/people.ts';
import type { Actor } from './audit/events.ts';
import type { RoomState } from './rooms.ts';

/** A room without what only a process knows that holds its meeting. */
export type KnownRoom = Omit<RoomSummary, 'ageMs' | 'leftMs' | 'people' | 'waiting' | 'opensAt'>;

export interface RoomFilter {
  readonly state?: RoomState | undefined;
  /** An account. */
  readonly owner?: string | undefined;
  readonly visited?: boolean | undefined;
  /** Unix ms; `…Before` is the first that is too late. */
  readonly createdFrom?: number | undefined;
  readonly createdBefore?: number | undefined;
  readonly expiresFrom?: number | undefined;
  readonly expiresBefore?: number | undefined;
  /** Of these only, or without these. */
  readonly ids?: readonly RoomId[] | undefined;
  readonly otherThan?: readonly RoomId[] | undefined;
}

export type RoomSort = 'created' | 'expires';

/** To end and to shorten means open rooms; to archive, ended ones; to delete, all. */
export type RoomAction =
  | { readonly do: 'end' }
  | { readonly do: 'shorten'; readonly expiresAt: number }
  | { readonly do: 'archive' }
  | { readonly do: 'delete' };

export interface RoomAdminStore {
  page(filter: RoomFilter, page: Page<RoomSort>): Promise<KnownRoom[]>;
  find(id: RoomId): Promise<KnownRoom | undefined>;
  /** Open ones. */
  count(): Promise<number>;
  /**
   * To the first so many rooms that the filter names and the action is possible for, each with its row in the audit log: all of
   * them or none. Answers them. No host moves the end of a shortened room again.
   */
  act(action: RoomAction, filter: RoomFilter, limit: number, by: Actor): Promise<RoomId[]>;
}
