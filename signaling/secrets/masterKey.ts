// The key under which all secrets in the database are sealed. It lives apart from the database: in DATA_DIR/keys, or in
// MASTER_KEY. Without it they are noise, so destroying it destroys them, in backups of the database, too.
import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Secret } from '../protocol/env.ts';
import { ensurePrivateFile, flush } from '../storage/privateFile.ts';
import { StorageUnavailable } from '../storage/StorageUnavailable.ts';

export const MASTER_KEY_BYTES = 32;

/** Bytes without a printable form. */
export class MasterKey {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    if (bytes.byteLength !== MASTER_KEY_BYTES) throw new RangeError('the master key has 32 bytes');
    this.#bytes = bytes;
  }

  reveal(): Uint8Array {
    return this.#bytes;
  }

  toString(): string {
    return '(not shown)';
  }

  toJSON(): string {
    return this.toString();
  }
}

export const keysDirectory = (dataDir: string): string => join(dataDir, 'keys');
export const masterKeyFile = (dataDir: string): string => join(keysDirectory(dataDir), 'master-key');

export const keyFromText = (text: Secret): MasterKey => new MasterKey(bytesOf(text.reveal()));

/** Undefined when there is no such file. Throws StorageUnavailable. */
export async function readMasterKey(dataDir: string): Promise<MasterKey | undefined> {
  const file = masterKeyFile(dataDir);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
    await chmod(file, 0o600);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new StorageUnavailable(
      `The key ${file} cannot be read (${codeOf(error)}): make it readable again.`,
      {
        cause: error,
      },
    );
  }
  if (!isKeyText(text.trim()))
    throw new StorageUnavailable(
      `The key ${file} is damaged: put your copy of it back. Secrets in the database cannot be opened without it.`,
    );
  return new MasterKey(bytesOf(text.trim()));
}

/** Made once: of several processes at the same time, one makes it and all read that one. */
export async function makeMasterKey(dataDir: string): Promise<void> {
  const directory = keysDirectory(dataDir);
  const file = masterKeyFile(dataDir);
  // Not by process id: two containers that share a directory both have 1, and one would write into the key of the other.
  const partial = `${file}.${randomBytes(8).toString('hex')}.partial`;
  try {
    await mkdir(directory, { mode: 0o700, recursive: true });
    await ensurePrivateFile(partial);
    await write(partial, `${randomBytes(MASTER_KEY_BYTES).toString('base64url')}\n`);
    // Never replaces, and is there with all its content or not at all.
    await link(partial, file);
    await flush(directory);
    await flush(dataDir);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST')
      throw new StorageUnavailable(`No key could be written to ${file} (${codeOf(error)}).`, {
        cause: error,
      });
  } finally {
    await rm(partial, { force: true });
  }
}

/** 32 bytes as base64, base64url or hex. */
export const isKeyText = (text: string): boolean =>
  /^[0-9a-fA-F]{64}$/.test(text) || /^[A-Za-z0-9+/_-]{43}=?$/.test(text);

/** `text` is one that isKeyText takes. */
const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text, text.length === 2 * MASTER_KEY_BYTES ? 'hex' : 'base64'));

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
