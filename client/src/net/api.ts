// Requests to the HTTP routes of the server we come from, with checked answers.
import * as z from 'zod/mini';

/** More: a dead server is noticed late. Checking a password takes a tenth of a second. */
const TIMEOUT_MS = 10_000;

/** Code of the server's (problem+json, or the sign-in library's), or OFFLINE, or BAD_REPLY. */
export class ApiFailed extends Error {
  override readonly name = 'ApiFailed';
  readonly code: string;

  constructor(path: string, code: string, options?: ErrorOptions) {
    super(`${path}: ${code}`, options);
    this.code = code;
  }
}

const Refused = z.object({ code: z.string() });

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Throws ApiFailed. */
export async function askApi<T>(
  method: Method,
  path: string,
  schema: z.ZodMiniType<T>,
  body?: unknown,
  timeoutMs = TIMEOUT_MS,
): Promise<T> {
  const response = await send(method, path, body, timeoutMs);
  const answer = response.status === 204 ? undefined : await jsonOf(path, response);
  if (!response.ok) {
    const refused = z.safeParse(Refused, answer);
    throw new ApiFailed(path, refused.success ? refused.data.code : 'BAD_REPLY');
  }
  const parsed = z.safeParse(schema, answer);
  if (!parsed.success) throw new ApiFailed(path, 'BAD_REPLY', { cause: parsed.error });
  return parsed.data;
}

async function send(method: Method, path: string, body: unknown, timeoutMs: number): Promise<Response> {
  try {
    return await fetch(path, {
      method,
      cache: 'no-store',
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
  } catch (cause) {
    throw new ApiFailed(path, 'OFFLINE', { cause });
  }
}

async function jsonOf(path: string, response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (cause) {
    throw new ApiFailed(path, 'BAD_REPLY', { cause });
  }
}
