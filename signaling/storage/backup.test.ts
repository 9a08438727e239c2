// Backup and restore as a person runs them, beside servers that write and under kill -9.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RoomId } from '#protocol';
import type { StorageConfig } from '../config.ts';
import { newId } from '../newId.ts';
import { until } from '../testing/testkit.ts';
import { backUp, restore } from './backup.ts';
import { openDatabase } from './database.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations/index.ts';
import { StoredRooms } from './StoredRooms.ts';
import { databaseFile } from './sqlite.ts';
import { opened, sqlitePlace, temporaryDirectory } from './testing/places.ts';
import { Writer } from './testing/Writer.ts';
import { missing, stepsIn } from './testing/written.ts';

const SCRIPTS = join(import.meta.dirname, '../../scripts');

/** As npm runs it. */
function command(name: 'backup' | 'restore', args: readonly string[], env: Record<string, string>) {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const child: ChildProcess = spawn(process.execPath, [join(SCRIPTS, `${name}.mjs`), ...args], {
    env: { PATH, HOME, NODE_COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said += String(chunk)));
  const ended = new Promise<{ code: number | null; said: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, said })),
  );
  return { child, ended };
}

async function addRooms(place: StorageConfig, count: number): Promise<RoomId[]> {
  const { db, close } = await openDatabase(place, () => undefined);
  const rooms = new StoredRooms(db);
  const ids = Array.from({ length: count }, () => newId(RoomId));
  const hostKeyHash = new Uint8Array(16);
  for (const id of ids) {
    const room = {
      id,
      owner: null,
      state: 'open',
      hostKeyHash,
      lobby: false,
      suite: 'x25519',
      visited: false,
      createdAt: 1,
    } as const;
    await rooms.add({ ...room, expiresAt: 2, extension: new Uint8Array(1_000) });
  }
  await close();
  return ids;
}

async function idsIn(place: StorageConfig): Promise<string[]> {
  const { db, close } = await openDatabase(place, () => undefined);
  const rows = await db.selectFrom('rooms').select('id').orderBy('id').execute();
  await close();
  return rows.map(({ id }) => id);
}

/** Contents by name; the lock has none. */
async function filesIn(directory: string): Promise<Map<string, Buffer>> {
  const names = (await readdir(directory)).filter((name) => name !== 'in-camera.lock').sort();
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(directory, name))] as const)),
  );
}

describe('npm run backup', () => {
  it('copies one moment of a database that servers write to, and the copy can be restored', async () => {
    const place = await sqlitePlace();
    const writer = new Writer(place, 1e9);
    await until('it writes', () => writer.ids('ended').length > 5);
    const before = writer.ids('ended');
    const file = join(await temporaryDirectory(), 'backup');
    const backup = command('backup', [file], { DATA_DIR: place.dataDir });
    expect(await backup.ended).toEqual({
      code: 0,
      said: `The database in ${place.dataDir} is backed up to ${file}.\n`,
    });
    writer.process.kill('SIGKILL');
    expect(writer.ids('ended').length).toBeGreaterThan(before.length);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(file, '..'))).toEqual(['backup']);

    const other = await sqlitePlace();
    await restore(other.dataDir, file);
    const { db } = await opened(other);
    expect(missing(before, 'ended', await stepsIn(db))).toEqual([]);
  });

  it('replaces no file, and leaves none behind when it fails', async () => {
    const place = await sqlitePlace();
    const directory = await temporaryDirectory();
    const file = join(directory, 'backup');
    await expect(backUp(place.dataDir, file)).rejects.toThrow(/^No backup .*There is no database \S+\.$/);
    await addRooms(place, 1);
    await writeFile(file, 'precious');
    await expect(backUp(place.dataDir, file)).rejects.toThrow(/^No backup was written to \S+\. EEXIST/);
    await writeFile(databaseFile(place.dataDir), 'nonsense'.repeat(1_000));
    await expect(backUp(place.dataDir, join(directory, 'new'))).rejects.toThrow(/No backup.*is damaged/);
    expect(await filesIn(directory)).toEqual(new Map([['backup', Buffer.from('precious')]]));
  });

  it('leaves Postgres to its own tools, and does not show the password', async () => {
    const env = { DATABASE_URL: 'postgres://u:hidden-word@h/d' };
    for (const [name, tool] of [
      ['backup', 'pg_dump'],
      ['restore', 'pg_restore'],
    ] as const) {
      const { code, said } = await command(name, ['x'], env).ended;
      expect(code).toBe(1);
      expect(said).toMatch(
        new RegExp(`^DATABASE_URL is set, so Postgres keeps the rooms: use ${tool} .*\n$`),
      );
      expect(said).not.toContain('hidden-word');
    }
  });

  it('and restore want one file', async () => {
    for (const args of [[], ['a', 'b']])
      expect(await command('backup', args, {}).ended).toEqual({
        code: 1,
        said: 'Name one file: npm run backup -- FILE\n',
      });
  });
});

