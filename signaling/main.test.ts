// The process itself: starts, says what is wrong in a sentence, and stops when it should.
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort, running, startProcess } from './testing/signalingProcess.ts';
import { until } from './testing/testkit.ts';

describe('the signaling process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('ends well on %s', async (signal) => {
    const { child, exit } = await running();
    child.kill(signal);
    expect(await until('exit', () => (exit() === undefined ? undefined : `code ${exit()}`))).toBe('code 0');
  });

  it('ends when the launcher is gone', async () => {
    const { child, exit } = await running();
    child.disconnect();
    expect(await until('exit', () => (exit() === undefined ? undefined : `code ${exit()}`))).toBe('code 0');
  });

  it('prints the one-time link of the first admin, and none once there is one', async () => {
    const DATA_DIR = await mkdtemp(join(tmpdir(), 'in-camera-data-'));
    onTestFinished(() => rm(DATA_DIR, { recursive: true, force: true }));
    const first = await running({ DATA_DIR });
    const link = /^.*http:\/\/localhost:\d+\/claim#([\w-]{43})$/m;
    const token = await until('the link', () => link.exec(first.output())?.[1]);
    const claim = { token, name: 'Ada', email: 'ada@example.org', password: 'correct horse battery' };
    const response = await fetch(`${first.url}/api/v1/claim`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(claim),
    });
    expect(await response.json()).toEqual({ role: 'admin' });
    first.child.kill('SIGTERM');
    await until('exit', () => first.exit() !== undefined);
    const second = await running({ DATA_DIR });
    expect((await fetch(`${second.url}/api/v1/account`)).status).toBe(200);
    expect(second.output()).not.toContain('/claim#');
  });

  it('says which port is in use, without a stack trace', async () => {
    const { port, release } = await freePort();
    const { output, exit } = await startProcess({ PORT: port });
    await until('exit', () => exit() !== undefined);
    await release();
    expect(exit()).toBe(1);
    expect(output()).toBe(`Port ${port} is in use: stop the other program or set PORT.\n`);
  });

  it('says which variable is wrong, and never shows the secret', async () => {
    const { output, exit } = await startProcess({ PORT: 'http', SFU_SECRET: 'too short' });
    await until('exit', () => exit() !== undefined);
    expect(exit()).toBe(1);
    expect(output()).toContain('PORT: given "http"');
    expect(output()).not.toContain('too short');
    expect(output()).not.toContain('    at ');
  });

  it('says that its database is damaged, without a stack trace, and leaves it alone', async () => {
    const DATA_DIR = await mkdtemp(join(tmpdir(), 'in-camera-data-'));
    onTestFinished(() => rm(DATA_DIR, { recursive: true, force: true }));
    await writeFile(join(DATA_DIR, 'in-camera.db'), 'nonsense'.repeat(1_000));
    const { port, release } = await freePort();
    await release();
    const { output, exit } = await startProcess({ PORT: port, DATA_DIR });
    await until('exit', () => exit() !== undefined);
    expect(exit()).toBe(1);
    expect(output()).toBe(
      `The database ${DATA_DIR}/in-camera.db is damaged (file is not a database): restore a backup with npm run restore, or move all of its directory away to begin without accounts and rooms.\n`,
    );
    expect(await readdir(DATA_DIR)).toEqual(['in-camera.db', 'in-camera.lock']);
  });

  it('says that the key of its secrets is missing, without a stack trace, and makes no other', async () => {
    const DATA_DIR = await mkdtemp(join(tmpdir(), 'in-camera-data-'));
    onTestFinished(() => rm(DATA_DIR, { recursive: true, force: true }));
    const first = await running({ DATA_DIR });
    first.child.kill('SIGTERM');
    await until('exit', () => first.exit() !== undefined);
    const key = join(DATA_DIR, 'keys', 'master-key');
    await rm(key);
    const { port, release } = await freePort();
    await release();
    const { output, exit } = await startProcess({ PORT: port, DATA_DIR });
    await until('exit', () => exit() !== undefined);
    expect(exit()).toBe(1);
    expect(output()).toBe(
      `The key ${key} is missing, and the database has secrets that were sealed with it: put your copy of it back, or set MASTER_KEY.\n`,
    );
    expect(await readdir(join(DATA_DIR, 'keys'))).toEqual(['in-use']);
  });

  it('says that its database was emptied, and makes nobody the first admin', async () => {
    const DATA_DIR = await mkdtemp(join(tmpdir(), 'in-camera-data-'));
    onTestFinished(() => rm(DATA_DIR, { recursive: true, force: true }));
    const first = await running({ DATA_DIR });
    first.child.kill('SIGTERM');
    await until('exit', () => first.exit() !== undefined);
    const keys = await readFile(join(DATA_DIR, 'keys', 'master-key'));
    await truncate(join(DATA_DIR, 'in-camera.db'), 0);
    // The second finds tables in it that the first has made.
    for (const again of ['once', 'twice']) {
      const { port, release } = await freePort();
      await release();
      const { output, exit } = await startProcess({ PORT: port, DATA_DIR });
      await until('exit', () => exit() !== undefined);
      expect(exit(), again).toBe(1);
      expect(output()).toBe(
        `The database is empty, and the one that was sealed with the key in ${DATA_DIR} was not: restore a backup, or correct DATA_DIR or DATABASE_URL. To begin anew, without accounts and rooms, move all of ${DATA_DIR} away, with its keys.\n`,
      );
    }
    expect(await readFile(join(DATA_DIR, 'keys', 'master-key'))).toEqual(keys);
  });

  it('says that Postgres cannot be reached, and never shows the password', async () => {
    const { port, release } = await freePort();
    await release();
    const DATABASE_URL = 'postgres://someone:a-hidden-word@127.0.0.1:1/rooms';
    const { output, exit } = await startProcess({ PORT: port, DATABASE_URL });
    await until('exit', () => exit() !== undefined);
    expect(exit()).toBe(1);
    expect(output()).toMatch(
      /^The database that DATABASE_URL names cannot be used \(.*ECONNREFUSED.*\): .*\n$/,
    );
    expect(output()).not.toContain('a-hidden-word');
  });
});
