// What signs the cookies where AUTH_SECRET is not set: made once, and sealed like every secret at rest, so that a copy of the
// database makes nobody anybody.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '../protocol/env.ts';
import type { Secrets } from '../secrets/Secrets.ts';
import { StorageUnavailable } from '../storage/StorageUnavailable.ts';
import { shred } from '../storage/shred.ts';

const COOKIES = { purpose: 'cookies', id: 'auth' };
/** Where former versions kept it as it is. */
const FORMER_FILE = 'auth-secret';
const MIN_LENGTH = 32;

/** One from a former version goes on, so that people stay signed in; its file goes. Throws StorageUnavailable. */
export async function keptAuthSecret(secrets: Pick<Secrets, 'ensure'>, dataDir: string): Promise<Secret> {
  const file = join(dataDir, FORMER_FILE);
  const former = await tolerant(file, () => readFile(file, 'utf8'));
  const usable = former !== undefined && former.trim().length >= MIN_LENGTH;
  const text = usable ? former.trim() : randomBytes(32).toString('base64url');
  const secret = await secrets.ensure(COOKIES, () => new Secret(text));
  if (former !== undefined) await tolerant(file, () => shred(file));
  return secret;
}

/** Undefined when the file is not there, or not any more: another process may have done this at the same moment. */
async function tolerant<T>(file: string, use: () => Promise<T>): Promise<T | undefined> {
  try {
    return await use();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'ENOENT') return undefined;
    throw new StorageUnavailable(
      `The former secret in ${file} cannot be taken over (${code}): make it readable and writable, or delete it, which signs everybody out.`,
      { cause: error },
    );
  }
}
