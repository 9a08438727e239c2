// An audit log for tests of something else, which see what is written into it.
import { randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import { AuditKey, makeAuditKey } from '../audit/AuditKey.ts';
import { AuditLog } from '../audit/AuditLog.ts';
import type { AuditRecord } from '../audit/chain.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { Log } from '../log.ts';
import { KEY_BYTES } from '../secrets/keyFile.ts';
import { MasterKey } from '../secrets/masterKey.ts';
import { Sealer } from '../secrets/Sealer.ts';
import { Ledger } from '../storage/Ledger.ts';
import { restStores } from '../storage/restStores.ts';
import { StoredAudit } from '../storage/StoredAudit.ts';
import type { Tables } from '../storage/schema.ts';

export type Audited = { type: string; data: unknown }[];

interface Options {
  readonly audited?: Audited;
  readonly clock?: Clock | undefined;
}

/** On that database, as the process has it, with keys of its own. */
export function auditOn(db: Kysely<Tables>, { audited = [], clock = systemClock }: Options = {}) {
  const chain = new StoredAudit({ db, key: new AuditKey(makeAuditKey()), clock });
  const written = (records: readonly AuditRecord[]) => {
    for (const record of records) if (record.kind === 'row') audited.push(record);
  };
  const ledger = new Ledger({ db, chain, clock, written });
  const secrets = new Sealer(new MasterKey(randomBytes(KEY_BYTES)));
  return {
    chain,
    ledger,
    secrets,
    stores: restStores(db, { ledger, chain, secrets, clock }),
    log: (log: Log) => new AuditLog({ store: chain, clock, log, written }),
  };
}
