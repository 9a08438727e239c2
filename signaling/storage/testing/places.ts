// For tests: databases to run against, each empty and gone when its test is finished.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, onTestFinished } from 'vitest';
import type { StorageConfig } from '../../config.ts';
import { Secret } from '../../protocol/env.ts';
import { type Database, openDatabase } from '../database.ts';
import { migrate } from '../migrate.ts';
import { migrations } from '../migrations/index.ts';
import type { Tables } from '../schema.ts';
import { databaseFile } from '../sqlite.ts';
import { NodeSqliteDialect } from '../sqliteDialect.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { findPostgres } from './findPostgres.ts';

/** For tests that are about something else. Memory is all that it takes, so nobody closes it. */
export async function memoryDatabase(): Promise<Kysely<Tables>> {
  const db = new Kysely<Tables>({ dialect: new NodeSqliteDialect(new DatabaseSync(':memory:')) });
  await migrate(db, 'The database in memory');
  return db;
}

export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'in-camera-storage-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A data directory whose file becomes the database. */
export async function sqlitePlace(): Promise<StorageConfig> {
  return { dataDir: await temporaryDirectory(), databaseUrl: undefined };
}

/** Closed when the test is finished. */
export async function opened(place: StorageConfig): Promise<Database> {
  const database = await openDatabase(place, () => undefined);
  onTestFinished(() => database.close());
  return database;
}

/** As a former version has left it, whose last step that was. Closed before this answers. */
export async function leftAt(
  { dataDir, databaseUrl }: StorageConfig,
  last: keyof typeof migrations,
  fill: (db: Kysely<Tables>) => Promise<unknown>,
): Promise<void> {
  const dialect = databaseUrl
    ? new PostgresDialect({ pool: new pg.Pool({ connectionString: databaseUrl.reveal() }) })
    : new NodeSqliteDialect(new DatabaseSync(databaseFile(dataDir)));
  const db = new Kysely<Tables>({ dialect });
  const steps = Object.entries(migrations).filter(([name]) => name <= last);
  await migrate(db, 'The database of a former version', Object.fromEntries(steps));
  await fill(db);
  await db.destroy();
}

/** The same tests against both. Where there is no Postgres, its half is skipped by name. */
export function againstBoth(
  name: string,
  tests: (makePlace: () => Promise<StorageConfig>) => void,
  options: { durable?: boolean } = {},
): void {
  describe(`${name}, in SQLite`, () => tests(sqlitePlace));
  const source = findPostgres();
  describe.skipIf(!source)(`${name}, in Postgres`, () => {
    let cluster: Cluster | undefined;
    beforeAll(async () => {
      if (source?.kind === 'programs') cluster = await startCluster(source, options);
    }, 60_000);
    afterAll(() => cluster?.stop());
    tests(async () => {
      const url = source?.kind === 'server' ? source.url : cluster?.url;
      return { dataDir: await temporaryDirectory(), databaseUrl: await newDatabase(url ?? '') };
    });
  });
}

async function newDatabase(server: string): Promise<Secret> {
  const name = `in_camera_test_${randomBytes(6).toString('hex')}`;
  await command(server, `create database ${name}`);
  onTestFinished(() => command(server, `drop database ${name} with (force)`));
  const url = new URL(server);
  url.pathname = `/${name}`;
  return new Secret(url.href);
}

async function command(server: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(sql);
  await client.end();
}
