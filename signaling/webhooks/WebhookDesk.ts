// What admins do with webhooks. Whoever calls has checked that an admin asks. URL and secret are kept sealed.
import { randomBytes } from 'node:crypto';
import * as z from 'zod/mini';
import type { Delivery, Webhook } from '#protocol';
import type { Audit } from '../audit/AuditLog.ts';
import type { Actor } from '../audit/events.ts';
import type { Clock } from '../clock.ts';
import { newUuid } from '../newId.ts';
import { Problem } from '../problem.ts';
import { Secret } from '../protocol/env.ts';
import type { Sealing } from '../rest/Once.ts';
import type { WebhookStore } from './Courier.ts';
import { couldReach, type Route } from './connect.ts';
import { deliver } from './deliver.ts';
import type { Receiver } from './post.ts';
import { CONFIGURED, type KeptWebhook, type WebhookAdminStore } from './webhooks.ts';

interface Deps extends Pick<Route, 'network' | 'allowed'> {
  readonly store: WebhookAdminStore;
  readonly attempts: Pick<WebhookStore, 'log'>;
  readonly sealing: Sealing;
  readonly configured: Receiver | undefined;
  readonly audit: Pick<Audit, 'record'>;
  readonly clock: Pick<Clock, 'now'>;
  /** There are others than before. */
  readonly changed: () => Promise<void>;
}

const SECRET_BYTES = 32;
const Sealed = z.strictObject({ url: z.string(), secret: z.string() });

interface Found extends KeptWebhook {
  readonly to: Receiver | undefined;
}

export interface Addressed extends Found {
  readonly to: Receiver;
}

export class WebhookDesk {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Those that something can be sent to. */
  async all(): Promise<Addressed[]> {
    return (await this.#found()).filter(isAddressed);
  }

  async list(): Promise<Webhook[]> {
    return (await this.#found()).map(shown);
  }

  /** Its secret is in this answer only. Throws a Problem. */
  async create(
    { url, types }: { url: string; types?: readonly string[] | undefined },
    by: Actor,
  ): Promise<Webhook & { secret: string }> {
    const { store, sealing, clock, allowed, changed } = this.#deps;
    if (!couldReach(new URL(url), allowed)) throw new Problem('ADDRESS_REFUSED');
    const id = newUuid();
    const secret = `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
    const sealed = sealing.seal(aboutOf(id), new Secret(JSON.stringify({ url, secret })));
    const made = { id, sealed, types: types ?? null, createdAt: clock.now() };
    if (!(await store.add(made, by))) throw new Problem('TOO_MANY_WEBHOOKS');
    await changed();
    return { ...shown(await this.#one(id)), secret };
  }

  /** Throws a Problem. */
  async delete(id: string, by: Actor): Promise<void> {
    if (id === CONFIGURED && this.#deps.configured) throw new Problem('CONFIGURED');
    if (!(await this.#deps.store.remove(id, by))) throw new Problem('NOT_FOUND');
    await this.#deps.changed();
  }

  /** Sends it a message of its own kind, once, and answers how that went. Throws a Problem when there is no such webhook. */
  async test(id: string, by: Actor): Promise<Delivery> {
    const { audit, attempts, clock } = this.#deps;
    const { to } = await this.#one(id);
    if (!to) throw new Problem('DAMAGED');
    await audit.record('webhook:tested', { webhook: id, ...by });
    const body = {
      type: 'webhook.test',
      timestamp: new Date(clock.now()).toISOString(),
      data: { webhook: id },
    };
    const message = { id: `test_${newUuid()}`, body: JSON.stringify(body) };
    const tried = { ...(await deliver(to, message, this.#deps)), attempt: 1 };
    await attempts.log(id, tried);
    return tried;
  }

  /** The latest first. Throws a Problem when there is no such webhook. */
  async deliveries(id: string, page: Parameters<WebhookAdminStore['deliveries']>[1]): Promise<Delivery[]> {
    await this.#one(id);
    return this.#deps.store.deliveries(id, page);
  }

  /** Without that of a configuration which names none any more. */
  async #found(): Promise<Found[]> {
    const { store, configured } = this.#deps;
    return (await store.all()).flatMap((kept) => {
      if (kept.id !== CONFIGURED) return [{ ...kept, to: this.#open(kept) }];
      return configured ? [{ ...kept, to: configured }] : [];
    });
  }

  async #one(id: string): Promise<Found> {
    const found = (await this.#found()).find((webhook) => webhook.id === id);
    if (!found) throw new Problem('NOT_FOUND');
    return found;
  }

  /** Undefined when it was sealed with another key, or was changed: the others are not to suffer from it. */
  #open({ id, sealed }: Pick<KeptWebhook, 'id' | 'sealed'>): Receiver | undefined {
    const opened = sealed === null ? undefined : this.#deps.sealing.open(aboutOf(id), sealed);
    if (!opened) return undefined;
    const { url, secret } = z.parse(Sealed, JSON.parse(opened.reveal()));
    return { url: new URL(url), secret: new Secret(secret) };
  }
}

const aboutOf = (id: string) => ({ purpose: 'webhook', id });

const isAddressed = (found: Found): found is Addressed => found.to !== undefined;

const shown = ({ id, to, types, createdAt, delivered, attempts, nextAt }: Found): Webhook => ({
  id,
  url: to?.url.href ?? null,
  types: types && [...types],
  createdAt,
  delivered,
  failures: attempts,
  retryAt: attempts > 0 ? nextAt : null,
});
