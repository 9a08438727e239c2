import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('policy_deleted_members')
    .addColumn('policy', 'text', (column) => column.notNull().references('policies.id').onDelete('cascade'))
    // No account has this id any more; rooms have it as their owner.
    .addColumn('account', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('policy_deleted_members_key', ['policy', 'account'])
    .execute();
}
