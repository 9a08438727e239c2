// The database in Postgres.
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Secret } from '../protocol/env.ts';
import type { Database } from './database.ts';
import { migrate } from './migrate.ts';
import { StorageUnavailable } from './StorageUnavailable.ts';
import type { Tables } from './schema.ts';

/** More: many processes exhaust the server's 100. Less: requests wait for each other. */
const MAX_CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 5_000;
/** Of bigint, which pg hands out as text: a double holds milliseconds, and counts of rooms, exactly. */
const BIGINT = 20;
const WHERE = 'The database that DATABASE_URL names';

/** Throws StorageUnavailable. */
export async function openPostgres(url: Secret, fault: (error: Error) => void): Promise<Database> {
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: poolFor(url, fault) }) });
  try {
    await migrate(db, WHERE);
  } catch (error) {
    await db.destroy();
    throw error instanceof StorageUnavailable ? error : unavailable(error);
  }
  return { db, close: () => db.destroy() };
}

function poolFor(url: Secret, fault: (error: Error) => void): pg.Pool {
  const types = new pg.TypeOverrides();
  types.setTypeParser(BIGINT, Number);
  try {
    const pool = new pg.Pool({
      connectionString: url.reveal(),
      types,
      max: MAX_CONNECTIONS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      application_name: 'in-camera',
    });
    // Without a listener, Postgres going away would end this process, and with it the meetings.
    pool.on('error', fault);
    return pool;
  } catch (error) {
    throw unavailable(error);
  }
}

/** Messages of Postgres and of the network name users, databases and addresses, never the password. */
function unavailable(error: unknown): StorageUnavailable {
  const { message = '', code = 'no reason given' } = error instanceof Error ? coded(error) : {};
  return new StorageUnavailable(
    `${WHERE} cannot be used (${message || code}): correct DATABASE_URL, or see to that database.`,
    { cause: error },
  );
}

function coded(error: Error): { message: string; code?: string } {
  return 'code' in error ? { message: error.message, code: String(error.code) } : { message: error.message };
}
