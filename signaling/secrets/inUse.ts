// Marks a data directory whose key has sealed something in a database. If that database is empty at a later start, it was lost:
// begun anew, everybody's rooms and accounts would be gone without a word, and the next visitor could become the admin.
//
// The key alone does not say so: a first start that died before it wrote to the database leaves one, too.
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ensurePrivateFile, flush } from '../storage/privateFile.ts';
import { StorageUnavailable } from '../storage/StorageUnavailable.ts';
import { keysDirectory } from './keyFile.ts';

export const inUseFile = (dataDir: string): string => join(keysDirectory(dataDir), 'in-use');

/** Throws StorageUnavailable. */
export const isInUse = (dataDir: string): Promise<boolean> =>
  guarded(dataDir, async (file) => (await stat(file)).isFile()).then((is) => is ?? false);

/** Throws StorageUnavailable. */
export async function markInUse(dataDir: string): Promise<void> {
  await guarded(dataDir, async (file) => {
    await ensurePrivateFile(file);
    await flush(keysDirectory(dataDir));
  });
}

/** For whoever puts another database there on purpose: the next start marks it again. */
export const forgetInUse = (dataDir: string): Promise<void> => rm(inUseFile(dataDir), { force: true });

async function guarded<T>(dataDir: string, use: (file: string) => Promise<T>): Promise<T | undefined> {
  const file = inUseFile(dataDir);
  try {
    return await use(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'ENOENT') return undefined;
    throw new StorageUnavailable(`The file ${file} cannot be used (${code}): see to its rights.`, {
      cause: error,
    });
  }
}
