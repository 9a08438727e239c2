// Accounts in a database, beside better-auth, which reads and writes the same tables through its adapter.
import { randomUUID } from 'node:crypto';
import type { Kysely, Transaction } from 'kysely';
import * as z from 'zod/mini';
import { Account, ApiKey, Role, Scope } from '#protocol';
import {
  type Accepted,
  type AccountStore,
  type KeptSession,
  type KeyHolder,
  LONGEST_SESSION_MS,
  type NewAccount,
} from '../accounts/accounts.ts';
import type { Actor } from '../audit/events.ts';
import { asked } from './asked.ts';
import type { Ledger } from './Ledger.ts';
import type { Tables } from './schema.ts';

/** Another process that starts at the same moment prints a link of its own: it stays good, too. */
const SAME_START_MS = 60_000;
/** SQLite takes 32,766 parameters. */
const IDS_AT_ONCE = 1_000;

const Scopes = z.array(Scope);

export class StoredAccounts implements AccountStore {
  readonly #db: Kysely<Tables>;
  readonly #ledger: Ledger;
  readonly #holderOf: ReturnType<typeof holderOf>;

  constructor(db: Kysely<Tables>, ledger: Ledger) {
    this.#db = db;
    this.#ledger = ledger;
    this.#holderOf = holderOf(db);
  }

