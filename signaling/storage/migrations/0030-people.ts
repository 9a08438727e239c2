// Accounts that are shut out, who has invited, and how much a key may ask.
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // Named as its neighbours are, which are better-auth's.
  await db.schema.alterTable('users').addColumn('disabledAt', 'bigint').execute();
  await db.schema.alterTable('invitations').addColumn('invited_by', 'text').execute();
  await db.schema.alterTable('api_keys').addColumn('per_minute', 'integer').execute();
}
