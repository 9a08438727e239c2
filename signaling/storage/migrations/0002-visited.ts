import type { Kysely } from 'kysely';

/** Of rooms from before nobody knows: they count as visited, and live their time. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('rooms')
    .addColumn('visited', 'integer', (column) => column.notNull().defaultTo(1))
    .execute();
  // For a store that is full and looks for the room that has waited longest.
  await db.schema
    .createIndex('rooms_to_give_back')
    .on('rooms')
    .columns(['state', 'visited', 'created_at'])
    .execute();
}