describe('npm run restore', () => {
  async function scene() {
    const place = await sqlitePlace();
    const backup = join(await temporaryDirectory(), 'backup');
    const old = await addRooms(place, 3);
    await backUp(place.dataDir, backup);
    const now = [...old, ...(await addRooms(place, 3))];
    return { place, backup, old: old.toSorted(), now: now.toSorted() };
  }

  it('brings back what was backed up, keeps what was there, and leaves nothing else', async () => {
    const { place, backup, old, now } = await scene();
    const { code, said } = await command('restore', [backup], { DATA_DIR: place.dataDir }).ended;
    expect([code, said]).toEqual([
      0,
      expect.stringMatching(
        /is restored in .* kept as in-camera\.db\.before-restore\.\nEverybody has to sign in again\. .* see to them again/,
      ),
    ]);
    expect([...(await filesIn(place.dataDir)).keys()]).toEqual([
      'in-camera.db',
      'in-camera.db.before-restore',
    ]);
    expect((await stat(databaseFile(place.dataDir))).mode & 0o777).toBe(0o600);
    expect(await idsIn(place)).toEqual(old);
    await restore(place.dataDir, `${databaseFile(place.dataDir)}.before-restore`);
    expect(await idsIn(place)).toEqual(now);
  });

  it('refuses while a server runs on that directory, and changes nothing', async () => {
    const { place, backup, now } = await scene();
    const writer = new Writer(place, 0);
    await writer.ended;
    const server = new Writer(place, 1e9);
    await until('it runs', () => server.ids('ended').length > 0);
    await expect(restore(place.dataDir, backup)).rejects.toThrow(
      /was not restored\. A server or a backup is at work in \S+: stop it, then restore\.$/,
    );
    server.process.kill('SIGKILL');
    await server.ended;
    const ids = await idsIn(place);
    expect([...now, ...server.ids('added')].filter((id) => !ids.includes(id))).toEqual([]);
    // The dead hold no lock.
    await restore(place.dataDir, backup);
  });

  it.each([
    ['is none', (file: string) => writeFile(file, 'not a database'.repeat(500))],
    ['is another program’s', (file: string) => withSqlite(file, (db) => db.exec('create table t (a)'))],
    ['is cut short', async (file: string) => writeFile(file, (await readFile(file)).subarray(0, 9_000))],
    ['is empty', (file: string) => writeFile(file, '')],
    ['is not there', () => undefined],
  ])('refuses a file that %s, and changes nothing', async (what, spoil) => {
    const { place, backup } = await scene();
    const file = join(await temporaryDirectory(), 'spoilt');
    if (what === 'is cut short') await copyFile(backup, file);
    await spoil(file);
    const before = await filesIn(place.dataDir);
    await expect(restore(place.dataDir, file)).rejects.toThrow(
      /spoilt was not restored\. (There is no file|\S+spoilt is (damaged|no backup of In Camera))/,
    );
    expect(await filesIn(place.dataDir)).toEqual(before);
  });

  it('refuses a backup of a newer version', async () => {
    const { place, backup } = await scene();
    const newer = await sqlitePlace();
    const { db, close } = await openDatabase(newer, () => undefined);
    await migrate(db, 'it', { ...migrations, '9999-later': { up: async () => undefined } });
    await close();
    const before = await filesIn(place.dataDir);
    await expect(restore(place.dataDir, databaseFile(newer.dataDir))).rejects.toThrow(
      /newer version of In Camera/,
    );
    expect(await filesIn(place.dataDir)).toEqual(before);
    await restore(place.dataDir, backup);
  });

  it('takes the place of a database that is damaged beyond opening', async () => {
    const { place, backup, old } = await scene();
    const file = databaseFile(place.dataDir);
    await writeFile(file, 'nonsense'.repeat(1_000));
    await writeFile(`${file}-wal`, 'of that one');
    await restore(place.dataDir, backup);
    expect(await idsIn(place)).toEqual(old);
    expect(await readFile(`${file}.before-restore`, 'utf8')).toBe('nonsense'.repeat(1_000));
  });

  it('that is killed has happened or has not', { timeout: 60_000 }, async () => {
    const { place, backup, old, now } = await scene();
    // What a server that was killed has left: its log holds the latest rooms.
    const server = new Writer(place, 1e9);
    await until('it has written', () => server.ids('ended').length > 2 || server.faults !== '');
    server.process.kill('SIGKILL');
    await server.ended;
    const crashed = await filesIn(place.dataDir);
    expect([...crashed.keys()]).toContain('in-camera.db-wal');
    const latest = String(await idsIn(place));
    expect(latest.length).toBeGreaterThan(String(now).length);
    for (let kills = 0; kills < 10; kills++) {
      const killed = await sqlitePlace();
      for (const [name, bytes] of crashed) await writeFile(join(killed.dataDir, name), bytes);
      const { child, ended } = command('restore', [backup], { DATA_DIR: killed.dataDir });
      const staged = `${databaseFile(killed.dataDir)}.restoring`;
      await until('it is at work', () => existsSync(staged) || child.exitCode !== null);
      await new Promise((resolve) => setTimeout(resolve, randomInt(0, 15)));
      child.kill('SIGKILL');
      await ended;
      expect([String(old), latest]).toContain(String(await idsIn(killed)));
      await restore(killed.dataDir, backup);
      expect(await idsIn(killed)).toEqual(old);
    }
  });
});

function withSqlite(file: string, use: (db: DatabaseSync) => void): void {
  const db = new DatabaseSync(file);
  use(db);
  db.close();
}
