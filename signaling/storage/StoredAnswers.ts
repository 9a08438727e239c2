// Kept answers in a database: sealed, so that it cannot read them.
import type { Kysely } from 'kysely';
import type { AnswerStore, Before, Begun } from '../rest/Once.ts';
import type { Tables } from './schema.ts';

export class StoredAnswers implements AnswerStore {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  begin(
    { id, holder, requestHash, now }: Begun,
    { keptSince, aliveSince, most }: Parameters<AnswerStore['begin']>[1],
  ): Promise<Before> {
    return this.#db.transaction().execute(async (tx) => {
      await tx
        .deleteFrom('kept_answers')
        .where('id', '=', id)
        .where((row) =>
          row.or([
            row('begun_at', '<=', keptSince),
            row.and([row('sealed', 'is', null), row('begun_at', '<=', aliveSince)]),
          ]),
        )
        .execute();
      // Of two at once, the second waits here for the first.
      const made = await tx
        .insertInto('kept_answers')
        .values({ id, holder, request_hash: requestHash, about: null, sealed: null, begun_at: now })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .returning('id')
        .execute();
      if (made.length > 0) {
        const { kept } = await tx
          .selectFrom('kept_answers')
          .select((row) => row.fn.countAll<number>().as('kept'))
          .where('holder', '=', holder)
          .where('begun_at', '>', keptSince)
          .executeTakeFirstOrThrow();
        if (kept <= most) return { state: 'new' };
        await tx.deleteFrom('kept_answers').where('id', '=', id).execute();
        return { state: 'full' };
      }
      const found = await tx
        .selectFrom('kept_answers')
        .select(['request_hash', 'sealed'])
        .where('id', '=', id)
        .executeTakeFirst();
      if (!found) return { state: 'running' };
      if (found.request_hash !== requestHash) return { state: 'other' };
      return found.sealed === null ? { state: 'running' } : { state: 'done', sealed: found.sealed };
    });
  }

  async finish(id: string, answer: { sealed: string; about: string | null }): Promise<void> {
    await this.#db.updateTable('kept_answers').set(answer).where('id', '=', id).execute();
  }

  async abandon(id: string): Promise<void> {
    await this.#db.deleteFrom('kept_answers').where('id', '=', id).execute();
  }

  async forget(before: number): Promise<void> {
    await this.#db.deleteFrom('kept_answers').where('begun_at', '<=', before).execute();
  }
}
