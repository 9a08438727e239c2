// How the processes of an installation learn that it is being erased: by a row in the database that they share.
import type { Kysely, Transaction } from 'kysely';
import type { AuditRecord } from '../audit/chain.ts';
import { audited } from '../audit/events.ts';
import type { StoredAudit } from './StoredAudit.ts';
import type { Tables } from './schema.ts';

const THIS = 'this';

export async function isErasing(db: Kysely<Tables>): Promise<boolean> {
  return (await db.selectFrom('installation').select('id').executeTakeFirst()) !== undefined;
}

/** False: somebody has marked it before. */
export async function markErasing(tx: Transaction<Tables>, now: number): Promise<boolean> {
  const { numInsertedOrUpdatedRows = 0n } = await tx
    .insertInto('installation')
    .values({ id: THIS, erasing_since: now })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows > 0n;
}

/** From here on servers end their meetings and stop, and none starts. Answers what the audit log has of it; nothing when somebody was faster. */
export async function announceErasing(
  { db, chain }: { readonly db: Kysely<Tables>; readonly chain: Pick<StoredAudit, 'appendIn'> },
  by: string,
): Promise<readonly AuditRecord[] | undefined> {
  const now = Date.now();
  return db
    .transaction()
    .execute(async (tx) =>
      (await markErasing(tx, now))
        ? chain.appendIn(tx, [audited('installation:erase-began', now, { by })])
        : undefined,
    );
}
