// How HTTP routes say what is wrong: application/problem+json (RFC 9457) with a code that never changes its meaning.
import type { FastifyReply } from 'fastify';
import * as z from 'zod/mini';

/** Code → status and meaning. The meaning is for people who write programs; pages have words of their own. */
export const problems = {
  BAD_REQUEST: { status: 400, title: 'The request does not have the shape that this route asks for.' },
  ALL_OF_THEM: { status: 400, title: 'Name at least one filter: this would be every room.' },
  ADDRESS_REFUSED: {
    status: 400,
    title:
      'Nothing is sent there: the address is not public, or has no TLS, and the configuration does not name its network.',
  },
  SIGN_IN_REQUIRED: { status: 401, title: 'Sign in first.' },
  SIGN_IN_FAILED: { status: 401, title: 'That did not sign you in.' },
  INVALID_EMAIL_OR_PASSWORD: { status: 401, title: 'This e-mail address and password do not go together.' },
  PASSKEY_NOT_FOUND: { status: 401, title: 'Nobody has this passkey here.' },
  BAD_KEY: { status: 401, title: 'This API key does not exist, or its time is over.' },
  SCOPE_REQUIRED: { status: 403, title: 'This API key may not be used for that.' },
  ROLE_REQUIRED: { status: 403, title: 'Your account may not do this.' },
  ACCOUNT_DISABLED: { status: 403, title: 'An admin has shut this account out.' },
  CONFIRM: { status: 403, title: 'Sign in anew, or send the password: this cannot be undone.' },
  INVALID_ORIGIN: { status: 403, title: 'This server knows itself by another address.' },
  WRONG_ORIGIN: { status: 403, title: 'Requests of this kind are taken from pages of this server only.' },
  NOT_FOUND: { status: 404, title: 'There is no such thing here.' },
  NO_INVITATION: { status: 404, title: 'This link has been used already, or was never good.' },
  ROOM_OPEN: { status: 409, title: 'The room is open: end it first.' },
  ROOM_ENDED: { status: 409, title: 'The room is not open any more.' },
  NOT_EARLIER: {
    status: 409,
    title: 'The room ends before that already; only its hosts can let it live longer.',
  },
  TOO_MANY_ROOMS: { status: 409, title: 'The server holds as many rooms as it may hold.' },
  LIFETIME_CAPPED: { status: 409, title: 'No room may live that long here.' },
  STILL_WORKING: { status: 409, title: 'The first request with this Idempotency-Key is not done yet.' },
  KEY_REUSED: { status: 409, title: 'This Idempotency-Key came with another request before.' },
  EMAIL_TAKEN: { status: 409, title: 'There is an account with this e-mail address.' },
  TOO_MANY_KEYS: { status: 409, title: 'This account has as many API keys as it may have.' },
  NO_PASSWORD: {
    status: 409,
    title: 'This account has no password: it signs in with the company’s sign-in.',
  },
  LAST_ADMIN: { status: 409, title: 'Nobody would be admin any more.' },
  NAME_TAKEN: { status: 409, title: 'There is one of this name.' },
  CONFIGURED: {
    status: 409,
    title: 'The configuration of the server says so; only there can it be changed.',
  },
  DAMAGED: { status: 409, title: 'What the server keeps of it cannot be read any more: delete it.' },
  TOO_MANY_WEBHOOKS: { status: 409, title: 'There are as many webhooks as there may be.' },
  TOO_MANY_GROUPS: { status: 409, title: 'There are as many policy groups as there may be.' },
  STALE: { status: 412, title: 'Somebody has changed it since: read it again.' },
  TOO_LARGE: { status: 413, title: 'The request is too long.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The body must be application/json.' },
  INVALID_EMAIL: { status: 400, title: 'That is no e-mail address.' },
  INVALID_PASSWORD: { status: 400, title: 'That is not the password.' },
  TOO_MANY_EXPORTS: { status: 429, title: 'Other exports are being made; try again when they are done.' },
  RATE_LIMITED: { status: 429, title: 'Too many requests; wait a moment.' },
  ERASING: { status: 503, title: 'This installation is being erased.' },
  ERASE_CUT_SHORT: {
    status: 500,
    title:
      'Not everything is destroyed yet, and the server has stopped: npm run erase -- yes on its machine finishes it.',
  },
  AUDIT_BROKEN: {
    status: 500,
    title: 'Somebody has changed the audit log in the database: nothing is signed on top of that.',
  },
  INTERNAL: { status: 500, title: 'A fault of ours; it has been logged.' },
} as const;

/** Limits fill up by the second. */
const RETRY_AFTER_S = '2';

export type ProblemCode = keyof typeof problems;

export const isCode = (code: string): code is ProblemCode => Object.hasOwn(problems, code);

/** As it is answered. */
export const ProblemDetails = z.strictObject({
  type: z.literal('about:blank'),
  status: z.int(),
  code: z.enum(Object.keys(problems).filter(isCode)),
  title: z.string(),
  /** For developers; its words may change. */
  detail: z.optional(z.string()),
});

/** Thrown by handlers of routes; answered as problem+json. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  /** Goes to the client: nothing private. */
  readonly detail: string | undefined;

  constructor(code: ProblemCode, detail?: string) {
    super(detail ? `${code}: ${detail}` : code);
    this.code = code;
    this.detail = detail;
  }
}

export function sendProblem(reply: FastifyReply, code: ProblemCode, detail?: string): FastifyReply {
  const { status, title } = problems[code];
  if (problems[code].status === 429 || code === 'STILL_WORKING') reply.header('retry-after', RETRY_AFTER_S);
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', status, code, title, ...(detail ? { detail } : {}) }));
}
