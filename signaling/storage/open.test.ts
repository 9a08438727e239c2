// Opening a database: what it takes, what stops it, and in which words.
import { randomBytes } from 'node:crypto';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RoomId } from '#protocol';
import { loadStorageConfig, type StorageConfig } from '../config.ts';
import { newId } from '../newId.ts';
import { Secret } from '../protocol/env.ts';
import { openDatabase } from './database.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations/index.ts';
import { StorageUnavailable } from './StorageUnavailable.ts';
import { StoredRooms } from './StoredRooms.ts';
import { databaseFile } from './sqlite.ts';
import { againstBoth, leftAt, opened, sqlitePlace, temporaryDirectory } from './testing/places.ts';
import { addFormerRoom } from './testing/rows.ts';

async function refusal(place: StorageConfig): Promise<string> {
  const problem: unknown = await openDatabase(place, () => undefined).catch((error: unknown) => error);
  if (!(problem instanceof StorageUnavailable)) throw new Error('it was opened, or failed by accident');
  return problem.message;
}

const later = { '9999-later': { up: async () => undefined } };

againstBoth('a database', (makePlace) => {
  it('of a newer version is refused with a sentence, and is not changed', async () => {
    const place = await makePlace();
    const { db } = await opened(place);
    await migrate(db, 'it', { ...migrations, ...later });
    expect(await refusal(place)).toMatch(
      /^The database .* comes from a newer version of In Camera \(its step "9999-later" is unknown here\): start that/,
    );
    await migrate(db, 'it', { ...migrations, ...later });
  });

  it('whose upgrade fails half way is what it was before', async () => {
    const place = await makePlace();
    const { db } = await opened(place);
    const broken = {
      '9998-first': {
        up: async (target: typeof db) => target.schema.createTable('half').addColumn('a', 'text').execute(),
      },
      '9999-second': { up: () => Promise.reject(new Error('no more')) },
    };
    await expect(migrate(db, 'it', { ...migrations, ...broken })).rejects.toThrow('no more');
    expect((await db.introspection.getTables()).map(({ name }) => name)).not.toContain('half');
    await opened(place);
  });
});

againstBoth('a database of a former version', (makePlace) => {
  it('keeps its rooms and what hosts have signed, and loses the table that nobody used', async () => {
    const place = await makePlace();
    const id = newId(RoomId);
    await leftAt(place, '0080-suites', (db) => addFormerRoom(db, id));
    const { db } = await opened(place);
    expect(await new StoredRooms(db).find(id)).toMatchObject({
      id,
      state: 'open',
      lobby: true,
      expiresAt: 2e12,
      extension: Uint8Array.of(1, 2, 3),
    });
    const tables = await db.introspection.getTables();
    expect(tables.map(({ name }) => name)).not.toContain('room_statements');
    const rooms = tables.find(({ name }) => name === 'rooms');
    expect(rooms?.columns.map(({ name }) => name)).not.toContain('statement_count');
  });
});

describe('a database file', () => {
  it('and all beside it are for its user only, whatever they were before', async () => {
    const place = await sqlitePlace();
    const file = databaseFile(place.dataDir);
    await writeFile(file, '');
    await chmod(file, 0o644);
    await opened(place);
    for (const suffix of ['', '-wal', '-shm'])
      expect((await stat(file + suffix)).mode & 0o777, suffix).toBe(0o600);
  });

  it('is written ahead and waits for the disk', async () => {
    const { db } = await opened(await sqlitePlace());
    const pragma = (name: string) =>
      db.executeQuery({ sql: `pragma ${name}`, parameters: [], query: { kind: 'RawNode' } } as never);
    expect((await pragma('journal_mode')).rows).toEqual([{ journal_mode: 'wal' }]);
    expect((await pragma('synchronous')).rows).toEqual([{ synchronous: 2 }]);
  });

  it('that is none stops the start', async () => {
    const place = await sqlitePlace();
    await writeFile(databaseFile(place.dataDir), 'hello '.repeat(1_000));
    expect(await refusal(place)).toMatch(
      /^The database \S+in-camera\.db is damaged \(file is not a database\): restore a backup with npm run restore,/,
    );
  });

  it('with damage in the middle stops the start, and is not changed', async () => {
    const place = await sqlitePlace();
    const { db, close } = await openDatabase(place, () => undefined);
    const room = {
      owner: null,
      state: 'open',
      lobby: 0,
      suite: 'x25519',
      visited: 0,
      created_at: 1,
      expires_at: 2,
      ended_at: null,
    };
    for (let i = 0; i < 200; i++) {
      const host_key_hash = randomBytes(100).toString('base64url');
      const row = { ...room, id: `room ${i}`, host_key_hash };
      await db.insertInto('rooms').values(row).execute();
    }
    await close();
    const file = databaseFile(place.dataDir);
    const bytes = await readFile(file);
    bytes.fill(0xa5, bytes.length / 2, bytes.length / 2 + 6_000);
    await writeFile(file, bytes);
    expect(await refusal(place)).toMatch(/^The database \S+ is damaged \(.+\): restore a backup/);
    expect(await readFile(file)).toEqual(bytes);
  });

  it('in a place where nothing can be made stops the start', async () => {
    expect(await refusal({ dataDir: '/proc/nope/data', databaseUrl: undefined })).toMatch(
      /^The database \/proc\/nope\/data\/in-camera\.db cannot be used \(ENOENT.*\): see to that file/,
    );
    const file = `${await temporaryDirectory()}/file`;
    await writeFile(file, '');
    expect(await refusal({ dataDir: file, databaseUrl: undefined })).toMatch(/cannot be used \(ENOTDIR/);
  });
});

describe('DATABASE_URL', () => {
  const PASSWORD = 'do-not-show-me';
  const at = (where: string) => loadStorageConfig({ DATABASE_URL: `postgres://u:${PASSWORD}@${where}` });

  it('that leads nowhere stops the start with a sentence that does not show it', async () => {
    const sentence = await refusal(at('127.0.0.1:1/rooms'));
    expect(sentence).toMatch(
      /^The database that DATABASE_URL names cannot be used \(.*ECONNREFUSED.*\): correct/,
    );
    expect(sentence).not.toContain(PASSWORD);
  });

  it('that leads to something else stops the start with a sentence that does not show it', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const sentence = await refusal(at(`127.0.0.1:${address.port}/rooms`));
    expect(sentence).toMatch(/^The database that DATABASE_URL names cannot be used \(.+\): correct/);
    expect(sentence).not.toContain(PASSWORD);
  });

  it('has no printable form', () => {
    const config = at('host/rooms');
    const shown = [inspect(config, { depth: 9 }), JSON.stringify(config), `${config.databaseUrl}`];
    expect(shown.join()).not.toContain(PASSWORD);
    expect(config.databaseUrl).toBeInstanceOf(Secret);
    expect(config.databaseUrl?.reveal()).toContain(PASSWORD);
  });
});
