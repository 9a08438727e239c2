// Puts the audit log together: the key, the chain in the database, the queue in front of it, and the end of old rows.
import { type AuditKey, openAuditKey } from './audit/AuditKey.ts';
import { AuditLog } from './audit/AuditLog.ts';
import type { Clock } from './clock.ts';
import type { StorageConfig } from './config.ts';
import type { Log } from './log.ts';
import { openSecrets } from './secrets/Secrets.ts';
import type { Database } from './storage/database.ts';
import { StoredAudit } from './storage/StoredAudit.ts';
import { StoredSecrets } from './storage/StoredSecrets.ts';

/** Often, as a server may be restarted every night. */
const PRUNE_EVERY_MS = 60 * 60 * 1000;

export interface AuditConfig extends StorageConfig {
  /** Rows older than that go. */
  readonly auditRetentionDays: number;
}

interface Deps {
  readonly database: Pick<Database, 'db'>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface RunningAudit {
  readonly audit: AuditLog;
  /** For whoever verifies it. */
  readonly publicKey: string;
  /** After it, nothing waits to be written. */
  close(): Promise<void>;
}

/** Throws StorageUnavailable, for one when the key of the secrets is missing or another one. */
export async function openChain(
  config: StorageConfig,
  { database, clock }: Pick<Deps, 'database' | 'clock'>,
): Promise<{ key: AuditKey; chain: StoredAudit }> {
  const key = await openAuditKey(await openSecrets(config, new StoredSecrets(database.db)));
  return { key, chain: new StoredAudit({ db: database.db, key, clock }) };
}

/** Throws StorageUnavailable. */
export async function startAudit(config: AuditConfig, deps: Deps): Promise<RunningAudit> {
  const { chain, key } = await openChain(config, deps);
  const { clock, log } = deps;
  const audit = new AuditLog({ store: chain, clock, log });
  const prune = () =>
    chain.prune(config.auditRetentionDays).then(
      (rows) => rows > 0 && log.info({ rows }, 'old audit rows were removed'),
      (error: unknown) => log.error({ err: error }, 'old audit rows could not be removed'),
    );
  await prune();
  const stopPruning = clock.every(PRUNE_EVERY_MS, prune);
  return {
    audit,
    publicKey: key.publicKey,
    async close() {
      stopPruning();
      if (!(await audit.close())) log.error('audit events were lost: the database did not take them');
    },
  };
}
