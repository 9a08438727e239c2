import type { Kysely } from 'kysely';

/** Rooms from before have the one that there was. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('rooms')
    .addColumn('suite', 'text', (column) => column.notNull().defaultTo('x25519'))
    .execute();
}
