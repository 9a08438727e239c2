// The key under which all secrets in the database are sealed. It lives apart from the database: in DATA_DIR/keys, or in
// MASTER_KEY. Without it they are noise, so destroying it destroys them, in backups of the database, too.
import { join } from 'node:path';
import type { Secret } from '../protocol/env.ts';
import { StorageUnavailable } from '../storage/StorageUnavailable.ts';
import { KEY_BYTES, keysDirectory, makeKeyFile, readKeyFile } from './keyFile.ts';

/** Bytes without a printable form. */
export class MasterKey {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    if (bytes.byteLength !== KEY_BYTES) throw new RangeError('the master key has 32 bytes');
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

export const masterKeyFile = (dataDir: string): string => join(keysDirectory(dataDir), 'master-key');

export const keyFromText = (text: Secret): MasterKey => new MasterKey(bytesOf(text.reveal()));

/** Undefined when there is no such file. Throws StorageUnavailable. */
export async function readMasterKey(dataDir: string): Promise<MasterKey | undefined> {
  const file = masterKeyFile(dataDir);
  const text = await readKeyFile(file);
  if (text === undefined) return undefined;
  if (!isKeyText(text))
    throw new StorageUnavailable(
      `The key ${file} is damaged: put your copy of it back. Secrets in the database cannot be opened without it.`,
    );
  return new MasterKey(bytesOf(text));
}

export const makeMasterKey = (dataDir: string): Promise<void> => makeKeyFile(masterKeyFile(dataDir));

/** 32 bytes as base64, base64url or hex. */
export const isKeyText = (text: string): boolean =>
  /^[0-9a-fA-F]{64}$/.test(text) || /^[A-Za-z0-9+/_-]{43}=?$/.test(text);

/** `text` is one that isKeyText takes. */
const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text, text.length === 2 * KEY_BYTES ? 'hex' : 'base64'));
