// Files that only the service's own user may read: rooms, owners, host keys.
import { chmod, chown, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes sure that it is there, with mode 0600. Made by root in a service's directory, it is that service's. */
export async function ensurePrivateFile(file: string): Promise<void> {
  const handle = await open(file, 'a', 0o600);
  await handle.close();
  await chmod(file, 0o600);
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(dirname(file));
  await chown(file, uid, gid);
}

/** Contents and names survive a power cut from here on. */
export async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
