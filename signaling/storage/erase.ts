// Destroys an installation: running servers end their meetings and stop, then the key of all secrets goes, then everything else.
// Cut short at whatever moment, it is run again: no server starts on what is half erased.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { Kysely, sql } from 'kysely';
import type { Erased, SignedErased } from '#protocol';
import type { AuditKey } from '../audit/AuditKey.ts';
import { canonical } from '../audit/canonical.ts';
import { openChain } from '../auditing.ts';
import { systemClock } from '../clock.ts';
import type { StorageConfig } from '../config.ts';
import { keysDirectory } from '../secrets/keyFile.ts';
import { masterKeyFile } from '../secrets/masterKey.ts';
import { openDatabase } from './database.ts';
import { holdAlone } from './directoryLock.ts';
import { announceErasing, markErasing } from './erasing.ts';
import { migrate } from './migrate.ts';
import { flush } from './privateFile.ts';
import { StorageUnavailable } from './StorageUnavailable.ts';
import type { Tables } from './schema.ts';
import { shred } from './shred.ts';
import { databaseFile, isThere } from './sqlite.ts';
import { NodeSqliteDialect } from './sqliteDialect.ts';

export const erasedBody = (statement: Erased): Uint8Array =>
  new TextEncoder().encode(`in-camera 1 erased\0${canonical(statement)}`);

/** A server looks once a second, and may take some for closing. */
const SERVERS_STOP_WITHIN_MS = 30_000;
const ASK_AGAIN_MS = 100;
const OURS = /^(in-camera\.(db|lock)|sfu-secret$|auth-secret$|keys$)/;

interface Known {
  readonly key?: AuditKey;
  readonly rows: Readonly<Record<string, number>>;
}

/** Throws StorageUnavailable. `report` hears of what takes a while. */
export async function erase(config: StorageConfig, report: (line: string) => void): Promise<SignedErased> {
  const { dataDir, databaseUrl } = config;
  if (!databaseUrl && !(await isThere(databaseFile(dataDir))) && (await oursIn(dataDir)).length === 0)
    throw new StorageUnavailable(`There is nothing to erase in ${dataDir}: name its directory in DATA_DIR.`);
  const before = await oursIn(dataDir);
  const keyWas = await whereKeyIs(config);
  const known = await (databaseUrl ? erasePostgres(config, report) : announceSqlite(config, report));
  // SQLite takes some away by itself.
  const files = [...new Set([...before, ...(await destroyFiles(config, report))])].sort();
  const statement: Erased = {
    kind: 'erased',
    at: Date.now(),
    publicKey: known.key?.publicKey ?? null,
    database: databaseUrl ? 'postgres' : 'sqlite',
    masterKey: keyWas,
    rows: known.rows,
    files,
    left: (await isThere(dataDir)) ? await readdir(dataDir) : [],
  };
  return { statement, signature: known.key?.sign(erasedBody(statement)) ?? null };
}

/** Of other machines that were given a copy nothing is known here. */
async function whereKeyIs({ dataDir, masterKey }: StorageConfig): Promise<Erased['masterKey']> {
  if (masterKey) return 'in MASTER_KEY, to be destroyed by its owner';
  return (await isThere(masterKeyFile(dataDir)))
    ? 'destroyed in DATA_DIR of this machine'
    : 'none was in DATA_DIR of this machine';
}

async function destroyFiles({ dataDir, databaseUrl }: StorageConfig, report: (line: string) => void) {
  if (!(await isThere(dataDir))) return [];
  const hold = databaseUrl ? undefined : await waitFor('servers stop', report, () => holdAlone(dataDir));
  try {
    const files = await oursIn(dataDir);
    await destroyKeys(dataDir);
    for (const name of files) if (await isThere(join(dataDir, name))) await shred(join(dataDir, name));
    await flush(dataDir);
    return files;
  } finally {
    hold?.release();
  }
}

/** One that is damaged, or whose key is lost, can be erased all the same. */
async function announceSqlite(config: StorageConfig, report: (line: string) => void): Promise<Known> {
  if (!(await isThere(databaseFile(config.dataDir)))) return { rows: {} };
  try {
    const database = await openDatabase(config, () => undefined);
    try {
      return await announce(config, database.db);
    } finally {
      await database.close();
    }
  } catch (error) {
    if (!(error instanceof StorageUnavailable)) throw error;
    report(`What is there cannot be read, so that the statement will not be signed. ${error.message}`);
    return { rows: {} };
  }
}

async function erasePostgres(config: StorageConfig, report: (line: string) => void): Promise<Known> {
  const { db, close } = await openDatabase(config, () => undefined);
  try {
    const known = await announce(config, db).catch(async (error: unknown) => {
      if (!(error instanceof StorageUnavailable)) throw error;
      report(`The key cannot be read, so that the statement will not be signed. ${error.message}`);
      await db.transaction().execute((tx) => markErasing(tx, Date.now()));
      return { rows: await countRows(db) };
    });
    await waitFor('servers stop', report, () => requireAlone(db));
    await destroyKeys(config.dataDir);
    await db.deleteFrom('secrets').execute();
    await db.transaction().execute(async (tx) => {
      for (const table of await ourTables()) await tx.schema.dropTable(table).ifExists().cascade().execute();
    });
    return known;
  } finally {
    await close();
  }
}

async function announce(config: StorageConfig, db: Kysely<Tables>): Promise<Known> {
  const { key, chain } = await openChain(config, { database: { db }, clock: systemClock });
  await announceErasing({ db, chain }, 'command line');
  return { key, rows: await countRows(db) };
}

async function destroyKeys(dataDir: string): Promise<void> {
  if (await isThere(keysDirectory(dataDir))) await shred(keysDirectory(dataDir));
  if (await isThere(dataDir)) await flush(dataDir);
}

/** All that the migrations make, found by making them: a list of names would be forgotten. */
async function ourTables(): Promise<string[]> {
  const db = new Kysely<Tables>({ dialect: new NodeSqliteDialect(new DatabaseSync(':memory:')) });
  try {
    await migrate(db, 'The database in memory');
    return (await db.introspection.getTables()).map(({ name }) => name);
  } finally {
    await db.destroy();
  }
}

async function countRows(db: Kysely<Tables>): Promise<Record<string, number>> {
  const rows: Record<string, number> = {};
  for (const table of await ourTables()) {
    const counted = await sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`.execute(db);
    rows[table] = Number(counted.rows[0]?.n ?? 0);
  }
  return rows;
}

/** Other connections of ours to this database: servers on whatever machine. */
async function requireAlone(db: Kysely<Tables>): Promise<void> {
  const { rows } = await sql<{ n: number }>`select count(*) as n from pg_stat_activity
    where application_name = 'in-camera' and datname = current_database() and pid <> pg_backend_pid()`.execute(
    db,
  );
  if (Number(rows[0]?.n) > 0) throw new StorageUnavailable('Servers still run on this database: stop them.');
}

async function waitFor<T>(
  what: string,
  report: (line: string) => void,
  attempt: () => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + SERVERS_STOP_WITHIN_MS;
  for (let tries = 0; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof StorageUnavailable) || performance.now() > deadline) throw error;
      if (tries === 0) report(`Waiting until ${what}.`);
      await delay(ASK_AGAIN_MS);
    }
  }
}

async function oursIn(dataDir: string): Promise<string[]> {
  if (!(await isThere(dataDir))) return [];
  return (await readdir(dataDir)).filter((name) => OURS.test(name)).sort();
}
