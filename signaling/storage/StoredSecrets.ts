// Sealed secrets in a database, which cannot open them.
import type { Kysely } from 'kysely';
import type { About, SecretStore } from '../secrets/Secrets.ts';
import type { Tables } from './schema.ts';

export class StoredSecrets implements SecretStore {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  async find({ purpose, id }: About): Promise<string | undefined> {
    const row = await this.#db
      .selectFrom('secrets')
      .select('sealed')
      .where('purpose', '=', purpose)
      .where('id', '=', id)
      .executeTakeFirst();
    return row?.sealed;
  }

  async put({ purpose, id }: About, sealed: string): Promise<void> {
    await this.#db
      .insertInto('secrets')
      .values({ purpose, id, sealed })
      .onConflict((conflict) => conflict.columns(['purpose', 'id']).doUpdateSet({ sealed }))
      .execute();
  }

  async putIfAbsent({ purpose, id }: About, sealed: string): Promise<void> {
    await this.#db
      .insertInto('secrets')
      .values({ purpose, id, sealed })
      .onConflict((conflict) => conflict.columns(['purpose', 'id']).doNothing())
      .execute();
  }
}
