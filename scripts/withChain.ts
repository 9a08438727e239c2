// The database of the installation and its audit log, for commands; also while servers run.
import type { Kysely } from 'kysely';
import type { AuditKey } from '../signaling/audit/AuditKey.ts';
import { openChain } from '../signaling/auditing.ts';
import { systemClock } from '../signaling/clock.ts';
import { loadStorageConfig } from '../signaling/config.ts';
import { openDatabase } from '../signaling/storage/database.ts';
import type { StoredAudit } from '../signaling/storage/StoredAudit.ts';
import type { Tables } from '../signaling/storage/schema.ts';
import { databaseFile, isThere } from '../signaling/storage/sqlite.ts';
import { CannotStart } from './CannotStart.ts';

/** `instead`: what else would do where there is no database, as the end of a sentence. */
export async function withChain<T>(
  use: (own: { db: Kysely<Tables>; key: AuditKey; chain: StoredAudit }) => Promise<T>,
  instead = '',
): Promise<T> {
  const config = loadStorageConfig(process.env);
  if (!config.databaseUrl && !(await isThere(databaseFile(config.dataDir))))
    throw new CannotStart(
      `There is no database in ${config.dataDir}: name its directory in DATA_DIR${instead}.`,
    );
  const database = await openDatabase(config, () => undefined);
  try {
    return await use({ db: database.db, ...(await openChain(config, { database, clock: systemClock })) });
  } finally {
    await database.close();
  }
}
