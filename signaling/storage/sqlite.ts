// The database in one file of the data directory.
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import type { Database } from './database.ts';
import { holdShared, oneAtATime } from './directoryLock.ts';
import { migrate } from './migrate.ts';
import { ensurePrivateFile } from './privateFile.ts';
import { StorageUnavailable } from './StorageUnavailable.ts';
import type { Tables } from './schema.ts';
import { NodeSqliteDialect } from './sqliteDialect.ts';

/** A transaction of another process takes milliseconds. It blocks this one: more would freeze its meetings. */
const BUSY_TIMEOUT_MS = 5_000;
const CORRUPT = 11;
const NOT_A_DATABASE = 26;

export const databaseFile = (directory: string): string => join(directory, 'in-camera.db');

/** Throws StorageUnavailable. */
export async function openSqlite(directory: string): Promise<Database> {
  const file = databaseFile(directory);
  try {
    await makeIfMissing(directory);
    const hold = await holdShared(directory);
    try {
      const db = await oneAtATime(directory, () => openFile(file));
      return {
        db,
        async close() {
          await db.destroy();
          hold.release();
        },
      };
    } catch (error) {
      hold.release();
      throw error;
    }
  } catch (error) {
    throw error instanceof StorageUnavailable ? error : unavailable(file, error);
  }
}

async function openFile(file: string): Promise<Kysely<Tables>> {
  await ensurePrivateFile(file);
  const sqlite = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    // FULL: what was acknowledged survives a power cut, not only kill -9. SQLite makes the files beside it with its mode.
    sqlite.exec('pragma journal_mode = wal; pragma synchronous = full');
    const damage = damageIn(sqlite, 'quick_check');
    if (damage !== undefined) throw damaged(file, damage);
    const db = new Kysely<Tables>({ dialect: new NodeSqliteDialect(sqlite) });
    await migrate(db, `The database ${file}`);
    return db;
  } catch (error) {
    sqlite.close();
    throw error;
  }
}

/** What is wrong with it. Reads every page; `integrity_check` compares indexes with their tables, too. */
export function damageIn(sqlite: DatabaseSync, check: 'quick_check' | 'integrity_check'): string | undefined {
  const [row] = sqlite.prepare(`pragma ${check}(1)`).all();
  return row?.[check] === 'ok' ? undefined : String(row?.[check]);
}

export function unavailable(file: string, error: unknown): StorageUnavailable {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined;
  if (code === CORRUPT || code === NOT_A_DATABASE) return damaged(file, message);
  return new StorageUnavailable(
    `The database ${file} cannot be used (${message}): see to that file and its directory, or name another in DATA_DIR.`,
    { cause: error },
  );
}

function damaged(file: string, how: string): StorageUnavailable {
  const [line = ''] = how.split('\n');
  return new StorageUnavailable(
    `The database ${file} is damaged (${line}): restore a backup with npm run restore, or move all of its directory away to begin without accounts and rooms.`,
  );
}

/** One level: where a parent is missing, the path is more likely a mistake than a wish. */
export async function makeIfMissing(directory: string): Promise<void> {
  try {
    await mkdir(directory, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

export async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
