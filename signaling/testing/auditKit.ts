// An audit log for tests of something else, which see what is written into it.
import { AuditKey, makeAuditKey } from '../audit/AuditKey.ts';
import { AuditLog } from '../audit/AuditLog.ts';
import { systemClock } from '../clock.ts';
import type { Log } from '../log.ts';
import { StoredAudit } from '../storage/StoredAudit.ts';
import { memoryDatabase } from '../storage/testing/places.ts';

export type Audited = { type: string; data: unknown }[];

/** As the process has it, with a database of its own. */
export async function auditInto(audited: Audited, log: Log, clock = systemClock): Promise<AuditLog> {
  const store = new StoredAudit({ db: await memoryDatabase(), key: new AuditKey(makeAuditKey()), clock });
  return new AuditLog({
    store,
    clock,
    log,
    written: (records) => {
      for (const record of records) if (record.kind === 'row') audited.push(record);
    },
  });
}
