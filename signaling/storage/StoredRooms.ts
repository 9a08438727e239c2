// Rooms in a database. Every method is one transaction: what it has answered is kept, what was cut short has not happened.
import type { Kysely, Selectable, Transaction } from 'kysely';
import * as z from 'zod/mini';
import { ENDINGS, ROOM_STATES, RoomId, Schedule, Suite } from '#protocol';
import {
  type Ending,
  MAX_STATEMENT_BYTES,
  type Room,
  type RoomStore,
  type Statement,
  UNVISITED_KEPT_MS,
} from '../rooms.ts';
import type { Tables } from './schema.ts';

/** Open ones. Each takes some 400 bytes. */
const MAX_ROOMS = 100_000;
/** SQLite takes 32,766 parameters. */
const IDS_AT_ONCE = 1_000;

const flag = z.union([z.literal(0), z.literal(1)]);
const Row = z.object({
  id: RoomId,
  owner: z.nullable(z.string()),
  state: z.enum(ROOM_STATES),
  host_key_hash: z.string(),
  opening_hash: z.nullable(z.string()),
  lobby: flag,
  suite: Suite,
  visited: flag,
  created_at: z.int(),
  expires_at: z.int(),
  latest_end: z.nullable(z.int()),
  ending: z.nullable(z.enum(ENDINGS)),
  extension: z.nullable(z.string()),
  schedule: z.nullable(z.string()),
});

export class StoredRooms implements RoomStore {
  readonly #db: Kysely<Tables>;
  readonly #max: number;

  constructor(db: Kysely<Tables>, max = MAX_ROOMS) {
    this.#db = db;
    this.#max = max;
  }

  add(room: Room, leave: 'nothing' | 'half' = 'nothing'): Promise<boolean> {
    return this.#db.transaction().execute(async (tx) => {
      // Two processes at once may exceed it by one each: it is there against floods.
      const taken = await openRooms(tx);
      if (leave === 'half' && taken >= this.#max / 2) return false;
      if (taken >= this.#max && !(await giveBack(tx, room.createdAt))) return false;
      await tx.insertInto('rooms').values(rowOf(room)).execute();
      return true;
    });
  }

  async visit(id: RoomId): Promise<void> {
    await this.#db.updateTable('rooms').set({ visited: 1 }).where('id', '=', id).execute();
  }

  async find(id: RoomId): Promise<Room | undefined> {
    const row = await this.#db.selectFrom('rooms').selectAll().where('id', '=', id).executeTakeFirst();
    return row && roomOf(row);
  }

  async setLobby(id: RoomId, lobby: boolean): Promise<void> {
    const set = { lobby: lobby ? 1 : 0 };
    await this.#db.updateTable('rooms').set(set).where('id', '=', id).where('state', '=', 'open').execute();
  }

  async openAmong(ids: readonly RoomId[], now: number): Promise<ReadonlySet<RoomId>> {
    const open = new Set<RoomId>();
    for (let from = 0; from < ids.length; from += IDS_AT_ONCE) {
      const rows = await this.#db
        .selectFrom('rooms')
        .select('id')
        .where('id', 'in', ids.slice(from, from + IDS_AT_ONCE))
        .where('state', '=', 'open')
        .where('expires_at', '>', now)
        .execute();
      for (const { id } of rows) open.add(z.parse(RoomId, id));
    }
    return open;
  }

