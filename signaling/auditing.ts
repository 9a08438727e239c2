// Puts the audit log together: the key, the chain in the database, the queue in front of it, and the end of old rows.
import type { BlockList } from 'node:net';
import { type AuditKey, openAuditKey } from './audit/AuditKey.ts';
import { AuditLog } from './audit/AuditLog.ts';
import type { AuditRecord } from './audit/chain.ts';
import { lineOf } from './audit/lines.ts';
import type { Clock } from './clock.ts';
import type { StorageConfig } from './config.ts';
import type { Log } from './log.ts';
import { openSecrets, type Secrets } from './secrets/Secrets.ts';
import type { Database } from './storage/database.ts';
import { Ledger } from './storage/Ledger.ts';
import { StoredAudit } from './storage/StoredAudit.ts';
import { StoredSecrets } from './storage/StoredSecrets.ts';
import { StoredWebhooks } from './storage/StoredWebhooks.ts';
import { Courier } from './webhooks/Courier.ts';
import { systemNetwork } from './webhooks/connect.ts';
import type { Receiver } from './webhooks/post.ts';

const AUDIT_WEBHOOK = 'audit';
/** Often, as a server may be restarted every night. */
const PRUNE_EVERY_MS = 60 * 60 * 1000;

export interface AuditConfig extends StorageConfig {
  /** Rows older than that go. */
  readonly auditRetentionDays: number;
  readonly auditStdout: boolean;
  readonly auditWebhook: Receiver | undefined;
  readonly webhookNetworks: BlockList;
}

interface Deps {
  readonly database: Pick<Database, 'db'>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface RunningAudit {
  readonly audit: AuditLog;
  /** For what changes the database and has to be in the log with that. */
  readonly ledger: Ledger;
  readonly chain: StoredAudit;
  readonly secrets: Secrets;
  /** For whoever verifies it. */
  readonly publicKey: string;
  /** After it, nothing waits to be written. */
  close(): Promise<void>;
}

/** Throws StorageUnavailable, for one when the key of the secrets is missing or another one. */
export async function openChain(
  config: StorageConfig,
  { database, clock }: Pick<Deps, 'database' | 'clock'>,
): Promise<{ key: AuditKey; chain: StoredAudit; secrets: Secrets }> {
  const secrets = await openSecrets(config, new StoredSecrets(database.db));
  const key = await openAuditKey(secrets);
  return { key, chain: new StoredAudit({ db: database.db, key, clock }), secrets };
}

/** Throws StorageUnavailable. */
export async function startAudit(config: AuditConfig, deps: Deps): Promise<RunningAudit> {
  const { chain, key, secrets } = await openChain(config, deps);
  const { clock, log, database } = deps;
  const courier = await startCourier(config, chain, deps);
  const written = (records: readonly AuditRecord[]) => {
    if (config.auditStdout) for (const each of records) process.stdout.write(`${lineOf(each, 'jsonl')}\n`);
    courier?.look();
  };
  const audit = new AuditLog({ store: chain, clock, log, written });
  const ledger = new Ledger({ db: database.db, chain, clock, written });
  const prune = () =>
    chain.prune(config.auditRetentionDays).then(
      (rows) => rows > 0 && log.info({ rows }, 'old audit rows were removed'),
      (error: unknown) => log.error({ err: error }, 'old audit rows could not be removed'),
    );
  await prune();
  const stopPruning = clock.every(PRUNE_EVERY_MS, prune);
  return {
    audit,
    ledger,
    chain,
    secrets,
    publicKey: key.publicKey,
    async close() {
      stopPruning();
      if (!(await audit.close())) log.error('audit events were lost: the database did not take them');
      await courier?.close();
    },
  };
}

/** It begins with what happens from now on. */
async function startCourier(
  config: AuditConfig,
  chain: StoredAudit,
  deps: Deps,
): Promise<Courier | undefined> {
  if (!config.auditWebhook) return undefined;
  const { database, clock, log } = deps;
  const store = new StoredWebhooks(database.db);
  await store.ensure(AUDIT_WEBHOOK, await chain.count());
  return new Courier({
    webhook: AUDIT_WEBHOOK,
    to: config.auditWebhook,
    store,
    records: (after, through) => chain.after(after, through),
    network: systemNetwork,
    allowed: config.webhookNetworks,
    clock,
    log,
  });
}
