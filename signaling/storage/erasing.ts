// How the processes of an installation learn that it is being erased: by a row in the database that they share.
import type { Kysely, Transaction } from 'kysely';
import type { Tables } from './schema.ts';

const THIS = 'this';

export async function isErasing(db: Kysely<Tables>): Promise<boolean> {
  return (await db.selectFrom('installation').select('id').executeTakeFirst()) !== undefined;
}

export async function markErasing(tx: Transaction<Tables>, now: number): Promise<void> {
  await tx
    .insertInto('installation')
    .values({ id: THIS, erasing_since: now })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}
