// What signs the cookies: AUTH_SECRET, or a file of the data directory that is made once. Apart from the database: a copy of
// that alone makes nobody anybody.
import { randomBytes } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '../protocol/env.ts';
import { StorageUnavailable } from '../storage/StorageUnavailable.ts';
import { makeIfMissing } from '../storage/sqlite.ts';

const FILE = 'auth-secret';
const MIN_LENGTH = 32;

/** Throws StorageUnavailable. */
export async function keptAuthSecret(dataDir: string): Promise<Secret> {
  const file = join(dataDir, FILE);
  try {
    await makeIfMissing(dataDir);
    await makeOnce(file);
    await chmod(file, 0o600);
    const text = (await readFile(file, 'utf8')).trim();
    if (text.length >= MIN_LENGTH) return new Secret(text);
  } catch (error) {
    throw unusable(file, error instanceof Error ? error.message : String(error));
  }
  throw unusable(file, 'its content is no secret');
}

async function makeOnce(file: string): Promise<void> {
  const text = `${randomBytes(32).toString('base64url')}\n`;
  try {
    await writeFile(file, text, { flag: 'wx', mode: 0o600, flush: true });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

const unusable = (file: string, reason: string): StorageUnavailable =>
  new StorageUnavailable(
    `The secret in ${file} cannot be used (${reason}): delete that file to have a new one made, which signs everybody out, or set AUTH_SECRET.`,
  );
