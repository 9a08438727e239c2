// The audit chain in a database: writers at the same time, kill -9, exports, the end of old rows, and whoever edits tables.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AuditKey, makeAuditKey, readPublicKey } from '../audit/AuditKey.ts';
import { canonical } from '../audit/canonical.ts';
import { genesis, link, ORGANISATION, Row } from '../audit/chain.ts';
import { type AuditEvent, audited } from '../audit/events.ts';
import { lineOf } from '../audit/lines.ts';
import { verifyLines } from '../audit/verify.ts';
import type { StorageConfig } from '../config.ts';
import { FakeClock, until } from '../testing/testkit.ts';
import { openDatabase } from './database.ts';
import { StoredAudit } from './StoredAudit.ts';
import { againstBoth, opened, sqlitePlace, temporaryDirectory } from './testing/places.ts';

const CHILD = join(import.meta.dirname, 'testing', 'auditWriterChild.ts');
const SCRIPTS = join(import.meta.dirname, '../../scripts');
const DAY_MS = 24 * 60 * 60 * 1000;
const BROKEN = 'The audit log in the database was changed by somebody, so nothing is signed: ';
const event = (at: number): AuditEvent => audited('audit:exported', at, { by: 'ada' });

function writer({ dataDir, databaseUrl }: StorageConfig, rows: number) {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const env = { DATA_DIR: dataDir, DATABASE_URL: databaseUrl?.reveal() ?? '', ROWS: String(rows) };
  const child: ChildProcess = spawn(process.execPath, [CHILD], {
    env: { PATH, NODE_COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text));
  const kept = () => [...said.matchAll(/^kept (\d+)\n/gm)].map(([, seq]) => Number(seq));
  return { child, kept, ended: once(child, 'close') };
}

againstBoth('the audit chain', (makePlace) => {
  async function scene(place?: StorageConfig) {
    const { db } = await opened(place ?? (await makePlace()));
    const key = new AuditKey(makeAuditKey());
    const clock = new FakeClock();
    return { db, key, clock, chain: new StoredAudit({ db, key, clock }) };
  }

  type Scene = Awaited<ReturnType<typeof scene>>;

  async function exported({ chain }: Pick<Scene, 'chain'>): Promise<string[]> {
    const lines: string[] = [];
    for await (const record of chain.export({ by: 'ada' })) lines.push(lineOf(record, 'jsonl'));
    return lines;
  }

  async function verdict(all: Pick<Scene, 'chain' | 'key'>): Promise<string> {
    const key = readPublicKey(all.key.publicKey);
    if (!key) throw new Error('no key');
    try {
      const { first, last, checkpoints } = await verifyLines(await exported(all), key);
      return `rows ${first} to ${last}, ${checkpoints} checkpoints`;
    } catch (error) {
      return error instanceof Error ? error.message : 'unknown';
    }
  }

  it('verifies as an export, which is in it, with a checkpoint behind each 256 rows', async () => {
    const all = await scene();
    for (let i = 0; i < 6; i++)
      await all.chain.append(Array.from({ length: 100 }, () => event(all.clock.now())));
    expect(await verdict(all)).toBe('rows 1 to 601, 2 checkpoints');
    expect(await verdict(all)).toBe('rows 1 to 602, 2 checkpoints');
  });

  it('verifies when nothing has happened yet', async () => {
    expect(await verdict(await scene())).toBe('rows 1 to 1, 0 checkpoints');
  });

  it('is not forked by writers at the same time, on one connection or on several', async () => {
    const place = await makePlace();
    const all = await scene(place);
    // SQLite has one in each process: while one waits for the file, the other could not go on.
    const db = place.databaseUrl ? (await opened(place)).db : all.db;
    const second = new StoredAudit({ db, key: all.key, clock: all.clock });
    const made = await Promise.all(
      Array.from({ length: 60 }, (_, i) => (i % 2 ? all.chain : second).append([event(i)])),
    );
    const numbers = made.flat().flatMap((record) => (record.kind === 'row' ? [record.seq] : []));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
    expect(await verdict(all)).toBe('rows 1 to 61, 0 checkpoints');
  });

  it('is not forked by two processes, of which one is killed; what they were told is in it', async () => {
    const place = await makePlace();
    const [one, two] = [writer(place, 1e9), writer(place, 1e9)];
    await until('both write', () => one.kept().length > 20 && two.kept().length > 20);
    one.child.kill('SIGKILL');
    const before = two.kept().length;
    await until('the other goes on', () => two.kept().length > before + 5);
    two.child.kill('SIGKILL');
    await Promise.all([one.ended, two.ended]);
    const { db } = await opened(place);
    const rows = await db.selectFrom('audit_rows').select(['seq', 'hash', 'prev']).orderBy('seq').execute();
    const kept = [...one.kept(), ...two.kept()];
    expect(new Set(kept).size, 'no number twice').toBe(kept.length);
    expect(kept.filter((seq) => rows[seq - 1]?.seq !== seq)).toEqual([]);
    expect(rows.slice(1).filter(({ prev }, i) => prev !== rows[i]?.hash)).toEqual([]);
  });

  it('takes a row in the transaction of what it records: both or neither', async () => {
    const { db, chain } = await scene();
    const change = (fail: boolean) =>
      db.transaction().execute(async (tx) => {
        await tx.insertInto('secrets').values({ purpose: 'p', id: 'i', sealed: 's' }).execute();
        await chain.appendIn(tx, [event(1)]);
        if (fail) throw new Error('at the last moment');
      });
    await expect(change(true)).rejects.toThrow('at the last moment');
    expect(await db.selectFrom('audit_rows').selectAll().execute()).toEqual([]);
    expect(await db.selectFrom('secrets').selectAll().execute()).toEqual([]);
    await change(false);
    expect(await db.selectFrom('audit_rows').selectAll().execute()).toHaveLength(1);
  });

  it('loses its old rows, says so in itself and by signature, and still verifies', async () => {
    const all = await scene();
    const { clock, chain } = all;
    const day = async (rows: number) => {
      await chain.append(Array.from({ length: rows }, () => event(clock.now())));
      clock.advance(DAY_MS);
    };
    await day(300);
    await day(300);
    await day(10);
    expect(await chain.prune(30)).toBe(0);
    expect(await chain.prune(2)).toBe(300);
    expect(await verdict(all)).toBe('rows 301 to 612, 1 checkpoints');
    clock.advance(DAY_MS);
    expect(await chain.prune(2)).toBe(300);
    expect(await verdict(all)).toBe('rows 601 to 614, 0 checkpoints');
    clock.advance(365 * DAY_MS);
    expect(await chain.prune(2)).toBe(14);
    expect(await verdict(all)).toBe('rows 615 to 616, 0 checkpoints');
    const rows = await all.db.selectFrom('audit_rows').select(['type', 'data']).orderBy('seq').execute();
    expect(rows[0]).toEqual({ type: 'audit:pruned', data: '{"days":2,"rows":14,"through":614}' });
  });

  it('is pruned once by two at the same time', async () => {
    const all = await scene();
    await all.chain.append([event(1), event(2)]);
    const rows = await Promise.all([all.chain.prune(1), all.chain.prune(1)]);
    expect(rows.toSorted()).toEqual([0, 2]);
    expect(await verdict(all)).toBe('rows 3 to 4, 0 checkpoints');
  });

  it('that somebody edits in the database does not verify', async () => {
    const all = await scene();
    await all.chain.append([event(1), event(2), event(3), event(4)]);
    expect(await verdict(all)).toMatch(/^rows/);
    await all.db.updateTable('audit_rows').set({ data: '{"by":"eve"}' }).where('seq', '=', 2).execute();
    expect(await verdict(all)).toBe(`${BROKEN}row 2 was changed: its hash is not its own.`);
    await all.db.deleteFrom('audit_rows').where('seq', '=', 2).execute();
    expect(await verdict(all)).toMatch(/after row 1 comes row 3: row 2 was removed/);
    await all.db.deleteFrom('audit_rows').where('seq', '>', 1).execute();
    expect(await verdict(all)).toMatch(/row \d+, the last one, is not there or was changed/);
  });

  it('that somebody makes anew from some row on, hashes, numbers and all, is signed no more and does not verify', async () => {
    const forge = async (edit: (rows: Row[]) => Row[], change: (all: Scene) => Promise<unknown>) => {
      const all = await scene();
      await all.chain.append(Array.from({ length: 600 }, (_, i) => event(i + 1)));
      expect(await verdict(all)).toMatch(/^rows 1 to 601, 2/);
      const before = (await all.db.selectFrom('audit_rows').selectAll().orderBy('seq').execute()).map(
        ({ data, ...row }): Row => Row.parse({ ...row, kind: 'row', data: JSON.parse(data) }),
      );
      const events = edit(before).map(({ type, at, data }) => ({
        type: type as AuditEvent['type'],
        at,
        data,
      }));
      const rows = link(genesis(ORGANISATION), events);
      const last = rows.at(-1);
      await all.db.deleteFrom('audit_rows').execute();
      for (const { kind: _, data, ...row } of rows)
        await all.db
          .insertInto('audit_rows')
          .values({ ...row, data: canonical(data) })
          .execute();
      await all.db
        .updateTable('audit_chains')
        .set({ count: last?.seq ?? 0, hash: last?.hash ?? '' })
        .execute();
      await change(all);
      return verdict(all);
    };
    const without = (n: number) => (rows: Row[]) => rows.filter(({ seq }) => seq !== n);
    const all = ({ db }: Scene) => db.deleteFrom('audit_statements').execute();
    const first = ({ db }: Scene) => db.deleteFrom('audit_statements').where('count', '=', 256).execute();
    const none = async () => undefined;
    expect(await forge(without(5), all)).toBe(`${BROKEN}behind row 512 the signed checkpoint is missing.`);
    expect(await forge(without(5), none)).toMatch(/row 513 does not follow row 512|after row 512/);
    // What lies before the last checkpoint is the verifier's to find.
    expect(await forge((rows) => rows, first)).toMatch(/behind row 256 the signed checkpoint is missing/);
  });

  /** 600 rows, of which the first 10 are old. */
  async function sixHundred() {
    const all = await scene();
    const now = all.clock.now();
    await all.chain.append(Array.from({ length: 600 }, (_, i) => event(i < 10 ? now - 40 * DAY_MS : now)));
    return all;
  }

  it.each([
    [
      'has only got an older time',
      ({ db }: Scene) => db.updateTable('audit_rows').set({ at: 1 }).where('seq', '<', 400).execute(),
    ],
    [
      'stands before one that was changed',
      ({ db }: Scene) => db.updateTable('audit_rows').set({ data: '{}' }).where('seq', '=', 200).execute(),
    ],
    ['stands before a gap', ({ db }: Scene) => db.deleteFrom('audit_rows').where('seq', '=', 5).execute()],
    [
      'stands behind rows that somebody else has removed',
      async ({ db }: Scene) => {
        const row = db.selectFrom('audit_rows').select(['organisation', 'hash', 'seq as count']);
        const head = await row.where('seq', '=', 5).executeTakeFirstOrThrow();
        await db.deleteFrom('audit_rows').where('seq', '<=', 5).execute();
        const statement = new AuditKey(makeAuditKey()).state('pruned', head, 1);
        await db.insertInto('audit_statements').values(statement).execute();
      },
    ],
    [
      'no checkpoint covers',
      ({ db }: Scene) => db.deleteFrom('audit_statements').where('count', '=', 256).execute(),
    ],
    [
      'is covered by a checkpoint of somebody else',
      ({ db }: Scene) =>
        db
          .updateTable('audit_statements')
          .set({ signature: 'A'.repeat(86) })
          .where('count', '=', 256)
          .execute(),
    ],
  ])('loses no row for its age that %s', async (_, touch) => {
    const all = await sixHundred();
    const { db, chain } = all;
    await touch(all);
    const rows = () => db.selectFrom('audit_rows').selectAll().orderBy('seq').execute();
    const before = await rows();
    await expect(chain.prune(30)).rejects.toThrow(/hash is not its own|removed|checkpoint|that was signed/);
    expect(await rows()).toEqual(before);
  });

  it('loses its old rows page by page, past checkpoints, up to the middle of what no checkpoint covers yet', async () => {
    const all = await sixHundred();
    expect(await all.chain.prune(30)).toBe(10);
    all.clock.advance(40 * DAY_MS);
    await all.chain.append(Array.from({ length: 10 }, () => event(all.clock.now())));
    await all.chain.append(Array.from({ length: 1_500 }, () => event(all.clock.now() - 35 * DAY_MS)));
    expect(await all.chain.prune(30)).toBe(591);
    all.clock.advance(40 * DAY_MS);
    expect(await all.chain.prune(30)).toBe(1_511);
    expect(await verdict(all)).toMatch(/^rows 2113 to /);
  });

  it('has a checkpoint behind each 256 rows, also of a batch that goes beyond several', async () => {
    const all = await scene();
    const records = await all.chain.append(Array.from({ length: 700 }, () => event(1)));
    const checkpoints = records.filter(({ kind }) => kind === 'checkpoint');
    expect(checkpoints).toMatchObject([{ count: 256 }, { count: 512 }]);
    expect(records[256]).toBe(checkpoints[0]);
    expect(await verdict(all)).toBe('rows 1 to 701, 2 checkpoints');
  });

  it('tells whoever listens of what an export and a pruning append, so that a stream of it has no holes', async () => {
    const all = await scene();
    const heard: number[] = [];
    all.chain.hears(
      (records) => void heard.push(...records.flatMap((r) => (r.kind === 'row' ? [r.seq] : []))),
    );
    await all.chain.append([event(1), event(2)]);
    await exported(all);
    all.clock.advance(400 * DAY_MS);
    await all.chain.prune(30);
    expect(heard).toEqual([3, 4]);
  });
});

describe('npm run audit:export and audit:verify', () => {
  function run(name: 'auditExport' | 'auditVerify', args: readonly string[], env: Record<string, string>) {
    const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
    const child: ChildProcess = spawn(process.execPath, [join(SCRIPTS, `${name}.mjs`), ...args], {
      env: { PATH, HOME, NODE_COMPILE_CACHE, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said += String(chunk)));
    return once(child, 'close').then(([code]) => ({ code, said }));
  }

  it.each(['jsonl', 'csv'])('write a file as %s that verifies with the public key alone', async (format) => {
    const place = await sqlitePlace();
    const { ended } = writer(place, 300);
    await ended;
    const file = join(await temporaryDirectory(), `export.${format}`);
    const { code, said } = await run('auditExport', [file], { DATA_DIR: place.dataDir });
    expect([code, said]).toEqual([0, expect.stringMatching(/ has rows 1 to 301, 1 checkpoints, exported 2/)]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const [, key = ''] = /public key, .*: ([\w-]{43})\n$/.exec(said) ?? [];
    const nowhere = { DATA_DIR: await temporaryDirectory() };
    const good = await run('auditVerify', [file, key], nowhere);
    expect([good.code, good.said]).toEqual([0, expect.stringMatching(/whole and unchanged: rows 1 to 301,/)]);
    expect(await run('auditVerify', [file], { DATA_DIR: place.dataDir })).toEqual(good);
    const none = await run('auditVerify', [file], nowhere);
    expect([none.code, none.said]).toEqual([1, expect.stringMatching(/^There is no database in .*\n$/)]);
    const lines = (await readFile(file, 'utf8')).split('\n');
    await writeFile(file, lines.toSpliced(40, 1).join('\n'));
    const bad = await run('auditVerify', [file, key], nowhere);
    expect([bad.code, bad.said]).toEqual([
      1,
      expect.stringMatching(/^Line 41: after row \d+ comes row \d+: .*\n$/),
    ]);
    const again = await run('auditExport', [file], { DATA_DIR: place.dataDir });
    expect([again.code, again.said]).toEqual([1, `${file} is there already: name another file.\n`]);
    const { db, close } = await openDatabase(place, () => undefined);
    await db.deleteFrom('audit_statements').execute();
    await close();
    const broken = await run('auditExport', [`${file}.${format}`], { DATA_DIR: place.dataDir });
    const sentence = `${BROKEN}behind row 256 the signed checkpoint is missing.\n`;
    expect([broken.code, broken.said]).toEqual([1, sentence]);
  });

  it('say what is missing', async () => {
    const { code, said } = await run('auditVerify', [], {});
    expect([code, said]).toEqual([1, expect.stringMatching(/^Name the export and the public key/)]);
    const missing = await run('auditVerify', ['/nowhere/x.csv', 'A'.repeat(43)], {});
    expect(missing).toEqual({ code: 1, said: 'There is no file /nowhere/x.csv.\n' });
    const noKey = await run('auditVerify', ['/nowhere/x.csv', 'short'], {});
    expect(noKey.said).toMatch(/^The public key is none/);
  });
});
