import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('audit_chains')
    .addColumn('organisation', 'text', (column) => column.primaryKey())
    .addColumn('count', 'bigint', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('audit_rows')
    .addColumn('organisation', 'text', (column) => column.notNull())
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .addColumn('prev', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    // Two rows can never take one place, whoever writes them.
    .addPrimaryKeyConstraint('audit_rows_key', ['organisation', 'seq'])
    .execute();
  await db.schema
    .createIndex('audit_rows_by_time')
    .on('audit_rows')
    .columns(['organisation', 'at'])
    .execute();
  await db.schema
    .createIndex('audit_rows_by_type')
    .on('audit_rows')
    .columns(['organisation', 'type', 'seq'])
    .execute();
  await db.schema
    .createTable('audit_statements')
    .addColumn('organisation', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('count', 'bigint', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('signature', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('audit_statements_key', ['organisation', 'kind', 'count'])
    .execute();
}
