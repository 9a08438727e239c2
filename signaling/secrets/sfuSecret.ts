// By what signaling knows its sfu, where SFU_SECRET does not say it: made by the first start and kept with the other keys, so
// that it is the same at the next.
import { join } from 'node:path';
import { Secret } from '../protocol/env.ts';
import { StorageUnavailable } from '../storage/StorageUnavailable.ts';
import { keysDirectory, makeKeyFile, readKeyFile } from './keyFile.ts';

export const sfuSecretFile = (dataDir: string): string => join(keysDirectory(dataDir), 'sfu-secret');

/** 43 characters. Throws StorageUnavailable when it cannot be read or written, or is damaged. */
export async function keptSfuSecret(dataDir: string): Promise<Secret> {
  const file = sfuSecretFile(dataDir);
  if ((await readKeyFile(file)) === undefined) await makeKeyFile(file);
  const text = await readKeyFile(file);
  if (!text || !/^[\w-]{43}$/.test(text))
    throw new StorageUnavailable(
      `The secret ${file} is damaged: delete it, and the next start makes another.`,
    );
  return new Secret(text);
}
