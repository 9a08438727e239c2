// Webhooks in a database, as admins make and delete them.
import type { Kysely } from 'kysely';
import * as z from 'zod/mini';
import type { Delivery } from '#protocol';
import { ORGANISATION } from '../audit/chain.ts';
import type { Actor } from '../audit/events.ts';
import { CONFIGURED, type KeptWebhook, MAX_WEBHOOKS, type WebhookAdminStore } from '../webhooks/webhooks.ts';
import type { Ledger } from './Ledger.ts';
import { behind } from './paging.ts';
import type { Tables } from './schema.ts';

const Types = z.array(z.string());

export class StoredWebhookAdmin implements WebhookAdminStore {
  readonly #db: Kysely<Tables>;
  readonly #ledger: Ledger;

  constructor(db: Kysely<Tables>, ledger: Ledger) {
    this.#db = db;
    this.#ledger = ledger;
  }

  async all(): Promise<KeptWebhook[]> {
    const rows = await this.#db.selectFrom('webhooks').selectAll().orderBy('id').execute();
    return rows
      .map(({ types, created_at, next_at, ...row }) => ({
        ...{ id: row.id, sealed: row.sealed, delivered: row.delivered, attempts: row.attempts },
        types: types === null ? null : z.parse(Types, JSON.parse(types)),
        createdAt: created_at,
        nextAt: next_at,
      }))
      .toSorted((a, b) => (a.createdAt ?? 0) - (b.createdAt ?? 0));
  }

  add(
    { id, sealed, types, createdAt }: Parameters<WebhookAdminStore['add']>[0],
    by: Actor,
  ): Promise<boolean> {
    return this.#ledger.run(async (tx, note) => {
      const { webhooks } = await tx
        .selectFrom('webhooks')
        .select((row) => row.fn.countAll<number>().as('webhooks'))
        .where('id', '!=', CONFIGURED)
        .executeTakeFirstOrThrow();
      if (webhooks >= MAX_WEBHOOKS) return false;
      const chain = await tx
        .selectFrom('audit_chains')
        .select('count')
        .where('organisation', '=', ORGANISATION)
        .executeTakeFirst();
      const progress = {
        delivered: chain?.count ?? 0,
        sending: null,
        attempts: 0,
        next_at: 0,
        claimed_until: 0,
      };
      const what = { id, sealed, types: types && JSON.stringify(types), created_at: createdAt };
      await tx
        .insertInto('webhooks')
        .values({ ...what, ...progress })
        .execute();
      note('webhook:made', { webhook: id, ...by });
      return true;
    });
  }

  remove(id: string, by: Actor): Promise<boolean> {
    return this.#ledger.run(async (tx, note) => {
      if (id === CONFIGURED) return false;
      const removed = await tx.deleteFrom('webhooks').where('id', '=', id).returning('id').execute();
      if (removed.length === 0) return false;
      await tx.deleteFrom('webhook_attempts').where('webhook', '=', id).execute();
      // Its secret may be in one.
      await tx.deleteFrom('kept_answers').where('about', '=', id).execute();
      note('webhook:deleted', { webhook: id, ...by });
      return true;
    });
  }

  deliveries(
    id: string,
    { after, limit }: Parameters<WebhookAdminStore['deliveries']>[1],
  ): Promise<Delivery[]> {
    return this.#db
      .selectFrom('webhook_attempts')
      .select(['message', 'at', 'ms', 'attempt', 'status', 'fault'])
      .where('webhook', '=', id)
      .where(behind({ column: 'at', id: 'message' }, { descending: true, after }))
      .orderBy('at', 'desc')
      .orderBy('message', 'desc')
      .limit(limit)
      .execute();
  }
}