  async hasAdmin(): Promise<boolean> {
    return (await admins(this.#db)) > 0;
  }

  async inviteFirstAdmin(tokenHash: string, now: number): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      await tx
        .deleteFrom('invitations')
        .where('expires_at', 'is', null)
        .where('created_at', '<', now - SAME_START_MS)
        .execute();
      await tx
        .insertInto('invitations')
        .values({
          token_hash: tokenHash,
          role: 'admin',
          invited_by: null,
          expires_at: null,
          created_at: now,
        })
        .execute();
    });
  }

  async invite(
    tokenHash: string,
    { role, now, expiresAt }: Parameters<AccountStore['invite']>[1],
    by: Actor,
  ): Promise<void> {
    await this.#ledger.run(async (tx, note) => {
      await tx.deleteFrom('invitations').where('expires_at', '<=', now).execute();
      await tx
        .insertInto('invitations')
        .values({ token_hash: tokenHash, role, invited_by: by.by, expires_at: expiresAt, created_at: now })
        .execute();
      note('account:invited', { role, ...by });
    });
  }

  async forgetExpired(now: number): Promise<void> {
    await this.#db.deleteFrom('sessions').where('expiresAt', '<=', isoOf(now)).execute();
    await this.#db.deleteFrom('invitations').where('expires_at', '<=', now).execute();
    await this.#db.deleteFrom('password_links').where('expires_at', '<=', now).execute();
    await this.#db.deleteFrom('api_keys').where('expires_at', '<=', now).execute();
    await this.#db.deleteFrom('verifications').where('expiresAt', '<=', isoOf(now)).execute();
    const owners = this.#db
      .selectFrom('rooms')
      .select('owner')
      .where('state', '=', 'open')
      .where('owner', 'is not', null)
      .$narrowType<{ owner: string }>();
    await this.#db.deleteFrom('policy_deleted_members').where('account', 'not in', owners).execute();
  }

  async isInvited(tokenHash: string, now: number): Promise<boolean> {
    const found = await this.#db
      .selectFrom('invitations')
      .select('expires_at')
      .where('token_hash', '=', tokenHash)
      .executeTakeFirst();
    return found !== undefined && (found.expires_at === null || found.expires_at > now);
  }

  accept(tokenHash: string, account: NewAccount, now: number): Promise<Accepted> {
    return this.#ledger
      .run(async (tx, note) => {
        // Deleting first locks the row: of two at once, one finds nothing. A refusal below brings it back.
        const found = await tx
          .deleteFrom('invitations')
          .where('token_hash', '=', tokenHash)
          .returning(['role', 'invited_by', 'expires_at'])
          .executeTakeFirst();
        if (!found || (found.expires_at !== null && found.expires_at <= now)) return 'no-invitation';
        if (found.expires_at === null) {
          // There is one first admin: the other links for one end here, also those of other processes.
          await tx.deleteFrom('invitations').where('expires_at', 'is', null).execute();
          if ((await admins(tx)) > 0) return 'no-invitation';
        }
        if (!(await insertAccount(tx, account, found.role, now))) throw new EmailTaken();
        note('account:created', { account: account.id, by: found.invited_by ?? 'command line' });
        return { role: z.parse(Role, found.role) };
      })
      .catch((error: unknown) => {
        if (error instanceof EmailTaken) return 'email-taken';
        throw error;
      });
  }

  async findByEmail(email: string): Promise<string | undefined> {
    const found = await this.#db
      .selectFrom('users')
      .select('id')
      .where('email', '=', email.toLowerCase())
      .executeTakeFirst();
    return found?.id;
  }

  async passwordHashOf(accountId: string): Promise<string | undefined> {
    const found = await this.#db
      .selectFrom('credentials')
      .select('password')
      .where('userId', '=', accountId)
      .where('password', 'is not', null)
      .executeTakeFirst();
    return found?.password ?? undefined;
  }

  async addKey(accountId: string, keyHash: string, key: ApiKey, most: number): Promise<boolean> {
    const { id, name, scopes, perMinute, createdAt, expiresAt } = key;
    return this.#ledger.run(async (tx, note) => {
      if ((await keysIn(tx, accountId)) >= most) return false;
      await tx
        .insertInto('api_keys')
        .values({
          id,
          account_id: accountId,
          name,
          key_hash: keyHash,
          scopes: scopes.join(' '),
          per_minute: perMinute,
          created_at: createdAt,
          expires_at: expiresAt,
        })
        .execute();
      note('key:made', { account: accountId, key: id, scopes, expiresAt });
      return true;
    });
  }

  async keysOf(accountId: string): Promise<ApiKey[]> {
    const rows = await this.#db
      .selectFrom('api_keys')
      .select(['id', 'name', 'scopes', 'per_minute as perMinute'])
      .select(['created_at as createdAt', 'expires_at as expiresAt'])
      .where('account_id', '=', accountId)
      .orderBy('created_at')
      .execute();
    return rows.map((row) => z.parse(ApiKey, { ...row, scopes: row.scopes.split(' ') }));
  }

  deleteKey(accountId: string, keyId: string, by?: Actor): Promise<boolean> {
    return this.#ledger.run(async (tx, note) => {
      const deleted = await tx
        .deleteFrom('api_keys')
        .where('id', '=', keyId)
        .where('account_id', '=', accountId)
        .returning('id')
        .execute();
      if (deleted.length > 0) {
        const admin = by && { by: by.by, ...(by.key !== undefined && { byKey: by.key }) };
        note('key:revoked', { account: accountId, key: keyId, ...admin });
      }
      return deleted.length > 0;
    });
  }

  async keyHolder(keyHash: string, now: number): Promise<KeyHolder | undefined> {
    const { rows } = await this.#db.executeQuery(asked(this.#holderOf, [keyHash, now]));
    const [row] = rows;
    if (!row) return undefined;
    const { keyId, scopes, perMinute, ...account } = row;
    return {
      account: z.parse(Account, account),
      keyId,
      scopes: z.parse(Scopes, scopes.split(' ')),
      perMinute,
    };
  }

  async sessionsOf(accountId: string, now: number): Promise<KeptSession[]> {
    const rows = await this.#db
      .selectFrom('sessions')
      .select(['id', 'createdAt', 'updatedAt', 'expiresAt', 'userAgent'])
      .where('userId', '=', accountId)
      .where('expiresAt', '>', isoOf(now))
      .orderBy('createdAt', 'desc')
      .execute();
    return rows.map((row) => ({
      id: row.id,
      createdAt: Date.parse(row.createdAt),
      seenAt: Date.parse(row.updatedAt),
      expiresAt: Date.parse(row.expiresAt),
      userAgent: row.userAgent ?? '',
    }));
  }

  endSession(accountId: string, sessionId: string, by: Actor): Promise<boolean> {
    return this.#ledger.run(async (tx, note) => {
      const ended = await tx
        .deleteFrom('sessions')
        .where('id', '=', sessionId)
        .where('userId', '=', accountId)
        .returning('id')
        .execute();
      if (ended.length > 0) note('sign-in:revoked', { account: accountId, ...by, sessions: 1 });
      return ended.length > 0;
    });
  }

  endSessionsOf(accountId: string, by: Actor): Promise<number | undefined> {
    return this.#ledger.run(async (tx, note) => {
      const account = await tx
        .selectFrom('users')
        .select('id')
        .where('id', '=', accountId)
        .executeTakeFirst();
      if (!account) return undefined;
      const ended = await tx.deleteFrom('sessions').where('userId', '=', accountId).returning('id').execute();
      note('sign-in:revoked', { account: accountId, ...by, sessions: ended.length });
      return ended.length;
    });
  }

  async liveAmong(sessionIds: readonly string[], now: number): Promise<ReadonlyMap<string, Role>> {
    const live = new Map<string, Role>();
    for (let from = 0; from < sessionIds.length; from += IDS_AT_ONCE) {
      const rows = await this.#db
        .selectFrom('sessions')
        .innerJoin('users', 'users.id', 'sessions.userId')
        .select(['sessions.id', 'users.role'])
        .where('sessions.id', 'in', sessionIds.slice(from, from + IDS_AT_ONCE))
        .where('sessions.expiresAt', '>', isoOf(now))
        .where('sessions.createdAt', '>', isoOf(now - LONGEST_SESSION_MS))
        .where('users.disabledAt', 'is', null)
        .execute();
      for (const { id, role } of rows) live.set(id, z.parse(Role, role));
    }
    return live;
  }
}

