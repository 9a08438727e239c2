// Webhooks, for admins: where the audit log is sent to as it grows.
import * as z from 'zod/mini';
import { Delivery, DeliveryList, MAX_WEBHOOK_URL, Webhook, WebhookList } from '#protocol';
import { AUDIT_TYPES } from '../audit/events.ts';
import { isWebhookUrl } from '../webhooks/post.ts';
import type { WebhookDesk } from '../webhooks/WebhookDesk.ts';
import { listed, pageOf, paging } from './list.ts';
import { type Route, route } from './route.ts';

interface Deps {
  readonly webhooks: WebhookDesk;
}

const tag = 'Webhooks' as const;
const latestFirst = { at: 'time' } as const;

export const webhookRoutes = ({ webhooks }: Deps): readonly Route[] => [
  route({
    name: 'listWebhooks',
    method: 'GET',
    path: '/webhooks',
    tag,
    doc: 'All webhooks: that of the configuration, then those that admins have made, the oldest first. One whose url is null is damaged: it gets nothing, and can only be deleted.',
    needs: 'admin',
    scope: 'webhooks:read',
    answer: WebhookList,
    run: async () => ({ items: await webhooks.list(), next: null }),
  }),
  route({
    name: 'createWebhook',
    method: 'POST',
    path: '/webhooks',
    tag,
    doc: 'Makes a webhook that gets what the audit log has from now on, signed as the Standard Webhooks are, with a secret that is in this answer only. Addresses that are not public are refused unless the configuration names their network.',
    needs: 'admin',
    scope: 'webhooks:write',
    // What it gets is the audit log.
    alsoScope: 'audit:read',
    creates: true,
    body: z.strictObject({
      url: z.string().check(z.maxLength(MAX_WEBHOOK_URL), z.refine(isWebhookUrl)),
      types: z.optional(
        z
          .array(z.enum(AUDIT_TYPES))
          .check(z.minLength(1), z.maxLength(AUDIT_TYPES.length))
          .register(z.globalRegistry, {
            description: 'Rows of these kinds only; without it, all, and the signed statements in between.',
          }),
      ),
    }),
    answer: z.strictObject({ ...Webhook.shape, secret: z.string() }),
    problems: ['ADDRESS_REFUSED', 'TOO_MANY_WEBHOOKS'],
    run: ({ body, actor }) => webhooks.create(body, actor()),
  }),
  route({
    name: 'deleteWebhook',
    method: 'DELETE',
    path: '/webhooks/:id',
    tag,
    doc: 'Deletes a webhook with its secret and its delivery log. What is on its way may still arrive.',
    needs: 'admin',
    scope: 'webhooks:write',
    problems: ['CONFIGURED'],
    run: ({ params, actor }) => webhooks.delete(params.id ?? '', actor()),
  }),
  route({
    name: 'testWebhook',
    method: 'POST',
    path: '/webhooks/:id/test',
    tag,
    doc: 'Sends a message of type webhook.test, once, and answers how that went. It takes up to ten seconds.',
    needs: 'admin',
    scope: 'webhooks:write',
    answer: Delivery,
    problems: ['DAMAGED'],
    run: ({ params, actor }) => webhooks.test(params.id ?? '', actor()),
  }),
  route({
    name: 'listDeliveries',
    method: 'GET',
    path: '/webhooks/:id/deliveries',
    tag,
    doc: 'Each try of the last thirty days, the latest first. What is not taken is tried again, at longer and longer intervals.',
    needs: 'admin',
    scope: 'webhooks:read',
    query: z.strictObject(paging),
    answer: DeliveryList,
    run: async ({ params, query }) => {
      const place = pageOf(query, latestFirst, '-at');
      const found = await webhooks.deliveries(params.id ?? '', place.page);
      return listed(found, place, ({ at, message }) => [at, message]);
    },
  }),
];
