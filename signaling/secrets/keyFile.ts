// Keys that this installation makes for itself live in DATA_DIR/keys, apart from the database and its backups: a file each,
// for this user only, made once.
import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ensurePrivateFile, flush } from '../storage/privateFile.ts';
import { StorageUnavailable } from '../storage/StorageUnavailable.ts';

export const KEY_BYTES = 32;

export const keysDirectory = (dataDir: string): string => join(dataDir, 'keys');

/** What is in it, trimmed. Undefined when there is no such file. Throws StorageUnavailable. */
export async function readKeyFile(file: string): Promise<string | undefined> {
  try {
    const text = await readFile(file, 'utf8');
    await chmod(file, 0o600);
    return text.trim();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new StorageUnavailable(
      `The key ${file} cannot be read (${codeOf(error)}): make it readable again.`,
      {
        cause: error,
      },
    );
  }
}

/** 32 random bytes as base64url. Of several processes at the same time one makes it, and all read that one. */
export async function makeKeyFile(file: string): Promise<void> {
  const directory = dirname(file);
  // Not by process id: two containers that share a directory both have 1, and one would write into the key of the other.
  const partial = `${file}.${randomBytes(8).toString('hex')}.partial`;
  try {
    await mkdir(directory, { mode: 0o700, recursive: true });
    await ensurePrivateFile(partial);
    await write(partial, `${randomBytes(KEY_BYTES).toString('base64url')}\n`);
    // Never replaces, and is there with all its content or not at all.
    await link(partial, file);
    await flush(directory);
    await flush(dirname(directory));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST')
      throw new StorageUnavailable(`No key could be written to ${file} (${codeOf(error)}).`, {
        cause: error,
      });
  } finally {
    await rm(partial, { force: true });
  }
}

async function write(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? String(error.code) : error.message;
}