  async openFirst(id: RoomId, openingHash: string, hostKeyHash: Uint8Array, now: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('rooms')
      .set({ host_key_hash: textOf(hostKeyHash), opening_hash: null })
      .where('id', '=', id)
      .where('state', '=', 'open')
      .where('expires_at', '>', now)
      .where('opening_hash', '=', openingHash)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  async extend(id: RoomId, expiresAt: number, extension: Statement): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('rooms')
      .set({ expires_at: expiresAt, extension: textOf(extension) })
      .where('id', '=', id)
      .where('state', '=', 'open')
      .where('expires_at', '<', expiresAt)
      .where((row) => row.or([row('latest_end', 'is', null), row('latest_end', '>=', expiresAt)]))
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  async end(id: RoomId, ending: Ending, now: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('rooms')
      .set({ state: 'ended', ended_at: now, ending })
      .where('id', '=', id)
      .where('state', '=', 'open')
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  async endExpired(now: number): Promise<RoomId[]> {
    const ended = await this.#db
      .updateTable('rooms')
      .set({ state: 'ended', ended_at: now, ending: 'expired' })
      .where('state', '=', 'open')
      .where('expires_at', '<=', now)
      .returning('id')
      .execute();
    return ended.map(({ id }) => z.parse(RoomId, id));
  }

  async archiveEnded(before: number): Promise<void> {
    await this.#db
      .updateTable('rooms')
      .set(ARCHIVED)
      .where('state', '=', 'ended')
      .where('ended_at', '<', before)
      .execute();
  }
}

/** What is left of a room: id, owner, times, and why it ended. */
export const ARCHIVED = {
  state: 'archived',
  host_key_hash: '',
  opening_hash: null,
  lobby: 0,
  suite: 'x25519',
  extension: null,
  schedule: null,
} as const;

async function openRooms(tx: Transaction<Tables>): Promise<number> {
  const { rooms } = await tx
    .selectFrom('rooms')
    .select((row) => row.fn.countAll<number>().as('rooms'))
    .where('state', '=', 'open')
    .executeTakeFirstOrThrow();
  return rooms;
}

/** Ends the room that has waited longest for somebody to come; false when none has waited for long. */
async function giveBack(tx: Transaction<Tables>, now: number): Promise<boolean> {
  const longest = tx
    .selectFrom('rooms')
    .select('id')
    .where('state', '=', 'open')
    .where('visited', '=', 0)
    .where('created_at', '<=', now - UNVISITED_KEPT_MS)
    .orderBy('created_at')
    .limit(1);
  const { numUpdatedRows } = await tx
    .updateTable('rooms')
    .set({ state: 'ended', ended_at: now, ending: 'unvisited' })
    .where('id', 'in', longest)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

function rowOf(room: Room): Tables['rooms'] {
  return {
    id: room.id,
    owner: room.owner,
    state: room.state,
    host_key_hash: Buffer.from(room.hostKeyHash).toString('base64url'),
    opening_hash: room.openingHash ?? null,
    lobby: room.lobby ? 1 : 0,
    suite: room.suite,
    visited: room.visited ? 1 : 0,
    created_at: room.createdAt,
    expires_at: room.expiresAt,
    latest_end: room.cap ?? null,
    ended_at: null,
    ending: room.ending ?? null,
    extension: room.extension ? textOf(room.extension) : null,
    schedule: room.schedule ? JSON.stringify(room.schedule) : null,
  };
}

function roomOf(row: Selectable<Tables['rooms']>): Room {
  const parsed = z.parse(Row, row);
  return {
    id: parsed.id,
    owner: parsed.owner,
    state: parsed.state,
    hostKeyHash: bytesOf(parsed.host_key_hash),
    lobby: parsed.lobby === 1,
    suite: parsed.suite,
    visited: parsed.visited === 1,
    createdAt: parsed.created_at,
    expiresAt: parsed.expires_at,
    ...(parsed.opening_hash !== null && { openingHash: parsed.opening_hash }),
    ...(parsed.latest_end !== null && { cap: parsed.latest_end }),
    ...(parsed.extension !== null && { extension: bytesOf(parsed.extension) }),
    ...(parsed.ending !== null && { ending: parsed.ending }),
    ...(parsed.schedule !== null && { schedule: scheduleOf(parsed.schedule) }),
  };
}

export const scheduleOf = (text: string): Schedule => z.parse(Schedule, JSON.parse(text));

function textOf(statement: Statement): string {
  if (statement.length > MAX_STATEMENT_BYTES) throw new RangeError('the statement is too long');
  return Buffer.from(statement).toString('base64url');
}

const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'base64url'));
