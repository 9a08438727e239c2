// A consistent copy of the database in a file of its own, while servers go on writing; and the way back.
//
// A restore has happened or has not, whenever it is cut short: the copy is made and checked beside the database, and takes
// its place by one rename.
import { copyFile, link, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { forgetInUse } from '../secrets/inUse.ts';
import { holdAlone, holdShared } from './directoryLock.ts';
import { MIGRATIONS_TABLE, refuseNewer } from './migrate.ts';
import { ensurePrivateFile, flush } from './privateFile.ts';
import { StorageUnavailable } from './StorageUnavailable.ts';
import { damageIn, databaseFile, isThere, makeIfMissing, unavailable } from './sqlite.ts';

/** Throws StorageUnavailable; then there is no `target`. */
export async function backUp(directory: string, target: string): Promise<void> {
  const source = databaseFile(directory);
  const partial = `${target}.${process.pid}.partial`;
  try {
    if (!(await isThere(source))) throw new StorageUnavailable(`There is no database ${source}.`);
    const hold = await holdShared(directory);
    try {
      await ensurePrivateFile(partial);
      copyOut(source, partial);
      await requireOurs(partial);
      await flush(partial);
      // As rename, but it never replaces: another backup may be all that somebody has.
      await link(partial, target);
      await flush(dirname(resolve(target)));
    } finally {
      await removeDatabase(partial);
      hold.release();
    }
  } catch (error) {
    throw failure(`No backup was written to ${target}`, error);
  }
}

/** Reads one moment's state, however long it takes; writers wait for nothing. */
function copyOut(source: string, target: string): void {
  const sqlite = new DatabaseSync(source, { timeout: 5_000 });
  try {
    sqlite.prepare('vacuum into ?').run(target);
  } catch (error) {
    throw unavailable(source, error);
  } finally {
    sqlite.close();
  }
}

/** Nobody is signed in afterwards. Throws StorageUnavailable; then the directory's database is what it was. */
export async function restore(directory: string, backup: string): Promise<void> {
  const file = databaseFile(directory);
  const staged = `${file}.restoring`;
  try {
    if (!(await isThere(backup))) throw new StorageUnavailable(`There is no file ${backup}.`);
    await makeIfMissing(directory);
    const hold = await holdAlone(directory);
    try {
      await removeDatabase(staged);
      await copyPrivately(backup, staged);
      await requireOurs(staged, backup);
      endSessions(staged);
      await flush(staged);
      // One of long ago holds no secrets yet, and must start.
      await forgetInUse(directory);
      await replace(file, staged);
      await flush(directory);
    } finally {
      await removeDatabase(staged);
      hold.release();
    }
  } catch (error) {
    throw failure(`${backup} was not restored`, error);
  }
}

/**
 * What is replaced is kept, for whoever has taken the wrong backup, and takes its name last: it may be the very backup that is
 * being restored. Its write-ahead log is folded in first, as one left behind would be taken for the new file's. Where the
 * database is too damaged for that, its log is moved beside the copy.
 */
async function replace(file: string, by: string): Promise<void> {
  if (!(await isThere(file))) return rename(by, file);
  const kept = `${file}.before-restore`;
  const copy = `${kept}.new`;
  await removeDatabase(copy);
  foldLog(file);
  await copyPrivately(file, copy);
  for (const suffix of BESIDE) if (await isThere(file + suffix)) await rename(file + suffix, copy + suffix);
  await rename(by, file);
  await removeDatabase(kept);
  for (const suffix of ['', ...BESIDE])
    if (await isThere(copy + suffix)) await rename(copy + suffix, kept + suffix);
}

/** What SQLite may leave beside a database in write-ahead mode. */
const BESIDE = ['-wal', '-shm'] as const;

async function removeDatabase(file: string): Promise<void> {
  for (const suffix of ['', ...BESIDE]) await rm(file + suffix, { force: true });
}

async function copyPrivately(from: string, to: string): Promise<void> {
  await ensurePrivateFile(to);
  await copyFile(from, to);
}

function foldLog(file: string): void {
  const sqlite = new DatabaseSync(file);
  try {
    sqlite.exec('pragma journal_mode = delete');
  } catch (error) {
    if (!(error instanceof Error && 'errcode' in error)) throw error;
  } finally {
    sqlite.close();
  }
}

/** A sound database with our tables, of this version or an older one, which the next start upgrades. */
async function requireOurs(file: string, shown = file): Promise<void> {
  const sqlite = new DatabaseSync(file);
  try {
    // In write-ahead mode it would keep two files beside it.
    sqlite.exec('pragma journal_mode = delete');
    const damage = damageIn(sqlite, 'integrity_check');
    if (damage !== undefined) throw new StorageUnavailable(`${shown} is damaged (${damage.split('\n')[0]}).`);
    refuseNewer(stepsIn(sqlite, shown), shown);
  } catch (error) {
    if (error instanceof StorageUnavailable) throw error;
    throw new StorageUnavailable(`${shown} is damaged, or is no database (${messageOf(error)}).`, {
      cause: error,
    });
  } finally {
    sqlite.close();
  }
}

/** Somebody may have signed out, or been shut out, since the backup: their cookies of then must open nothing. */
function endSessions(file: string): void {
  const sqlite = new DatabaseSync(file);
  try {
    const table = sqlite.prepare("select name from sqlite_schema where name = 'sessions'").get();
    // One of before there were accounts has none.
    if (table) sqlite.exec('delete from sessions');
  } finally {
    sqlite.close();
  }
}

function stepsIn(sqlite: DatabaseSync, shown: string): string[] {
  const table = sqlite.prepare('select name from sqlite_schema where name = ?').get(MIGRATIONS_TABLE);
  if (!table) throw new StorageUnavailable(`${shown} is no backup of In Camera.`);
  const steps = sqlite.prepare(`select name from ${MIGRATIONS_TABLE}`).all();
  return steps.map(({ name }) => String(name));
}

function failure(what: string, error: unknown): StorageUnavailable {
  return new StorageUnavailable(`${what}. ${messageOf(error)}`, { cause: error });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
