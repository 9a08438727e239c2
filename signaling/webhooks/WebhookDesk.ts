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

export interface Addressed extends KeptWebhook {
  readonly to: Receiver;
}

export class WebhookDesk {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** With where they lead. Throws when one was sealed with another key, or was changed. */
  async all(): Promise<Addressed[]> {
    const { store, configured } = this.#deps;
    return (await store.all()).flatMap((kept) => {
      const to = kept.id === CONFIGURED ? configured : this.#open(kept);
      return to ? [{ ...kept, to }] : [];
    });
  }

  async list(): Promise<Webhook[]> {
    return (await this.all()).map(shown);
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

  async #one(id: string): Promise<Addressed> {
    const found = (await this.all()).find((webhook) => webhook.id === id);
    if (!found) throw new Problem('NOT_FOUND');
    return found;
  }

  #open({ id, sealed }: Pick<KeptWebhook, 'id' | 'sealed'>): Receiver {
    const opened = sealed === null ? undefined : this.#deps.sealing.open(aboutOf(id), sealed);
    if (!opened) throw new Error(`webhook ${id} was changed, or the key of secrets is another one`);
    const { url, secret } = z.parse(Sealed, JSON.parse(opened.reveal()));
    return { url: new URL(url), secret: new Secret(secret) };
  }
}

const aboutOf = (id: string) => ({ purpose: 'webhook', id });

const shown = ({ id, to, types, createdAt, delivered, attempts, nextAt }: Addressed): Webhook => ({
  id,
  url: to.url.href,
  types: types && [...types],
  createdAt,
  delivered,
  failures: attempts,
  retryAt: attempts > 0 ? nextAt : null,
});
