// The rows of a database that are about one account, without what would let somebody in as it.
import type { Kysely } from 'kysely';
import * as z from 'zod/mini';
import { OwnRoom, Suite } from '#protocol';
import type { OwnDataStore } from '../accounts/ownData.ts';
import { contains } from './paging.ts';
import { scheduleOf } from './StoredRooms.ts';
import type { Tables } from './schema.ts';

type About = NonNullable<Awaited<ReturnType<OwnDataStore['about']>>>;

export class StoredOwnData implements OwnDataStore {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  async about(id: string): Promise<About | undefined> {
    const account = await this.#account(id);
    if (!account) return undefined;
    return {
      account,
      signInMethods: await this.#signInMethods(id),
      sessions: await this.#sessions(id),
      passkeys: await this.#passkeys(id),
      keys: await this.#keys(id),
      invitations: await this.#invitations(id),
      passwordLinks: await this.#passwordLinks(id),
      policyGroups: await this.#policyGroups(id),
      keptAnswers: await this.#keptAnswers(id),
      begun: await this.#begun(id),
    };
  }

  async roomsOf(accountId: string, after: string, limit: number): Promise<OwnRoom[]> {
    const rows = await this.#db
      .selectFrom('rooms')
      .select([
        'id',
        'state',
        'lobby',
        'suite',
        'visited',
        'created_at as createdAt',
        'expires_at as expiresAt',
      ])
      .select(['latest_end as latestEnd', 'ended_at as endedAt', 'ending', 'schedule', 'extension'])
      .where('owner', '=', accountId)
      .where('id', '>', after)
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map((row) =>
      z.parse(OwnRoom, {
        ...row,
        lobby: row.lobby === 1,
        suite: z.parse(Suite, row.suite),
        visited: row.visited === 1,
        schedule: row.schedule === null ? null : scheduleOf(row.schedule),
      }),
    );
  }

  async #account(id: string): Promise<About['account'] | undefined> {
    const row = await this.#db
      .selectFrom('users')
      .select(['id', 'name', 'email', 'role', 'createdAt', 'updatedAt', 'disabledAt'])
      .where('id', '=', id)
      .executeTakeFirst();
    return row && { ...row, createdAt: Date.parse(row.createdAt), updatedAt: Date.parse(row.updatedAt) };
  }

  async #signInMethods(id: string): Promise<About['signInMethods']> {
    const rows = await this.#db
      .selectFrom('credentials')
      .select(['id', 'providerId as provider', 'accountId as subject', 'createdAt', 'updatedAt'])
      .where('userId', '=', id)
      .orderBy('createdAt')
      .execute();
    return rows.map((row) => ({
      ...row,
      createdAt: Date.parse(row.createdAt),
      updatedAt: Date.parse(row.updatedAt),
    }));
  }

  async #sessions(id: string): Promise<About['sessions']> {
    const rows = await this.#db
      .selectFrom('sessions')
      .select(['id', 'createdAt', 'updatedAt', 'expiresAt', 'ipAddress', 'userAgent'])
      .where('userId', '=', id)
      .orderBy('createdAt')
      .execute();
    return rows.map(({ ipAddress, ...row }) => ({
      ...row,
      createdAt: Date.parse(row.createdAt),
      updatedAt: Date.parse(row.updatedAt),
      expiresAt: Date.parse(row.expiresAt),
      address: ipAddress,
    }));
  }

  async #passkeys(id: string): Promise<About['passkeys']> {
    const rows = await this.#db
      .selectFrom('passkeys')
      .select(['id', 'name', 'publicKey', 'credentialID', 'counter', 'deviceType', 'backedUp', 'transports'])
      .select(['createdAt', 'aaguid'])
      .where('userId', '=', id)
      .orderBy('id')
      .execute();
    return rows.map(({ credentialID, backedUp, createdAt, ...row }) => ({
      ...row,
      credentialId: credentialID,
      backedUp: backedUp === 1,
      createdAt: createdAt === null ? null : Date.parse(createdAt),
    }));
  }

  async #keys(id: string): Promise<About['keys']> {
    const rows = await this.#db
      .selectFrom('api_keys')
      .select(['id', 'name', 'scopes', 'per_minute as perMinute'])
      .select(['created_at as createdAt', 'expires_at as expiresAt'])
      .where('account_id', '=', id)
      .orderBy('created_at')
      .execute();
    return rows.map((row) => ({ ...row, scopes: row.scopes.split(' ') }));
  }

  #invitations(id: string): Promise<About['invitations']> {
    return this.#db
      .selectFrom('invitations')
      .select(['token_hash as id', 'role', 'created_at as createdAt', 'expires_at as expiresAt'])
      .where('invited_by', '=', id)
      .orderBy('created_at')
      .execute();
  }

  async #passwordLinks(id: string): Promise<About['passwordLinks']> {
    const rows = await this.#db
      .selectFrom('password_links')
      .select(['account_id', 'created_at as createdAt', 'expires_at as expiresAt'])
      .where((row) => row.or([row('account_id', '=', id), row('made_by', '=', id)]))
      .orderBy('created_at')
      .execute();
    return rows.map(({ account_id: account, ...row }) => ({ own: account === id, ...row }));
  }

  async #policyGroups(id: string): Promise<About['policyGroups']> {
    const rows = await this.#db
      .selectFrom('policy_members')
      .innerJoin('policies', 'policies.id', 'policy_members.policy')
      .select(['policies.id', 'policies.name'])
      .where('policy_members.account', '=', id)
      .orderBy('policies.id')
      .execute();
    return rows.map(({ id, name }) => ({ id, name: name ?? '' }));
  }

  #keptAnswers(id: string): Promise<About['keptAnswers']> {
    return this.#db
      .selectFrom('kept_answers')
      .select(['about', 'begun_at as begunAt'])
      .where('holder', '=', id)
      .orderBy('begun_at')
      .execute();
  }

  async #begun(id: string): Promise<About['begun']> {
    const rows = await this.#db
      .selectFrom('verifications')
      .select(['createdAt', 'expiresAt'])
      .where(contains('value', id))
      .execute();
    return rows.map((row) => ({
      createdAt: Date.parse(row.createdAt),
      expiresAt: Date.parse(row.expiresAt),
    }));
  }
}
