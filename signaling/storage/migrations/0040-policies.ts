import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('policies')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.unique())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('rules', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('policy_members')
    .addColumn('policy', 'text', (column) => column.notNull().references('policies.id').onDelete('cascade'))
    .addColumn('account', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addPrimaryKeyConstraint('policy_members_key', ['policy', 'account'])
    .execute();
  await db.schema.createIndex('policy_members_of_account').on('policy_members').column('account').execute();
  await db.schema
    .createTable('policy_revision')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('revision', 'bigint', (column) => column.notNull())
    .execute();
  // For shortening the rooms of a group's accounts.
  await db.schema.createIndex('rooms_of_owner_by_state').on('rooms').columns(['owner', 'state']).execute();
}
