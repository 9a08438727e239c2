// Destroys files: their bytes first, then their names. On disks that keep old blocks (SSDs, snapshots) the bytes may outlast this:
// that is why what is secret is sealed, and why its key goes first.
import { randomBytes } from 'node:crypto';
import { lstat, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { flush } from './privateFile.ts';

const CHUNK = 1024 * 1024;

/** A file, or a directory with all in it. A link is removed, what it leads to is not touched. */
export async function shred(path: string): Promise<void> {
  const is = await lstat(path);
  if (is.isDirectory()) {
    for (const name of await readdir(path)) await shred(join(path, name));
    await flush(path);
  } else if (is.isFile()) {
    await overwrite(path, is.size);
  }
  await rm(path, { recursive: true });
}

async function overwrite(file: string, size: number): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    for (let at = 0; at < size; at += CHUNK) {
      const bytes = randomBytes(Math.min(CHUNK, size - at));
      await handle.write(bytes, 0, bytes.length, at);
    }
    await handle.sync();
    await handle.truncate(0);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
