// One message to one receiver, signed as https://www.standardwebhooks.com says. Redirects are answers like any other failure: where
// they lead was checked by nobody.
import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import type { Secret } from '../protocol/env.ts';
import { openConnection, type Route } from './connect.ts';
import { DeliveryFault } from './DeliveryFault.ts';

export interface Message {
  /** The same each time it is tried: receivers drop what they have had. */
  readonly id: string;
  readonly body: string;
}

export interface Receiver {
  readonly url: URL;
  /** `whsec_` and base64. */
  readonly secret: Secret;
}

const SECRET = /^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/;

/** With credentials, it would be shown to all admins with them. */
export function isWebhookUrl(text: string): boolean {
  const url = URL.parse(text);
  return !!url && /^https?:$/.test(url.protocol) && !url.username && !url.password;
}

/** 24 to 64 bytes, as the standard asks. */
export const isWebhookSecret = (text: string): boolean => SECRET.test(text);

/** `at`: seconds since 1970. */
export function signatureOf({ id, body }: Message, at: number, secret: Secret): string {
  const key = Buffer.from(secret.reveal().slice('whsec_'.length), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')}`;
}

/** Answers the status, which is a success. Throws DeliveryFault. `nowMs`: milliseconds since 1970. */
export async function post(to: Receiver, message: Message, nowMs: number, route: Route): Promise<number> {
  try {
    const socket = await openConnection(to.url, route);
    const status = await send(to, message, Math.floor(nowMs / 1000), { socket, signal: route.signal });
    if (status >= 200 && status < 300) return status;
    const redirects = status >= 300 && status < 400 ? ', and redirects are not followed' : '';
    throw new DeliveryFault(`it answered ${status}${redirects}`, { status });
  } catch (error) {
    if (error instanceof DeliveryFault) throw error;
    if (route.signal.aborted) throw new DeliveryFault('it took too long', { cause: error });
    throw new DeliveryFault(`it could not be reached (${codeOf(error)})`, { cause: error });
  }
}

type Line = { socket: Awaited<ReturnType<typeof openConnection>>; signal: AbortSignal };

/** What the receiver says beside the status is nobody's business, and may be without end. */
function send({ url, secret }: Receiver, message: Message, at: number, { socket, signal }: Line) {
  return new Promise<number>((resolve, reject) => {
    const req = request({
      createConnection: () => socket,
      method: 'POST',
      path: url.pathname + url.search,
      signal,
      headers: {
        host: url.host,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(message.body),
        'user-agent': 'in-camera',
        'webhook-id': message.id,
        'webhook-timestamp': at,
        'webhook-signature': signatureOf(message, at, secret),
      },
    });
    req.on('error', reject);
    req.on('response', (response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    req.end(message.body);
  });
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? String(error.code) : error.message;
}
