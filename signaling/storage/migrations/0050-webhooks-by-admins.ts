// Webhooks that admins make: where to and with which secret (sealed), and which events. Null of that of the configuration.
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('webhooks').addColumn('sealed', 'text').execute();
  await db.schema.alterTable('webhooks').addColumn('types', 'text').execute();
  await db.schema.alterTable('webhooks').addColumn('created_at', 'bigint').execute();
}
