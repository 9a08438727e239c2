// Which audit rows speak of whom, for rows that are there already, too.
import type { Kysely } from 'kysely';
import { namesIn } from '../../audit/events.ts';
import type { AuditTables } from '../auditSchema.ts';

const PAGE = 1_000;

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('audit_names')
    .addColumn('organisation', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('audit_names_key', ['organisation', 'name', 'seq'])
    .execute();
  await db.schema
    .createIndex('audit_names_by_row')
    .on('audit_names')
    .columns(['organisation', 'seq'])
    .execute();
  const tables = db.withTables<Pick<AuditTables, keyof AuditTables>>();
  for (const { organisation } of await tables.selectFrom('audit_chains').select('organisation').execute())
    await fill(tables, organisation);
}

async function fill(db: Kysely<AuditTables>, organisation: string): Promise<void> {
  for (let after = 0; ; ) {
    const rows = await db
      .selectFrom('audit_rows')
      .select(['seq', 'data'])
      .where('organisation', '=', organisation)
      .where('seq', '>', after)
      .orderBy('seq')
      .limit(PAGE)
      .execute();
    const last = rows.at(-1);
    if (!last) return;
    const names = rows.flatMap(({ seq, data }) =>
      namesIn(JSON.parse(data)).map((name) => ({ organisation, name, seq })),
    );
    if (names.length > 0) await db.insertInto('audit_names').values(names).execute();
    after = last.seq;
  }
}
