// Kysely over Node's own SQLite: the few differences from the library that Kysely's dialect was written for.
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { SqliteAdapter, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely';

export class NodeSqliteDialect extends SqliteDialect {
  constructor(database: DatabaseSync) {
    super({ database: asKyselyWants(database) });
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter();
  }
}

/**
 * SQLite can change tables inside a transaction, though Kysely does not use that. So all steps of a migration come into
 * force together or, after a kill -9, not at all; and as a transaction begins with the write lock, two processes that
 * migrate at once do so one after the other.
 */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/**
 * Statements that are kept: reading the text of one takes longer than answering it. More: memory for texts
 * that differ by the length of a list only.
 */
const MAX_KEPT = 200;

function asKyselyWants(database: DatabaseSync): SqliteDatabase {
  const kept = new Map<string, SqliteStatement>();
  return {
    close: () => database.close(),
    prepare(sql) {
      const statement = kept.get(sql) ?? prepared(database, sql);
      // The one that was longest ago goes first.
      kept.delete(sql);
      kept.set(sql, statement);
      const [oldest] = kept.keys();
      if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
      return statement;
    },
  };
}

function prepared(database: DatabaseSync, sql: string): SqliteStatement {
  // One that reads first and then writes fails at once, without waiting, when another process has written in between.
  const statement = database.prepare(sql === 'begin' ? 'begin immediate' : sql);
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...parameters.map(bindable)),
    run: (parameters) => statement.run(...parameters.map(bindable)),
    iterate: (parameters) => statement.iterate(...parameters.map(bindable)),
  };
}

/** What the portable schema has. A boolean or a Date would mean one thing here and another in Postgres. */
function bindable(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  throw new TypeError(`a ${typeof value} is not portable between SQLite and Postgres`);
}
