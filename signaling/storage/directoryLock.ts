// Who uses the data directory. An empty SQLite file lends its locks, which the system frees with their process, even after
// kill -9: shared by those who run (SHARED), one at a time for those who open and migrate (RESERVED), alone for a restore
// (EXCLUSIVE).
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { ensurePrivateFile } from './privateFile.ts';
import { StorageUnavailable } from './StorageUnavailable.ts';

export interface Hold {
  release(): void;
}

/** For as long as a migration by another process may take. */
const PATIENCE_MS = 30_000;
const ASK_AGAIN_MS = 20;
const BUSY = 5;

/** Until released, nobody restores. */
export async function holdShared(directory: string): Promise<Hold> {
  const lock = await openLock(directory);
  try {
    lock.exec('begin; select count(*) from sqlite_schema');
  } catch (error) {
    lock.close();
    if (!isBusy(error)) throw error;
    throw new StorageUnavailable(
      `A backup is being restored in ${directory}: start again when that has ended.`,
    );
  }
  return { release: () => lock.close() };
}

/** Runs `open` while no other process does so in the same directory. */
export async function oneAtATime<T>(directory: string, open: () => Promise<T>): Promise<T> {
  const lock = await openLock(directory);
  try {
    await reserve(lock);
    return await open();
  } finally {
    lock.close();
  }
}

/** Refused while anybody else uses the directory. */
export async function holdAlone(directory: string): Promise<Hold> {
  const lock = await openLock(directory);
  try {
    lock.exec('begin exclusive');
  } catch (error) {
    lock.close();
    if (!isBusy(error)) throw error;
    throw new StorageUnavailable(`A server or a backup is at work in ${directory}: stop it, then restore.`);
  }
  return { release: () => lock.close() };
}

/** Asks again and again: SQLite's own way of waiting would keep this process from being stopped. */
async function reserve(lock: DatabaseSync): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return lock.exec('begin immediate');
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
    }
    await delay(ASK_AGAIN_MS);
  }
}

async function openLock(directory: string): Promise<DatabaseSync> {
  const file = join(directory, 'in-camera.lock');
  await ensurePrivateFile(file);
  return new DatabaseSync(file, { timeout: 0 });
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === BUSY;
}
