import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('rooms').addColumn('ending', 'text').execute();
  await db.schema.alterTable('rooms').addColumn('extension', 'text').execute();
}
