// Opens the database that the configuration names, ready for use: the file in the data directory, or Postgres.
import type { Kysely } from 'kysely';
import type { StorageConfig } from '../config.ts';
import type { Tables } from './schema.ts';
import { openSqlite } from './sqlite.ts';

export interface Database {
  readonly db: Kysely<Tables>;
  close(): Promise<void>;
}

/** Throws StorageUnavailable. `fault` hears of connections that break while nobody uses them. */
export async function openDatabase(
  { dataDir, databaseUrl }: StorageConfig,
  fault: (error: Error) => void,
): Promise<Database> {
  if (!databaseUrl) return openSqlite(dataDir);
  // Loaded when it is asked for: most installations never do, and it would cost each of their starts.
  const { openPostgres } = await import('./postgres.ts');
  return openPostgres(databaseUrl, fault);
}
