import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('kept_answers')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addColumn('request_hash', 'text', (column) => column.notNull())
    .addColumn('about', 'text')
    .addColumn('sealed', 'text')
    .addColumn('begun_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('kept_answers_of').on('kept_answers').columns(['holder', 'begun_at']).execute();
  await db.schema.createIndex('kept_answers_about').on('kept_answers').column('about').execute();
}
