// For tests: policies of an installation, changed as another process would change them.
import type { Kysely } from 'kysely';
import { AuditKey, makeAuditKey } from '../audit/AuditKey.ts';
import { systemClock } from '../clock.ts';
import { PolicyDesk } from '../policy/PolicyDesk.ts';
import { StoredAudit } from '../storage/StoredAudit.ts';
import { StoredPolicies } from '../storage/StoredPolicies.ts';
import type { Tables } from '../storage/schema.ts';
import type { Audited } from './auditKit.ts';

/** With a key of its own for the chain, unless it is given one. */
export function policiesIn(
  db: Kysely<Tables>,
  audited: Audited = [],
  chain = new StoredAudit({ db, key: new AuditKey(makeAuditKey()), clock: systemClock }),
): StoredPolicies {
  return new StoredPolicies({
    db,
    chain,
    written: (records) => {
      for (const record of records) if (record.kind === 'row') audited.push(record);
    },
  });
}

/** For admins of the installation that has this database. */
export const policyDeskOn = (db: Kysely<Tables>): PolicyDesk =>
  new PolicyDesk({ store: policiesIn(db), clock: systemClock });
