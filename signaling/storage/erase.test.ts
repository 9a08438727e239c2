// An installation is erased: what was there cannot be found afterwards, and what is said of it is signed.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import * as z from 'zod/mini';
import { ERASE_WORDS, RoomId, SignedErased } from '#protocol';
import { isSigned, readPublicKey } from '../audit/AuditKey.ts';
import { audited } from '../audit/events.ts';
import { openChain } from '../auditing.ts';
import { systemClock } from '../clock.ts';
import type { StorageConfig } from '../config.ts';
import { newId } from '../newId.ts';
import { Secret } from '../protocol/env.ts';
import { masterKeyFile } from '../secrets/masterKey.ts';
import { openSecrets } from '../secrets/Secrets.ts';
import { Browser, PASSWORD } from '../testing/accountsKit.ts';
import { auditOn } from '../testing/auditKit.ts';
import { freePort, running, startProcess } from '../testing/signalingProcess.ts';
import { makeRoom, TestClient, until } from '../testing/testkit.ts';
import { openDatabase } from './database.ts';
import { erasedBody } from './erase.ts';
import { StoredAccounts } from './StoredAccounts.ts';
import { StoredRooms } from './StoredRooms.ts';
import { StoredSecrets } from './StoredSecrets.ts';
import { againstBoth } from './testing/places.ts';

const SCRIPT = join(import.meta.dirname, '../../scripts/erase.mjs');
const MARKER = 'a-known-marker';

const envOf = ({ dataDir, databaseUrl }: StorageConfig) => ({
  DATA_DIR: dataDir,
  DATABASE_URL: databaseUrl?.reveal() ?? '',
});

