// What admins ask the server about webhooks.
import * as z from 'zod/mini';
import { Delivery, DeliveryList, Webhook, WebhookList } from '#protocol';
import { askApi } from '../net/api.ts';
import { apiPath, withQuery } from './ask.ts';

/** The server tries for ten seconds. */
const TEST_TIMEOUT_MS = 15_000;

const MadeWebhook = z.strictObject({ ...Webhook.shape, secret: z.string() });

export const listWebhooks = async (): Promise<Webhook[]> =>
  (await askApi('GET', apiPath('webhooks'), WebhookList)).items;

/** Answers its secret, which cannot be had again. Without `types`, it gets all. */
export const makeWebhook = async (url: string, types: readonly string[]): Promise<string> =>
  (await askApi('POST', apiPath('webhooks'), MadeWebhook, { url, ...(types.length > 0 && { types }) }))
    .secret;

export async function deleteWebhook(id: string): Promise<void> {
  await askApi('DELETE', apiPath('webhooks', id), z.unknown());
}

export const testWebhook = (id: string): Promise<Delivery> =>
  askApi('POST', apiPath('webhooks', id, 'test'), Delivery, undefined, TEST_TIMEOUT_MS);

export const listDeliveries = (id: string, cursor: string | null) =>
  askApi('GET', withQuery(apiPath('webhooks', id, 'deliveries'), { cursor, limit: 10 }), DeliveryList);
