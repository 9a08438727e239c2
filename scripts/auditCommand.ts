// What the commands about the audit log have in common.
import { resolve } from 'node:path';
import type { AuditKey } from '../signaling/audit/AuditKey.ts';
import type { Verified } from '../signaling/audit/verify.ts';
import { openChain } from '../signaling/auditing.ts';
import { systemClock } from '../signaling/clock.ts';
import { loadStorageConfig } from '../signaling/config.ts';
import { openDatabase } from '../signaling/storage/database.ts';
import type { StoredAudit } from '../signaling/storage/StoredAudit.ts';
import { databaseFile, isThere } from '../signaling/storage/sqlite.ts';
import { CannotStart } from './CannotStart.ts';
import { sentenceOf } from './sentence.ts';

/** `run` answers what to say when it is done. */
export async function command(run: () => Promise<string>): Promise<never> {
  try {
    process.stdout.write(`${await run()}\n`);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${fileTrouble(error) ?? sentenceOf(error)}\n`);
    process.exit(1);
  }
}

function fileTrouble(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error && 'path' in error)) return undefined;
  const path = 'dest' in error ? error.dest : error.path;
  if (error.code === 'EEXIST') return `${path} is there already: name another file.`;
  if (error.code === 'ENOENT') return `There is no file ${error.path}.`;
  return `${path} cannot be used (${error.code}).`;
}

/** As seen from where the person typed: npm itself goes to the root. */
export const pathGiven = (path: string): string => resolve(process.env.INIT_CWD ?? '.', path);

export async function withAuditLog<T>(
  use: (own: { key: AuditKey; chain: StoredAudit }) => Promise<T>,
): Promise<T> {
  const config = loadStorageConfig(process.env);
  if (!config.databaseUrl && !(await isThere(databaseFile(config.dataDir))))
    throw new CannotStart(
      `There is no database in ${config.dataDir}: name its directory in DATA_DIR, or to verify, the public key after the file.`,
    );
  const database = await openDatabase(config, () => undefined);
  try {
    return await use(await openChain(config, { database, clock: systemClock }));
  } finally {
    await database.close();
  }
}

export function summaryOf({ first, last, at, checkpoints }: Verified): string {
  const rows = first > last ? 'no rows' : `rows ${first} to ${last}`;
  const before = first > 1 ? ` (those before were removed for their age, which is signed)` : '';
  return `${rows}${before}, ${checkpoints} checkpoints, exported ${new Date(at).toISOString()}`;
}
