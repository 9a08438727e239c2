// Rooms in a database, as admins see and end them.
import { type Kysely, sql, type Transaction } from 'kysely';
import * as z from 'zod/mini';
import { ENDINGS, ROOM_STATES, RoomId, Suite } from '#protocol';
import type { Page } from '../accounts/people.ts';
import { type Actor, reference } from '../audit/events.ts';
import type { Clock } from '../clock.ts';
import type { KnownRoom, RoomAction, RoomAdminStore, RoomFilter, RoomSort } from '../roomAdmin.ts';
import { asked } from './asked.ts';
import type { Ledger, Note } from './Ledger.ts';
import { behind } from './paging.ts';
import { ARCHIVED, scheduleOf } from './StoredRooms.ts';
import type { Tables } from './schema.ts';

const COLUMNS: Readonly<Record<RoomSort, string>> = {
  created: 'rooms.created_at',
  expires: 'rooms.expires_at',
};

interface Found {
  readonly id: RoomId;
  readonly expiresAt: number;
}

export class StoredRoomAdmin implements RoomAdminStore {
  readonly #db: Kysely<Tables>;
  readonly #ledger: Ledger;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #one: ReturnType<typeof one>;

  constructor(db: Kysely<Tables>, ledger: Ledger, clock: Pick<Clock, 'now'>) {
    this.#db = db;
    this.#ledger = ledger;
    this.#clock = clock;
    this.#one = one(db);
  }

  async page(filter: RoomFilter, page: Page<RoomSort>): Promise<KnownRoom[]> {
    const column = COLUMNS[page.sort];
    const direction = page.descending ? 'desc' : 'asc';
    const rows = await known(this.#db)
      .where(matching(filter))
      .where(behind({ column, id: 'rooms.id' }, page))
      .orderBy(sql.ref(column), direction)
      .orderBy('rooms.id', direction)
      .limit(page.limit)
      .execute();
    return rows.map(knownRoom);
  }

  async find(id: RoomId): Promise<KnownRoom | undefined> {
    const { rows } = await this.#db.executeQuery(asked(this.#one, [id]));
    return rows[0] && knownRoom(rows[0]);
  }

  async count(): Promise<number> {
    const { count } = await this.#db
      .selectFrom('rooms')
      .select((row) => row.fn.countAll<number>().as('count'))
      .where('state', '=', 'open')
      .executeTakeFirstOrThrow();
    return count;
  }

  act(action: RoomAction, filter: RoomFilter, limit: number, by: Actor): Promise<RoomId[]> {
    return this.#ledger.run(async (tx, note) => {
      const rows = await tx
        .selectFrom('rooms')
        .select(['id', 'expires_at'])
        .where(matching(filter))
        .where(possible(action))
        .orderBy('id')
        .limit(limit)
        .execute();
      const found = rows.map((row) => ({ id: z.parse(RoomId, row.id), expiresAt: row.expires_at }));
      if (found.length === 0) return [];
      return this.#change(tx, action, found, (room) => noted(note, action, room, by));
    });
  }

  /** Answers those that nobody else has changed in between: it locks each of them. */
  async #change(
    tx: Transaction<Tables>,
    action: RoomAction,
    found: readonly Found[],
    done: (room: Found) => void,
  ): Promise<RoomId[]> {
    const ids = found.map(({ id }) => id);
    if (action.do === 'delete') await tx.deleteFrom('kept_answers').where('about', 'in', ids).execute();
    const changed =
      action.do === 'delete'
        ? await tx.deleteFrom('rooms').where('id', 'in', ids).returning('id').execute()
        : await tx
            .updateTable('rooms')
            .set(this.#set(action))
            .where('id', 'in', ids)
            .where(possible(action))
            .returning('id')
            .execute();
    const hit = new Set(changed.map(({ id }) => id));
    const rooms = found.filter(({ id }) => hit.has(id));
    for (const room of rooms) done(room);
    return rooms.map(({ id }) => id);
  }

  #set(action: Exclude<RoomAction, { do: 'delete' }>) {
    if (action.do === 'archive') return ARCHIVED;
    if (action.do === 'shorten') return { expires_at: action.expiresAt, latest_end: action.expiresAt };
    return { state: 'ended', ended_at: this.#clock.now(), ending: 'admin' };
  }
}

