// What a restored database lets somebody do, and the way back with Postgres' own tools, by the lines of docs/operations.md.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RoomId } from '#protocol';
import type { StorageConfig } from '../config.ts';
import { newId } from '../newId.ts';
import { Secret } from '../protocol/env.ts';
import { openSecrets } from '../secrets/Secrets.ts';
import { Browser, PASSWORD } from '../testing/accountsKit.ts';
import { running } from '../testing/signalingProcess.ts';
import { until } from '../testing/testkit.ts';
import { backUp, restore } from './backup.ts';
import { openDatabase } from './database.ts';
import { StoredRooms } from './StoredRooms.ts';
import { StoredSecrets } from './StoredSecrets.ts';
import { databaseFile } from './sqlite.ts';
import { type Cluster, startCluster } from './testing/cluster.ts';
import { findPostgres } from './testing/findPostgres.ts';
import { leftAt, opened, sqlitePlace, temporaryDirectory } from './testing/places.ts';
import { addFormerRoom, addSession, addUser } from './testing/rows.ts';

const OPERATIONS = join(import.meta.dirname, '../../docs/operations.md');
const TOOLS = /^ {4}((?:createdb|pg_dump|pg_restore|psql) .*)$/gm;
const EMAIL = 'ada@example.org';
const KEYS = '/api/v1/account/keys';
const run = promisify(execFile);

/** An installation with an admin, and a backup of it that was made while somebody was signed in. */
async function signedInBefore() {
  const place = await sqlitePlace();
  const backup = join(await temporaryDirectory(), 'backup');
  const server = await running({ DATA_DIR: place.dataDir });
  const token = await until('the link', () => /claim#([\w-]{43})/.exec(server.output())?.[1]);
  const admin = new Browser(server);
  const claim = { token, name: 'Ada', email: EMAIL, password: PASSWORD };
  expect((await admin.ask('POST', '/api/v1/claim', claim)).status).toBe(200);
  expect((await admin.signIn(EMAIL)).status).toBe(200);
  expect((await admin.ask('GET', KEYS)).status).toBe(200);
  await backUp(place.dataDir, backup);
  server.child.kill('SIGTERM');
  await until('exit', () => server.exit() !== undefined);
  return { place, backup, cookie: admin.cookie };
}

describe('a backup that was made while somebody was signed in', () => {
  it('signs nobody in: a cookie of before opens nothing, and the password does', {
    timeout: 60_000,
  }, async () => {
    const { place, backup, cookie } = await signedInBefore();
    await restore(place.dataDir, backup);
    const server = await running({ DATA_DIR: place.dataDir });
    expect((await new Browser(server, { cookie }).ask('GET', KEYS)).status).toBe(401);
    const again = new Browser(server);
    expect((await again.signIn(EMAIL)).status).toBe(200);
    expect((await again.ask('GET', KEYS)).status).toBe(200);
  });

  it('does so by being restored: a mere restart leaves everybody signed in', {
    timeout: 60_000,
  }, async () => {
    const { place, cookie } = await signedInBefore();
    const server = await running({ DATA_DIR: place.dataDir });
    expect((await new Browser(server, { cookie }).ask('GET', KEYS)).status).toBe(200);
  });
});

it('a backup of a version that kept no secrets is restored over a database that had some, and starts', async () => {
  const [place, former] = [await sqlitePlace(), await sqlitePlace()];
  const start = async () => {
    const { db, close } = await openDatabase(place, () => undefined);
    await openSecrets(place, new StoredSecrets(db));
    const users = await db.selectFrom('users').select('id').execute();
    await close();
    return users;
  };
  expect(await start()).toEqual([]);
  await leftAt(former, '0010-accounts', (db) => addUser(db, 'ada'));
  await restore(place.dataDir, databaseFile(former.dataDir));
  expect(await start()).toEqual([{ id: 'ada' }]);
});

const source = findPostgres();
const programs = source?.kind === 'programs' ? source : undefined;

describe.skipIf(!programs)('a dump of Postgres', () => {
  let cluster: Cluster | undefined;
  beforeAll(async () => {
    if (programs) cluster = await startCluster(programs);
  }, 60_000);
  afterAll(() => cluster?.stop());

  const place = async (database: string): Promise<StorageConfig> => {
    const url = new URL(cluster?.url ?? '');
    url.pathname = `/${database}`;
    return { dataDir: await temporaryDirectory(), databaseUrl: new Secret(url.href) };
  };

  it('of a former version is restored after an upgrade, by the documented lines, and upgraded in its turn', async () => {
    const [before, restored] = [await place('postgres'), await place('in_camera_restored')];
    const dump = join(before.dataDir, 'dump');
    const [old, late] = [newId(RoomId), newId(RoomId)];
    await leftAt(before, '0060-schedules', async (db) => {
      await addFormerRoom(db, old);
      await addUser(db, 'ada');
      const createdAt = new Date().toISOString();
      await addSession(db, { id: 's', userId: 'ada', createdAt, expiresAt: Date.now() + 1e6 });
    });
    const lines = [...(await readFile(OPERATIONS, 'utf8')).matchAll(TOOLS)].map(([, line = '']) => line);
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['pg_dump', 'createdb', 'pg_restore', 'psql']);
    const [dumping = '', ...restoring] = lines;
    const carryOut = (line: string) =>
      run('/bin/sh', ['-c', line.replace('FILE', dump)], {
        env: {
          PATH: `${programs?.bin}:${process.env.PATH}`,
          DATABASE_URL: before.databaseUrl?.reveal(),
          RESTORED_URL: restored.databaseUrl?.reveal(),
        },
      });

    await carryOut(dumping);
    const upgraded = await opened(before);
    const room = await new StoredRooms(upgraded.db).find(old);
    if (!room) throw new Error('the upgrade has lost a room');
    await new StoredRooms(upgraded.db).add({ ...room, id: late });
    for (const line of restoring) await carryOut(line);

    const { db } = await opened(restored);
    expect(await new StoredRooms(db).find(old)).toEqual(room);
    expect(room.extension).toEqual(Uint8Array.of(1, 2, 3));
    expect(await new StoredRooms(db).find(late)).toBeUndefined();
    expect(await db.selectFrom('users').select('id').execute()).toEqual([{ id: 'ada' }]);
    expect(await db.selectFrom('sessions').select('id').execute()).toEqual([]);
    // What the old one holds is as it was.
    expect(await new StoredRooms(upgraded.db).find(late)).toMatchObject({ id: late });
    expect(await upgraded.db.selectFrom('sessions').select('id').execute()).toEqual([{ id: 's' }]);
  });
});
