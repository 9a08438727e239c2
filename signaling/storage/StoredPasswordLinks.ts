// One-time links for another password, in a database.
import type { Kysely } from 'kysely';
import type { LinkMade, PasswordLinkStore } from '../accounts/passwordLinks.ts';
import type { Actor } from '../audit/events.ts';
import type { Ledger } from './Ledger.ts';
import { isoOf } from './StoredAccounts.ts';
import type { Tables } from './schema.ts';

export class StoredPasswordLinks implements PasswordLinkStore {
  readonly #db: Kysely<Tables>;
  readonly #ledger: Ledger;

  constructor(db: Kysely<Tables>, ledger: Ledger) {
    this.#db = db;
    this.#ledger = ledger;
  }

  make(
    tokenHash: string,
    { account, now, expiresAt }: Parameters<PasswordLinkStore['make']>[1],
    by: Actor,
  ): Promise<LinkMade> {
    return this.#ledger.run(async (tx, note) => {
      const found = await tx
        .selectFrom('users')
        .leftJoin('credentials', (join) =>
          join.onRef('credentials.userId', '=', 'users.id').on('credentials.password', 'is not', null),
        )
        .select(['users.disabledAt', 'credentials.updatedAt as passwordAt'])
        .where('users.id', '=', account)
        .executeTakeFirst();
      if (!found) return 'unknown';
      if (found.disabledAt !== null) return 'shut-out';
      if (found.passwordAt === null) return 'no-password';
      await tx.deleteFrom('password_links').where('account_id', '=', account).execute();
      await tx
        .insertInto('password_links')
        .values({
          account_id: account,
          token_hash: tokenHash,
          made_by: by.by,
          password_at: found.passwordAt,
          created_at: now,
          expires_at: expiresAt,
        })
        .execute();
      note('account:password-link-made', { account, ...by });
      return 'done';
    });
  }

  async isGood(tokenHash: string, now: number): Promise<boolean> {
    return (await goodLink(this.#db, tokenHash, now)) !== undefined;
  }

  use(tokenHash: string, passwordHash: string, now: number): Promise<string | undefined> {
    return this.#ledger.run(async (tx, note) => {
      const link = await goodLink(tx, tokenHash, now);
      if (!link) return undefined;
      const { account, by, email } = link;
      await tx.deleteFrom('password_links').where('account_id', '=', account).execute();
      await tx
        .updateTable('credentials')
        .set({ password: passwordHash, updatedAt: isoOf(now) })
        .where('userId', '=', account)
        .where('password', 'is not', null)
        .execute();
      const ended = await tx.deleteFrom('sessions').where('userId', '=', account).returning('id').execute();
      note('account:password-reset', { account, by, sessions: ended.length });
      return email;
    });
  }
}

/** Not when its owner has changed the password since, or is shut out. */
function goodLink(db: Kysely<Tables>, tokenHash: string, now: number) {
  return db
    .selectFrom('password_links')
    .innerJoin('users', 'users.id', 'password_links.account_id')
    .innerJoin('credentials', (join) =>
      join
        .onRef('credentials.userId', '=', 'users.id')
        .onRef('credentials.updatedAt', '=', 'password_links.password_at')
        .on('credentials.password', 'is not', null),
    )
    .select(['users.id as account', 'users.email', 'password_links.made_by as by'])
    .where('password_links.token_hash', '=', tokenHash)
    .where('password_links.expires_at', '>', now)
    .where('users.disabledAt', 'is', null)
    .executeTakeFirst();
}
