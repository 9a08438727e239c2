// The secret that signs cookies: one for all processes, sealed, and taken over from versions that kept it in a file.
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { StorageConfig } from '../config.ts';
import { openSecrets } from '../secrets/Secrets.ts';
import { StoredSecrets } from '../storage/StoredSecrets.ts';
import { againstBoth, opened } from '../storage/testing/places.ts';
import { keptAuthSecret } from './secret.ts';

againstBoth('the secret that signs cookies', (makePlace) => {
  const FORMER = 'a secret of a former version, as it was in its file';

  /** As a process does at its start. */
  async function start(place: StorageConfig): Promise<string> {
    const { db } = await opened(place);
    const secrets = await openSecrets(place, new StoredSecrets(db));
    return (await keptAuthSecret(secrets, place.dataDir)).reveal();
  }
  const inFile = ({ dataDir }: StorageConfig, text: string) =>
    writeFile(join(dataDir, 'auth-secret'), `${text}\n`);
  const rowsIn = async (place: StorageConfig) => {
    const { db } = await opened(place);
    return JSON.stringify(await db.selectFrom('secrets').selectAll().execute());
  };

  it('is made once, the same after a restart, also by ten at the same time, and sealed', async () => {
    const place = await makePlace();
    const made = await Promise.all(Array.from({ length: 10 }, () => start(place)));
    expect(new Set([...made, await start(place)]).size).toBe(1);
    expect(made[0]?.length).toBeGreaterThanOrEqual(43);
    const rows = await rowsIn(place);
    expect(rows).toContain('"cookies"');
    expect(rows).not.toContain(made[0]);
    expect(rows).not.toContain(Buffer.from(made[0] ?? '').toString('base64url'));
  });

  it('of a former version goes on and its file is gone, also when ten processes find it', async () => {
    const place = await makePlace();
    await inFile(place, FORMER);
    const all = await Promise.all(Array.from({ length: 10 }, () => start(place)));
    expect(new Set(all)).toEqual(new Set([FORMER]));
    expect(await readdir(place.dataDir)).not.toContain('auth-secret');
    expect(await start(place)).toBe(FORMER);
    expect(await rowsIn(place)).not.toContain(FORMER);
  });

  it('of a second machine’s former version gives way to the one that all share', async () => {
    const place = await makePlace();
    const shared = await start(place);
    await inFile(place, FORMER);
    expect(await start(place)).toBe(shared);
    expect(await readdir(place.dataDir)).not.toContain('auth-secret');
  });

  it('is a new one where the former file holds none', async () => {
    const place = await makePlace();
    await inFile(place, 'short');
    expect(await start(place)).not.toContain('short');
    expect(await readdir(place.dataDir)).not.toContain('auth-secret');
  });
});
