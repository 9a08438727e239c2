// Webhooks that admins make, and what a store of them must do. storage/StoredWebhookAdmin.ts is the one that does it.
import type { Delivery } from '#protocol';
import type { Page } from '../accounts/people.ts';
import type { Actor } from '../audit/events.ts';

/** The one of the configuration. */
export const CONFIGURED = 'audit';
/** More: each process asks for each of them every two seconds. */
export const MAX_WEBHOOKS = 20;

export interface KeptWebhook {
  readonly id: string;
  /** URL and secret, see Sealer.ts. Null of the one of the configuration. */
  readonly sealed: string | null;
  /** Of events; null: all. */
  readonly types: readonly string[] | null;
  readonly createdAt: number | null;
  readonly delivered: number;
  readonly attempts: number;
  readonly nextAt: number;
}

export interface WebhookAdminStore {
  /** The oldest first, that of the configuration before all. */
  all(): Promise<KeptWebhook[]>;
  /** It begins with the row that says so. False when there are MAX_WEBHOOKS. */
  add(
    webhook: Pick<KeptWebhook, 'id' | 'types'> & { sealed: string; createdAt: number },
    by: Actor,
  ): Promise<boolean>;
  /** With its delivery log. False when admins have made none with this id. */
  remove(id: string, by: Actor): Promise<boolean>;
  /** The latest first. */
  deliveries(id: string, page: Pick<Page<'at'>, 'after' | 'limit'>): Promise<Delivery[]>;
}
