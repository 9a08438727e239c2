// Accounts in a database, as admins see and change them.
import { type Kysely, sql, type Transaction } from 'kysely';
import * as z from 'zod/mini';
import { Invitation, Person, Role } from '#protocol';
import type { Changed, Page, PeopleFilter, PeopleSort, PeopleStore } from '../accounts/people.ts';
import type { Actor } from '../audit/events.ts';
import type { Ledger, Note } from './Ledger.ts';
import { behind, contains, pattern } from './paging.ts';
import { admins, isoOf } from './StoredAccounts.ts';
import type { Tables } from './schema.ts';

const COLUMNS: Readonly<Record<PeopleSort, string>> = { email: 'users.email', created: 'users.createdAt' };

export class StoredPeople implements PeopleStore {
  readonly #db: Kysely<Tables>;
  readonly #ledger: Ledger;

  constructor(db: Kysely<Tables>, ledger: Ledger) {
    this.#db = db;
    this.#ledger = ledger;
  }

  async page(filter: PeopleFilter, page: Page<PeopleSort>, now: number): Promise<Person[]> {
    const { search, role, disabled, ids } = filter;
    const column = COLUMNS[page.sort];
    const direction = page.descending ? 'desc' : 'asc';
    // Moments are text in these tables.
    const after = page.after && ([placeOf(page.sort, page.after[0]), page.after[1]] as const);
    const rows = await this.#people(now)
      .where(behind({ column, id: 'users.id' }, { ...page, after }))
      .$if(search !== undefined, (query) =>
        query.where((row) =>
          row.or([matches('users.name', search ?? ''), matches('users.email', search ?? '')]),
        ),
      )
      .$if(ids !== undefined, (query) => query.where('users.id', 'in', ids ?? []))
      .$if(role !== undefined, (query) => query.where('users.role', '=', role ?? ''))
      .$if(disabled !== undefined, (query) =>
        query.where('users.disabledAt', disabled ? 'is not' : 'is', null),
      )
      .orderBy(sql.ref(column), direction)
      .orderBy('users.id', direction)
      .limit(page.limit)
      .execute();
    return rows.map(personOf);
  }

  async find(id: string, now: number): Promise<Person | undefined> {
    const row = await this.#people(now).where('users.id', '=', id).executeTakeFirst();
    return row && personOf(row);
  }

  async count(): Promise<number> {
    const { count } = await this.#db
      .selectFrom('users')
      .select((row) => row.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    return count;
  }

  change(id: string, to: { role?: Role; disabled?: boolean }, by: Actor, now: number): Promise<Changed> {
    return this.#withAnAdminLeft((tx, note) => change(tx, note, { id, to, by, now }));
  }

  delete(id: string, by: Actor): Promise<Changed> {
    return this.#withAnAdminLeft(async (tx, note) => {
      await keepRules(tx, id);
      const deleted = await tx.deleteFrom('users').where('id', '=', id).returning('id').execute();
      if (deleted.length === 0) return 'unknown';
      await endLinksBy(tx, id);
      await tx.deleteFrom('kept_answers').where('holder', '=', id).execute();
      await tx.deleteFrom('verifications').where(contains('value', id)).execute();
      note('account:deleted', { account: id, ...by });
      return 'done';
    });
  }

  async setRoleOfSubject(providerId: string, subject: string, role: Role, now: number): Promise<void> {
    const found = await this.#db
      .selectFrom('credentials')
      .innerJoin('users', 'users.id', 'credentials.userId')
      .select(['users.id', 'users.role'])
      .where('providerId', '=', providerId)
      .where('accountId', '=', subject)
      .executeTakeFirst();
    if (found && found.role !== role) await this.change(found.id, { role }, { by: 'single-sign-on' }, now);
  }

  async invitations({ after, limit }: Parameters<PeopleStore['invitations']>[0], now: number) {
    const rows = await this.#db
      .selectFrom('invitations')
      .select(['token_hash as id', 'role', 'invited_by as by'])
      .select(['created_at as createdAt', 'expires_at as expiresAt'])
      .where('expires_at', '>', now)
      .where('invited_by', 'is not', null)
      .where(behind({ column: 'created_at', id: 'token_hash' }, { descending: true, after }))
      .orderBy('created_at', 'desc')
      .orderBy('token_hash', 'desc')
      .limit(limit)
      .execute();
    return rows.map((row) => z.parse(Invitation, row));
  }

  revokeInvitation(id: string, by: Actor): Promise<boolean> {
    return this.#ledger.run(async (tx, note) => {
      const [revoked] = await tx
        .deleteFrom('invitations')
        .where('token_hash', '=', id)
        .where('expires_at', 'is not', null)
        .returning('role')
        .execute();
      if (revoked) note('account:invitation-revoked', { role: revoked.role, ...by });
      return revoked !== undefined;
    });
  }

  /** Nothing has happened when nobody is left who can sign in as admin. */
  async #withAnAdminLeft(work: (tx: Transaction<Tables>, note: Note) => Promise<Changed>): Promise<Changed> {
    try {
      return await this.#ledger.run(async (tx, note) => {
        const before = await admins(tx);
        const changed = await work(tx, note);
        if (before > 0 && (await admins(tx)) === 0) throw new NoAdminLeft();
        return changed;
      });
    } catch (error) {
      if (error instanceof NoAdminLeft) return 'last-admin';
      throw error;
    }
  }

  #people(now: number) {
    return this.#db
      .selectFrom('users')
      .select(['users.id', 'users.name', 'users.email', 'users.role', 'users.createdAt', 'users.disabledAt'])
      .select((row) => {
        const live = row
          .selectFrom('sessions')
          .whereRef('sessions.userId', '=', 'users.id')
          .where('sessions.expiresAt', '>', isoOf(now));
        return [
          live.select((each) => each.fn.countAll<number>().as('n')).as('sessions'),
          live.select((each) => each.fn.max('sessions.createdAt').as('at')).as('signedInAt'),
        ];
      });
  }
}

