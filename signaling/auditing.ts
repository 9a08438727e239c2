// Puts the audit log together: the key, the chain in the database, the queue in front of it, and the end of old rows.
import type { BlockList } from 'node:net';
import { type AuditKey, openAuditKey } from './audit/AuditKey.ts';
import { AuditLog } from './audit/AuditLog.ts';
import type { AuditRecord } from './audit/chain.ts';
import { lineOf } from './audit/lines.ts';
import type { Clock } from './clock.ts';
import type { StorageConfig } from './config.ts';
import type { Log } from './log.ts';
import type { Sealing } from './rest/Once.ts';
import { openSecrets, type Secrets } from './secrets/Secrets.ts';
import type { Database } from './storage/database.ts';
import { Ledger } from './storage/Ledger.ts';
import { StoredAudit } from './storage/StoredAudit.ts';
import { StoredSecrets } from './storage/StoredSecrets.ts';
import { StoredWebhookAdmin } from './storage/StoredWebhookAdmin.ts';
import { StoredWebhooks } from './storage/StoredWebhooks.ts';
import { Courier } from './webhooks/Courier.ts';
import { Couriers } from './webhooks/Couriers.ts';
import { systemNetwork } from './webhooks/connect.ts';
import type { Receiver } from './webhooks/post.ts';
import { type Addressed, WebhookDesk } from './webhooks/WebhookDesk.ts';
import { CONFIGURED } from './webhooks/webhooks.ts';

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
  readonly webhooks: WebhookDesk;
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
  const written = (records: readonly AuditRecord[]) => {
    if (config.auditStdout) for (const each of records) process.stdout.write(`${lineOf(each, 'jsonl')}\n`);
    couriers.look();
  };
  chain.hears(written);
  const audit = new AuditLog({ store: chain, clock, log, written });
  const ledger = new Ledger({ db: database.db, chain, clock, written });
  const { webhooks, couriers } = await startWebhooks(config, { ...deps, chain, audit, ledger, secrets });
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
    webhooks,
    publicKey: key.publicKey,
    async close() {
      stopPruning();
      if (!(await audit.close())) log.error('audit events were lost: the database did not take them');
      await couriers.close();
    },
  };
}

interface WebhookDeps extends Deps {
  readonly chain: StoredAudit;
  readonly audit: AuditLog;
  readonly ledger: Ledger;
  readonly secrets: Sealing;
}

/** That of the configuration begins with what happens from now on. */
export async function startWebhooks(
  config: Pick<AuditConfig, 'auditWebhook' | 'webhookNetworks'>,
  deps: WebhookDeps,
) {
  const { database, chain, audit, ledger, secrets, clock, log } = deps;
  const { auditWebhook: configured, webhookNetworks: allowed } = config;
  const attempts = new StoredWebhooks(database.db);
  if (configured) await attempts.ensure(CONFIGURED, await chain.count());
  const couriers = new Couriers({
    find: () => webhooks.all(),
    make: ({ id, to, types }: Addressed) =>
      new Courier({
        ...{ webhook: id, to, types, store: attempts, network: systemNetwork, allowed, clock, log },
        records: (after, through) => chain.after(after, through),
      }),
    clock,
    log,
  });
  const webhooks: WebhookDesk = new WebhookDesk({
    store: new StoredWebhookAdmin(database.db, ledger),
    ...{ attempts, sealing: secrets, configured, audit, network: systemNetwork, allowed, clock },
    changed: () => couriers.refresh(),
  });
  await couriers.refresh();
  return { webhooks, couriers };
}
