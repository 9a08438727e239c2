// Changes that the audit log must know of: what changes the database and the row that says so are one transaction.
import type { Kysely, Transaction } from 'kysely';
import type { AuditRecord } from '../audit/chain.ts';
import { type AuditData, type AuditEvent, type AuditType, audited } from '../audit/events.ts';
import type { Clock } from '../clock.ts';
import type { StoredAudit } from './StoredAudit.ts';
import type { Tables } from './schema.ts';

export type Note = <N extends AuditType>(type: N, data: AuditData<N>) => void;

interface Deps {
  readonly db: Kysely<Tables>;
  readonly chain: Pick<StoredAudit, 'appendIn' | 'lockIn'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Hears of the rows when they are kept. Must not throw. */
  readonly written?: (records: readonly AuditRecord[]) => void;
}

export class Ledger {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /**
   * Such changes take turns, in all processes: of two admins who take each other's role away at once, the second finds that no
   * admin would be left. And as the chain is what each of them locks first, no two wait for each other.
   */
  async run<T>(work: (tx: Transaction<Tables>, note: Note) => Promise<T>): Promise<T> {
    const { db, chain, clock, written } = this.#deps;
    const { result, records } = await db.transaction().execute(async (tx) => {
      await chain.lockIn(tx);
      const events: AuditEvent[] = [];
      const result = await work(tx, (type, data) => events.push(audited(type, clock.now(), data)));
      return { result, records: await chain.appendIn(tx, events) };
    });
    if (records.length > 0) written?.(records);
    return result;
  }
}
