import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('rooms')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('owner', 'text')
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('host_key_hash', 'text', (column) => column.notNull())
    .addColumn('lobby', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('ended_at', 'bigint')
    .addColumn('statement_count', 'integer', (column) => column.notNull())
    .execute();
  // For the sweep, once a second, and for the count of open rooms.
  await db.schema.createIndex('rooms_to_end').on('rooms').columns(['state', 'expires_at']).execute();
  await db.schema
    .createTable('room_statements')
    .addColumn('room_id', 'text', (column) => column.notNull().references('rooms.id').onDelete('cascade'))
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('room_statements_key', ['room_id', 'position'])
    .execute();
}
