// Secrets at rest, and the key that they need.
import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { StorageConfig } from '../config.ts';
import { Secret } from '../protocol/env.ts';
import { StoredSecrets } from '../storage/StoredSecrets.ts';
import { againstBoth, opened, temporaryDirectory } from '../storage/testing/places.ts';
import { inUseFile } from './inUse.ts';
import { keysDirectory } from './keyFile.ts';
import { MasterKey, makeMasterKey, masterKeyFile, readMasterKey } from './masterKey.ts';
import { Sealer } from './Sealer.ts';
import { type About, openSecrets, type Secrets } from './Secrets.ts';

const WEBHOOK: About = { purpose: 'webhook', id: 'one' };
const freshKey = () => new MasterKey(Uint8Array.from(randomBytes(32)));
const keyText = () => new Secret(randomBytes(32).toString('base64'));

describe('a sealed secret', () => {
  const sealer = new Sealer(freshKey());
  const sealed = sealer.seal(WEBHOOK, new Secret('a known marker'));

  it('opens for what it was sealed for, and nothing else', () => {
    expect(sealer.open(WEBHOOK, sealed)?.reveal()).toBe('a known marker');
    expect(sealer.open({ ...WEBHOOK, id: 'two' }, sealed)).toBeUndefined();
    expect(sealer.open({ ...WEBHOOK, purpose: 'oidc' }, sealed)).toBeUndefined();
  });

  it('does not open with another key', () => {
    expect(new Sealer(freshKey()).open(WEBHOOK, sealed)).toBeUndefined();
  });

  it('does not open with any byte changed, or cut short', () => {
    const bytes = Buffer.from(sealed, 'base64url');
    for (let i = 0; i < bytes.length; i++) {
      const changed = Buffer.from(bytes);
      changed[i] = (changed[i] ?? 0) ^ 1;
      expect(sealer.open(WEBHOOK, changed.toString('base64url')), `byte ${i}`).toBeUndefined();
      expect(sealer.open(WEBHOOK, bytes.subarray(0, i).toString('base64url'))).toBeUndefined();
    }
  });

  it('is another one each time, so that nobody sees whether two secrets are the same', () => {
    expect(sealer.seal(WEBHOOK, new Secret('a known marker'))).not.toBe(sealed);
  });

  it('and its key have no printable form', () => {
    const key = freshKey();
    const secret = sealer.open(WEBHOOK, sealed);
    for (const shown of [inspect({ key, secret }, { depth: 9 }), JSON.stringify({ key, secret }), `${key}`]) {
      expect(shown).not.toContain('a known marker');
      for (const form of ['hex', 'base64', 'base64url'] as const)
        expect(shown).not.toContain(Buffer.from(key.reveal()).toString(form));
    }
  });
});

describe('the key file', () => {
  it('is made once, also by twenty at the same time, for this user only', async () => {
    const dataDir = await temporaryDirectory();
    const stores = Array.from({ length: 20 }, () => memoryStore());
    await Promise.all(stores.map((store) => openSecrets({ dataDir, masterKey: undefined }, store)));
    expect(await readdir(keysDirectory(dataDir))).toEqual(['in-use', 'master-key']);
    expect((await stat(masterKeyFile(dataDir))).mode & 0o777).toBe(0o600);
    expect((await stat(keysDirectory(dataDir))).mode & 0o777).toBe(0o700);
    const key = await readMasterKey(dataDir);
    for (const store of stores) {
      const [sealed = ''] = store.rows.values();
      const check = { purpose: 'check', id: 'master-key' };
      expect(key && new Sealer(key).open(check, sealed)).toBeDefined();
    }
  });

  it('is one, too, for two that come a moment apart', async () => {
    for (let i = 0; i < 40; i++) {
      const dataDir = await temporaryDirectory();
      const starts = [0, i % 5].map(async (ms) => {
        await wait(ms);
        await makeMasterKey(dataDir);
        return (await readMasterKey(dataDir))?.reveal();
      });
      const [one, other] = await Promise.all(starts);
      expect(one).toBeDefined();
      expect(other).toEqual(one);
    }
  });

  function memoryStore() {
    const rows = new Map<string, string>();
    const named = ({ purpose, id }: About) => `${purpose}/${id}`;
    return {
      rows,
      find: async (about: About) => rows.get(named(about)),
      put: async (about: About, sealed: string) => void rows.set(named(about), sealed),
      putIfAbsent: async (about: About, sealed: string) => {
        if (!rows.has(named(about))) rows.set(named(about), sealed);
      },
    };
  }
});

