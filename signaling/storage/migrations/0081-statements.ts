import type { Kysely } from 'kysely';

/** Nothing but tests ever wrote there: what hosts sign is in `extension`. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropTable('room_statements').execute();
  await db.schema.alterTable('rooms').dropColumn('statement_count').execute();
}
