// Webhooks as admins see them. What is sent to them is rows of the audit log.
import * as z from 'zod/mini';
import { listOf } from './lists.ts';

const time = z.int().check(z.gte(0));
const count = z.int().check(z.gte(0));

export const MAX_WEBHOOK_URL = 2_048;

export const Webhook = z.strictObject({
  id: z.string(),
  /** Null: what is kept of it is damaged, so that nothing is sent and it can only be deleted. */
  url: z.nullable(z.string()),
  /** Of rows, as the audit log names them; null: all of them, and the signed statements in between. */
  types: z.nullable(z.array(z.string())),
  /** Null: by the server's configuration, which alone can take it away. */
  createdAt: z.nullable(time),
  /** Number of the last row of the log that it has, or was not to get. */
  delivered: count,
  /** Times that what is due next was not taken. */
  failures: count,
  /** When it is tried again; null when there were none. */
  retryAt: z.nullable(time),
});
export type Webhook = z.infer<typeof Webhook>;
export const WebhookList = listOf(Webhook);

/** One try. */
export const Delivery = z.strictObject({
  /** Its webhook-id: the same each time it is tried. */
  message: z.string(),
  at: time,
  /** How long it took. */
  ms: count,
  /** From 1. */
  attempt: z.int().check(z.gte(1)),
  /** Of HTTP; null when there was no answer. */
  status: z.nullable(z.int()),
  /** Null when it was taken. */
  fault: z.nullable(z.string()),
});
export type Delivery = z.infer<typeof Delivery>;
export const DeliveryList = listOf(Delivery);