againstBoth('secrets', (makePlace) => {
  async function open(place: StorageConfig): Promise<Secrets> {
    const { db } = await opened(place);
    return openSecrets({ dataDir: place.dataDir, masterKey: place.masterKey }, new StoredSecrets(db));
  }

  it('are there after a restart, and the database holds them sealed only', async () => {
    const place = await makePlace();
    await (await open(place)).keep(WEBHOOK, new Secret('first'));
    await (await open(place)).keep(WEBHOOK, new Secret('a known marker'));
    expect((await (await open(place)).find(WEBHOOK))?.reveal()).toBe('a known marker');
    expect(await (await open(place)).find({ ...WEBHOOK, id: 'two' })).toBeUndefined();
    const { db } = await opened(place);
    const rows = JSON.stringify(await db.selectFrom('secrets').selectAll().execute());
    expect(rows).not.toContain('a known marker');
    expect(rows).not.toContain((await readFile(masterKeyFile(place.dataDir), 'utf8')).trim());
  });

  it('that two processes make at the same time are one', async () => {
    const place = await makePlace();
    const both = await Promise.all([open(place), open(place)]);
    const made = await Promise.all(both.map((one) => one.ensure(WEBHOOK, keyText)));
    expect(new Set(made.map((secret) => secret.reveal())).size).toBe(1);
  });

  it('stop the start with a sentence when their key is missing, and no new one is made', async () => {
    const place = await makePlace();
    await open(place);
    await rm(masterKeyFile(place.dataDir));
    await expect(open(place)).rejects.toThrow(
      /^The key \S+master-key is missing, and the database has secrets that were sealed with it: put/,
    );
    expect(await readdir(keysDirectory(place.dataDir))).toEqual(['in-use']);
  });

  it('stop the start with a sentence when their key is another one or damaged', async () => {
    const place = await makePlace();
    await open(place);
    await writeFile(masterKeyFile(place.dataDir), `${keyText().reveal()}\n`);
    await expect(open(place)).rejects.toThrow(/^The key in \S+master-key is not the one that the secrets/);
    await writeFile(masterKeyFile(place.dataDir), 'short');
    await expect(open(place)).rejects.toThrow(/^The key \S+master-key is damaged: put your copy/);
    const masterKey = keyText();
    await expect(open({ ...place, masterKey })).rejects.toThrow(/^MASTER_KEY is not the one that the/);
  });

  it('stop the start with a sentence when the database has lost them, and are not made anew', async () => {
    const place = await makePlace();
    await open(place);
    const { db } = await opened(place);
    await db.deleteFrom('secrets').execute();
    await expect(open(place)).rejects.toThrow(/^The database is empty, .* restore a backup, .* move all of/);
    expect(await db.selectFrom('secrets').selectAll().execute()).toEqual([]);
  });

  it('are begun on an empty database with a key that has sealed nothing yet', async () => {
    const place = await makePlace();
    // A first start that died here, or whoever has copied the key of another machine.
    await makeMasterKey(place.dataDir);
    await (await open(place)).keep(WEBHOOK, new Secret('x'));
    expect((await (await open(place)).find(WEBHOOK))?.reveal()).toBe('x');
  });

  it('of a version that marked nothing are marked as in use', async () => {
    const place = await makePlace();
    await open(place);
    await rm(inUseFile(place.dataDir));
    await open(place);
    const { db } = await opened(place);
    await db.deleteFrom('secrets').execute();
    await expect(open(place)).rejects.toThrow(/^The database is empty/);
  });

  it('are sealed with MASTER_KEY where it is set, and no file is made', async () => {
    const place = { ...(await makePlace()), masterKey: keyText() };
    await (await open(place)).keep(WEBHOOK, new Secret('x'));
    expect((await (await open(place)).find(WEBHOOK))?.reveal()).toBe('x');
    expect(await readdir(place.dataDir)).not.toContain('keys');
  });

  it('put in the place of another by whoever writes to the database are refused', async () => {
    const place = await makePlace();
    const secrets = await open(place);
    await secrets.keep(WEBHOOK, new Secret('of one'));
    await secrets.keep({ ...WEBHOOK, id: 'two' }, new Secret('of two'));
    const { db } = await opened(place);
    const store = new StoredSecrets(db);
    await store.put(WEBHOOK, (await store.find({ ...WEBHOOK, id: 'two' })) ?? '');
    await expect(secrets.find(WEBHOOK)).rejects.toThrow(/webhook\/one in the database was changed/);
  });
});