/** Of a hash, at a time. */
const holderOf = (db: Kysely<Tables>) =>
  db
    .selectFrom('api_keys')
    .innerJoin('users', 'users.id', 'api_keys.account_id')
    .select(['users.id', 'users.name', 'users.email', 'users.role'])
    .select(['api_keys.id as keyId', 'api_keys.scopes', 'api_keys.per_minute as perMinute'])
    .where('key_hash', '=', '')
    .where('expires_at', '>', 0)
    .where('users.disabledAt', 'is', null)
    .compile();

class EmailTaken extends Error {}

export const isoOf = (ms: number): string => new Date(ms).toISOString();

/** Those who can sign in. */
export async function admins(db: Kysely<Tables>): Promise<number> {
  const { count } = await db
    .selectFrom('users')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('role', '=', 'admin')
    .where('disabledAt', 'is', null)
    .executeTakeFirstOrThrow();
  return count;
}

async function keysIn(tx: Transaction<Tables>, accountId: string): Promise<number> {
  const { count } = await tx
    .selectFrom('api_keys')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow();
  return count;
}

/** False when the address has an account already. */
async function insertAccount(
  tx: Transaction<Tables>,
  account: NewAccount,
  role: string,
  now: number,
): Promise<boolean> {
  const { id, name, email, passwordHash } = account;
  const times = { createdAt: isoOf(now), updatedAt: isoOf(now) };
  const inserted = await tx
    .insertInto('users')
    .values({ id, name, email, emailVerified: 0, role, disabledAt: null, ...times })
    .onConflict((conflict) => conflict.column('email').doNothing())
    .returning('id')
    .execute();
  if (inserted.length === 0) return false;
  await tx
    .insertInto('credentials')
    .values({
      id: randomUUID(),
      userId: id,
      providerId: 'credential',
      accountId: id,
      password: passwordHash,
      ...times,
    })
    .execute();
  return true;
}
