// Makes a directory and what is missing above it, level by level.
//
// Where a level cannot be made although its parent is there (/proc), Node's own `recursive` tries both for ever and takes
// a whole core for it.
import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** `mode` is that of every directory made here. */
export async function makeDirectory(directory: string, mode = 0o777): Promise<void> {
  const path = resolve(directory);
  if (await isThere(path)) return;
  await makeDirectory(dirname(path), mode);
  try {
    await mkdir(path, { mode });
  } catch (error) {
    // Another start was faster.
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

const hasCode = (error: unknown, code: string) =>
  error instanceof Error && 'code' in error && error.code === code;
