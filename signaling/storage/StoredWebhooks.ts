// How far each webhook has come, in a database. A claim is one update, so that of two processes one has it.
import type { Kysely } from 'kysely';
import type { Delivery } from '#protocol';
import type { Claim, WebhookStore } from '../webhooks/Courier.ts';
import type { Tables } from './schema.ts';

/** An administrator looks at the last days; the audit log itself lasts. */
const ATTEMPTS_KEPT_MS = 30 * 24 * 60 * 60 * 1000;

export class StoredWebhooks implements WebhookStore {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  /** One that is new begins behind row `delivered`. */
  async ensure(webhook: string, delivered: number): Promise<void> {
    await this.#db
      .insertInto('webhooks')
      .values({ id: webhook, delivered, attempts: 0, next_at: 0, claimed_until: 0 })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute();
  }

  async claim(webhook: string, now: number, until: number): Promise<Claim | undefined> {
    const row = await this.#db
      .updateTable('webhooks')
      .set({ claimed_until: until })
      .where('id', '=', webhook)
      .where('next_at', '<=', now)
      .where('claimed_until', '<=', now)
      .returning(['delivered', 'sending', 'attempts'])
      .executeTakeFirst();
    return row && { webhook, until, ...row };
  }

  async begin({ webhook, until }: Claim, through: number): Promise<void> {
    await this.#db
      .updateTable('webhooks')
      .set({ sending: through })
      .where('id', '=', webhook)
      .where('claimed_until', '=', until)
      .execute();
  }

  async settle(
    { webhook, until, delivered: before }: Claim,
    next: { delivered: number; attempts: number; at: number },
  ): Promise<void> {
    const { delivered, attempts, at } = next;
    await this.#db
      .updateTable('webhooks')
      .set({
        delivered,
        attempts,
        next_at: at,
        claimed_until: 0,
        ...(delivered > before ? { sending: null } : {}),
      })
      .where('id', '=', webhook)
      // Somebody else has it by now when this took too long.
      .where('claimed_until', '=', until)
      .execute();
  }

  async log(webhook: string, attempt: Delivery): Promise<void> {
    await this.#db
      .insertInto('webhook_attempts')
      .values({ webhook, ...attempt })
      .execute();
    await this.#db
      .deleteFrom('webhook_attempts')
      .where('webhook', '=', webhook)
      .where((row) =>
        row.or([
          row('at', '<', attempt.at - ATTEMPTS_KEPT_MS),
          // Deleted meanwhile: this was the last that anybody heard of it.
          row.not(row.exists(row.selectFrom('webhooks').select('id').where('id', '=', webhook))),
        ]),
      )
      .execute();
  }
}
