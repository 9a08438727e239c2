import { DatabaseSync } from 'node:sqlite';
import { Kysely, sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NodeSqliteDialect } from './sqliteDialect.ts';

interface Tables {
  things: { id: number; name?: string };
}

async function open(): Promise<Kysely<Tables>> {
  const db = new Kysely<Tables>({ dialect: new NodeSqliteDialect(new DatabaseSync(':memory:')) });
  onTestFinished(() => db.destroy());
  await sql`create table things (id integer primary key)`.execute(db);
  await db
    .insertInto('things')
    .values([{ id: 1 }, { id: 2 }])
    .execute();
  return db;
}

const all = (db: Kysely<Tables>) => db.selectFrom('things').selectAll().orderBy('id').execute();

describe('statements that are kept', () => {
  it('see what has changed since, also columns', async () => {
    const db = await open();
    expect(await all(db)).toEqual([{ id: 1 }, { id: 2 }]);
    await sql`alter table things add column name text`.execute(db);
    await db.insertInto('things').values({ id: 3, name: 'three' }).execute();
    expect(await all(db)).toEqual([
      { id: 1, name: null },
      { id: 2, name: null },
      { id: 3, name: 'three' },
    ]);
  });

  it('are not more than so many: the first of a thousand texts is read anew, and answers the same', async () => {
    const db = await open();
    const sums: unknown[] = [];
    for (let i = 0; i <= 1_000; i++) {
      const { rows } = await sql<{ sum: number }>`select ${sql.lit(i % 1_000)} + 1 as sum`.execute(db);
      sums.push(rows[0]?.sum);
    }
    expect([sums[0], sums[999], sums[1_000]]).toEqual([1, 1_000, 1]);
  });
});