/**
 * For the rooms that it has made: they are not to be free of its groups' rules because it is gone. Also when there is none:
 * one may be on its way. StoredAccounts.forgetExpired looks again.
 */
async function keepRules(tx: Transaction<Tables>, account: string): Promise<void> {
  await tx
    .insertInto('policy_deleted_members')
    .columns(['policy', 'account'])
    .expression(tx.selectFrom('policy_members').select(['policy', 'account']).where('account', '=', account))
    .execute();
}

/** One-time links that an admin has made end with its being one: they would be a way back. */
async function endLinksBy(tx: Transaction<Tables>, account: string): Promise<void> {
  await tx.deleteFrom('invitations').where('invited_by', '=', account).execute();
  await tx.deleteFrom('password_links').where('made_by', '=', account).execute();
}

class NoAdminLeft extends Error {}

async function change(
  tx: Transaction<Tables>,
  note: Note,
  { id, to, by, now }: { id: string; to: { role?: Role; disabled?: boolean }; by: Actor; now: number },
): Promise<Changed> {
  const before = await tx
    .selectFrom('users')
    .select(['role', 'disabledAt'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (!before) return 'unknown';
  const role = to.role ?? z.parse(Role, before.role);
  const disabled = to.disabled ?? before.disabledAt !== null;
  const disabledAt = disabled ? (before.disabledAt ?? now) : null;
  await tx.updateTable('users').set({ role, disabledAt }).where('id', '=', id).execute();
  if (disabled) await tx.deleteFrom('sessions').where('userId', '=', id).execute();
  if (disabled) await tx.deleteFrom('password_links').where('account_id', '=', id).execute();
  if (disabled || role !== 'admin') await endLinksBy(tx, id);
  if (role !== before.role) note('account:role-changed', { account: id, ...by, from: before.role, to: role });
  if (disabled && before.disabledAt === null) note('account:disabled', { account: id, ...by });
  if (!disabled && before.disabledAt !== null) note('account:enabled', { account: id, ...by });
  return 'done';
}

/** In SQLite and in Postgres' C locale `lower` knows ASCII only, so that of other letters the case counts. */
const matches = (column: string, text: string) =>
  sql<boolean>`lower(${sql.ref(column)}) like ${pattern(text.toLowerCase())} escape '\\'`;

const placeOf = (sort: PeopleSort, value: string | number): string | number =>
  sort === 'created' ? isoOf(Number(value)) : value;

interface PersonRow {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: string;
  readonly createdAt: string;
  readonly disabledAt: number | null;
  readonly sessions: number | null;
  readonly signedInAt: string | null;
}

function personOf({ createdAt, disabledAt, sessions, signedInAt, ...account }: PersonRow): Person {
  return z.parse(Person, {
    ...account,
    createdAt: Date.parse(createdAt),
    disabled: disabledAt !== null,
    sessions: sessions ?? 0,
    signedInAt: signedInAt === null ? null : Date.parse(signedInAt),
  });
}