const known = (db: Kysely<Tables>) =>
  db
    .selectFrom('rooms')
    .leftJoin('users', 'users.id', 'rooms.owner')
    .select(['rooms.id', 'state', 'owner', 'users.name', 'users.email', 'lobby', 'suite', 'visited'])
    .select(['host_key_hash', 'opening_hash', 'created_at', 'expires_at', 'ended_at', 'ending', 'schedule']);

const one = (db: Kysely<Tables>) => known(db).where('rooms.id', '=', '').compile();

function noted(note: Note, action: RoomAction, { id, expiresAt }: Found, by: Actor): void {
  const room = reference(id);
  if (action.do === 'end') note('room:ended-by-admin', { room, ...by });
  else if (action.do === 'archive') note('room:archived', { room, ...by });
  else if (action.do === 'delete') note('room:deleted', { room, ...by });
  else note('room:expiry-changed', { room, ...by, from: expiresAt, to: action.expiresAt });
}

function possible(action: RoomAction) {
  if (action.do === 'delete') return sql<boolean>`true`;
  if (action.do === 'archive') return sql<boolean>`rooms.state = 'ended'`;
  if (action.do === 'end') return sql<boolean>`rooms.state = 'open'`;
  return sql<boolean>`rooms.state = 'open' and rooms.expires_at > ${action.expiresAt}`;
}

function matching(filter: RoomFilter) {
  const { state, owner, visited, createdFrom, createdBefore, expiresFrom, expiresBefore } = filter;
  const { ids, otherThan = [] } = filter;
  const all = [sql<boolean>`true`];
  if (state !== undefined) all.push(sql`rooms.state = ${state}`);
  if (owner !== undefined) all.push(sql`rooms.owner = ${owner}`);
  if (visited !== undefined) all.push(sql`rooms.visited = ${visited ? 1 : 0}`);
  if (createdFrom !== undefined) all.push(sql`rooms.created_at >= ${createdFrom}`);
  if (createdBefore !== undefined) all.push(sql`rooms.created_at < ${createdBefore}`);
  if (expiresFrom !== undefined) all.push(sql`rooms.expires_at >= ${expiresFrom}`);
  if (expiresBefore !== undefined) all.push(sql`rooms.expires_at < ${expiresBefore}`);
  // No list of none: `in ()` is no SQL everywhere.
  if (ids) all.push(ids.length === 0 ? sql`false` : sql`rooms.id in (${sql.join(ids)})`);
  if (otherThan.length > 0) all.push(sql`rooms.id not in (${sql.join(otherThan)})`);
  return sql<boolean>`(${sql.join(all, sql` and `)})`;
}

const Row = z.object({
  id: RoomId,
  state: z.enum(ROOM_STATES),
  owner: z.nullable(z.string()),
  name: z.nullable(z.string()),
  email: z.nullable(z.string()),
  lobby: z.int(),
  suite: Suite,
  visited: z.int(),
  host_key_hash: z.string(),
  opening_hash: z.nullable(z.string()),
  created_at: z.int(),
  expires_at: z.int(),
  ended_at: z.nullable(z.int()),
  ending: z.nullable(z.enum(ENDINGS)),
  schedule: z.nullable(z.string()),
});

function knownRoom(row: Readonly<Record<string, unknown>>): KnownRoom {
  const { id, state, owner, name, email, ending, ...rest } = z.parse(Row, row);
  return {
    id,
    state,
    owner: owner === null ? null : { id: owner, name, email },
    lobby: rest.lobby === 1,
    suite: rest.suite,
    opened: rest.opening_hash === null,
    visited: rest.visited === 1,
    createdAt: rest.created_at,
    expiresAt: rest.expires_at,
    endedAt: rest.ended_at,
    ending,
    ...(rest.schedule !== null && { schedule: scheduleOf(rest.schedule) }),
  };
}
