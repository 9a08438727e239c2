// Rooms that an API has made and nobody has opened yet, ends that an admin has set, and lists of rooms.
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('rooms').addColumn('latest_end', 'bigint').execute();
  await db.schema.alterTable('rooms').addColumn('opening_hash', 'text').execute();
  await db.schema.createIndex('rooms_by_age').on('rooms').columns(['created_at', 'id']).execute();
  await db.schema.createIndex('rooms_by_end').on('rooms').columns(['expires_at', 'id']).execute();
  await db.schema.createIndex('rooms_of_owner').on('rooms').columns(['owner', 'created_at']).execute();
}