/** As npm runs it. */
function eraseIt(place: StorageConfig, args: readonly string[] = ['yes']) {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const child: ChildProcess = spawn(process.execPath, [SCRIPT, ...args], {
    env: { PATH, HOME, NODE_COMPILE_CACHE, ...envOf(place) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  let faults = '';
  child.stdout?.on('data', (chunk) => (said += String(chunk)));
  child.stderr?.on('data', (chunk) => (faults += String(chunk)));
  return once(child, 'close').then(([code]) => ({ code, said, faults }));
}

const statementIn = (said: string) => z.parse(SignedErased, JSON.parse(said));

/** A room, an account, a secret, an audit row and some files, each with the marker as far as it can have one. Answers the public key. */
async function fill(place: StorageConfig): Promise<string> {
  const { db, close } = await openDatabase(place, () => undefined);
  const room = {
    id: newId(RoomId),
    owner: MARKER,
    state: 'open',
    lobby: false,
    suite: 'x25519',
    visited: false,
    createdAt: 1,
    expiresAt: 2e15,
  } as const;
  const extension = new TextEncoder().encode(MARKER);
  await new StoredRooms(db).add({ ...room, hostKeyHash: new Uint8Array(16), extension });
  const accounts = new StoredAccounts(db, auditOn(db).ledger);
  await accounts.inviteFirstAdmin(MARKER, 1);
  const admin = { id: MARKER, name: MARKER, email: MARKER, passwordHash: MARKER };
  expect(await accounts.accept(MARKER, admin, 1)).toEqual({ role: 'admin' });
  const secrets = await openSecrets(place, new StoredSecrets(db));
  await secrets.keep({ purpose: 'webhook', id: MARKER }, new Secret(MARKER));
  const { chain, key } = await openChain(place, { database: { db }, clock: systemClock });
  await chain.append([audited('account:created', 1, { account: MARKER, by: MARKER })]);
  await close();
  await writeFile(join(place.dataDir, 'sfu-secret'), MARKER);
  await writeFile(join(place.dataDir, 'auth-secret'), MARKER);
  await writeFile(join(place.dataDir, 'in-camera.db.before-restore'), MARKER);
  return key.publicKey;
}

async function findIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = await Promise.all(files.map((file) => readFile(file)));
  const marks = [MARKER, Buffer.from(MARKER).toString('base64url')];
  return files.filter((_, i) => marks.some((mark) => contents[i]?.includes(mark)));
}

/** A server that runs there with secrets of all kinds: answers it, its admin, them, and an address that is none. */
async function serveSecrets(place: StorageConfig) {
  const former = `${MARKER} that signed the cookies of a former version`;
  await writeFile(join(place.dataDir, 'auth-secret'), former);
  const given = {
    SFU_SECRET: `${MARKER} between the two servers`,
    OIDC_CLIENT_SECRET: `${MARKER} of the company`,
    AUDIT_WEBHOOK_SECRET: `whsec_${Buffer.from(`${MARKER} of the audit log`).toString('base64')}`,
    AUDIT_WEBHOOK_URL: `https://hooks.example.org/${MARKER}`,
  };
  const oidc = { OIDC_ISSUER: 'https://sso.example.org', OIDC_CLIENT_ID: 'in-camera' };
  const server = await running({ ...envOf(place), ...given, ...oidc });
  const token = await until('the link', () => /claim#([\w-]{43})/.exec(server.output())?.[1]);
  const admin = new Browser(server);
  await admin.ask('POST', '/api/v1/claim', {
    token,
    name: 'Ada',
    email: 'ada@example.org',
    password: PASSWORD,
  });
  expect((await admin.signIn('ada@example.org')).status).toBe(200);
  const url = `https://hooks.example.org/${MARKER}/made`;
  const hook = (await admin.ask('POST', '/api/v1/webhooks', { url })).body.secret;
  const key = (
    await admin.ask('POST', '/api/v1/account/keys', { name: 'Bo', scopes: ['rooms:read'], days: 1 })
  ).body.key;
  const secrets = [former, ...Object.values(given), url, hook, key, token];
  return { server, admin, secrets, known: 'ada@example.org' };
}

/** One that has run there. */
async function fillWithSecrets(place: StorageConfig) {
  const { server, ...filled } = await serveSecrets(place);
  server.child.kill('SIGTERM');
  await until('exit', () => server.exit() !== undefined);
  return filled;
}

/** All that is in the directory and in the database, as it lies there. */
async function lyingThere(place: StorageConfig): Promise<string> {
  const entries = await readdir(place.dataDir, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = await Promise.all(files.map((file) => readFile(file, 'latin1')));
  return JSON.stringify([contents, await rowsIn(place)]);
}

/** As it is, or in one of the ways to write it. */
const holds = (text: string, secret: string): boolean =>
  (['utf8', 'latin1', 'hex', 'base64', 'base64url'] as const).some((form) =>
    // What follows the last whole group of three bytes depends on what comes behind.
    text.includes(Buffer.from(secret).toString(form).replace(/=+$/, '').slice(0, -3)),
  );

/** Without making ours anew. */
async function tablesIn(place: StorageConfig): Promise<string[]> {
  return (await rowsIn(place)).map(({ table }) => table);
}

/** Of Postgres; those of SQLite are in its files. */
async function rowsIn({ databaseUrl }: StorageConfig): Promise<{ table: string; rows: unknown[] }[]> {
  if (!databaseUrl) return [];
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: databaseUrl.reveal() });
  await client.connect();
  const { rows } = await client.query("select tablename from pg_tables where schemaname = 'public'");
  const found = [];
  for (const table of rows.map(({ tablename }) => String(tablename)))
    found.push({ table, rows: (await client.query(`select * from ${client.escapeIdentifier(table)}`)).rows });
  await client.end();
  return found;
}

againstBoth('npm run erase', (makePlace) => {
  it('leaves nothing that can be read, and signs what it has destroyed', async () => {
    const place = await makePlace();
    const publicKey = await fill(place);
    expect((await findIn(place.dataDir)).length).toBeGreaterThan(1);
    const { code, said } = await eraseIt(place);
    expect(code).toBe(0);
    expect(await readdir(place.dataDir)).toEqual([]);
    expect(await tablesIn(place)).toEqual([]);
    const { statement, signature } = statementIn(said);
    const key = readPublicKey(publicKey);
    expect(key && signature && isSigned(erasedBody(statement), signature, key)).toBe(true);
    expect(statement).toMatchObject({
      kind: 'erased',
      publicKey,
      masterKey: 'destroyed in DATA_DIR of this machine',
      rows: { rooms: 1, users: 1, credentials: 1, secrets: 3, audit_rows: 3 },
      left: [],
    });
    expect(statement.files).toContain('keys');
  });

  it('takes the seals away from secrets that nobody could read before either', {
    timeout: 60_000,
  }, async () => {
    const place = await makePlace();
    const { secrets, known } = await fillWithSecrets(place);
    const before = await lyingThere(place);
    expect(holds(before, known), 'what is no secret is found').toBe(true);
    for (const secret of secrets) expect(holds(before, secret), secret).toBe(false);
    expect((await eraseIt(place)).code).toBe(0);
    const after = await lyingThere(place);
    for (const text of [known, ...secrets]) expect(holds(after, text), text).toBe(false);
  });

  it('leaves what is not ours, and names it', async () => {
    const place = await makePlace();
    await fill(place);
    await mkdir(join(place.dataDir, 'photos'));
    if (place.databaseUrl) {
      const { db, close } = await openDatabase(place, () => undefined);
      await sql`create table of_somebody_else (a text)`.execute(db);
      await close();
    }
    const { said } = await eraseIt(place);
    expect(statementIn(said).statement.left).toEqual(['photos']);
    expect(await tablesIn(place)).toEqual(place.databaseUrl ? ['of_somebody_else'] : []);
  });

  it('does nothing unless it is confirmed, and says what it would do', async () => {
    const place = await makePlace();
    await fill(place);
    const before = await findIn(place.dataDir);
    const { code, faults } = await eraseIt(place, []);
    expect([code, faults]).toEqual([
      1,
      expect.stringMatching(/^This ends all meetings .*: npm run erase -- yes\n$/),
    ]);
    expect(await findIn(place.dataDir)).toEqual(before);
  });

  it('ends the meetings of a running server, and the server', { timeout: 60_000 }, async () => {
    const place = await makePlace();
    const server = await running(envOf(place));
    const host = await TestClient.start(server);
    await host.found(await makeRoom(host));
    const { code, faults } = await eraseIt(place);
    expect([code, faults]).toEqual([0, 'Waiting until servers stop.\n']);
    expect(await host.hears('meeting:ended')).toEqual({ reason: 'room-closed' });
    expect(
      await until('exit', () => (server.exit() === undefined ? undefined : `code ${server.exit()}`)),
    ).toBe('code 0');
    expect(await readdir(place.dataDir)).toEqual([]);
    expect(await tablesIn(place)).toEqual([]);
  });

  it('that was cut short keeps servers from starting, and is finished by another one', async () => {
    const place = await makePlace();
    await fill(place);
    const { db, close } = await openDatabase(place, () => undefined);
    await db.insertInto('installation').values({ id: 'this', erasing_since: 1 }).execute();
    await close();
    const { port, release } = await freePort();
    await release();
    const { output, exit } = await startProcess({ PORT: port, ...envOf(place) });
    await until('exit', () => exit() !== undefined);
    expect(output()).toMatch(
      /^This installation is being erased, and that was cut short: npm run erase -- yes .*\n$/,
    );
    // The key went first.
    await rm(masterKeyFile(place.dataDir));
    const { code, said, faults } = await eraseIt(place);
    expect([code, faults]).toEqual([0, expect.stringMatching(/will not be signed\. The key \S+ is missing/)]);
    const { statement, signature } = statementIn(said);
    expect([statement.masterKey, signature]).toEqual(['none was in DATA_DIR of this machine', null]);
    expect(await readdir(place.dataDir)).toEqual([]);
    expect(await tablesIn(place)).toEqual([]);
  });
});

againstBoth('an admin who erases the installation over HTTP', (makePlace) => {
  it('gets the signed statement as the last answer; meetings and all servers end, and nothing can be read', {
    timeout: 60_000,
  }, async () => {
    const place = await makePlace();
    const { server, admin, secrets, known } = await serveSecrets(place);
    const other = await running(envOf(place));
    const [host, elsewhere] = [
      await admin.socket(),
      await TestClient.start(other, undefined, undefined, { cookie: admin.cookie }),
    ];
    for (const each of [host, elsewhere]) await each.found(await makeRoom(each));
    const { publicKey } = (await admin.ask('GET', '/api/v1/audit/key')).body;
    expect(holds(await lyingThere(place), known)).toBe(true);

    const answer = await admin.ask('POST', '/api/v1/erase', { confirm: ERASE_WORDS });

    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    expect(await readdir(place.dataDir)).toEqual([]);
    expect(await tablesIn(place)).toEqual([]);
    const after = await lyingThere(place);
    for (const text of [known, ...secrets]) expect(holds(after, text), text).toBe(false);
    const { statement, signature } = z.parse(SignedErased, answer.body);
    const key = readPublicKey(publicKey);
    expect(key && signature && isSigned(erasedBody(statement), signature, key)).toBe(true);
    expect(statement).toMatchObject({ publicKey, left: [], rows: { rooms: 2, users: 1, installation: 1 } });
    for (const each of [host, elsewhere])
      expect(await each.hears('meeting:ended')).toEqual({ reason: 'room-closed' });
    for (const each of [server, other])
      expect(await until('exit', () => (each.exit() === undefined ? undefined : `code ${each.exit()}`))).toBe(
        'code 0',
      );
    const [, printed = ''] = /^This installation is erased\. .*: (\{.*\})$/m.exec(server.output()) ?? [];
    expect(statementIn(printed)).toEqual(answer.body);
    // Nothing goes on working on what is gone.
    const [, since = ''] = server.output().split('an admin erases the installation');
    expect(since).not.toMatch(/"level":(50|60)/);
  });

  it('and the process is killed while it waits for others: the command finishes it', {
    timeout: 60_000,
  }, async () => {
    const place = await makePlace();
    const { server, admin } = await serveSecrets(place);
    // A process that does not stop, as far as the other can see.
    const stubborn = await openDatabase(place, () => undefined);
    const asked = admin.ask('POST', '/api/v1/erase', { confirm: ERASE_WORDS }).catch(() => undefined);
    await until('it waits', () => server.output().includes('Waiting until servers stop.'));
    server.child.kill('SIGTERM');
    server.child.kill('SIGKILL');
    await until('exit', () => server.exit() !== undefined);
    expect(await asked).toBeUndefined();
    await stubborn.close();
    expect((await eraseIt(place)).code).toBe(0);
    expect(await readdir(place.dataDir)).toEqual([]);
    expect(await tablesIn(place)).toEqual([]);
  });
});
