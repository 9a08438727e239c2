// How HTTP routes say what is wrong: application/problem+json (RFC 9457) with a code that never changes its meaning.
import type { FastifyReply } from 'fastify';

/** Code → status and meaning. The meaning is for people who write programs; pages have words of their own. */
export const problems = {
  BAD_REQUEST: { status: 400, title: 'The request does not have the shape that this route asks for.' },
  SIGN_IN_REQUIRED: { status: 401, title: 'Sign in first.' },
  BAD_KEY: { status: 401, title: 'This API key does not exist, or its time is over.' },
  SCOPE_REQUIRED: { status: 403, title: 'This API key may not be used for that.' },
  ROLE_REQUIRED: { status: 403, title: 'Your account may not do this.' },
  WRONG_ORIGIN: { status: 403, title: 'Requests of this kind are taken from pages of this server only.' },
  NOT_FOUND: { status: 404, title: 'There is no such thing here.' },
  NO_INVITATION: { status: 404, title: 'This link has been used already, or was never good.' },
  EMAIL_TAKEN: { status: 409, title: 'There is an account with this e-mail address.' },
  TOO_MANY_KEYS: { status: 409, title: 'This account has as many API keys as it may have.' },
  LAST_ADMIN: { status: 409, title: 'Nobody would be admin any more.' },
  NAME_TAKEN: { status: 409, title: 'There is one of this name.' },
  TOO_MANY_GROUPS: { status: 409, title: 'There are as many policy groups as there may be.' },
  STALE: { status: 412, title: 'Somebody has changed it since: read it again.' },
  TOO_LARGE: { status: 413, title: 'The request is too long.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The body must be application/json.' },
  RATE_LIMITED: { status: 429, title: 'Too many requests; wait a moment.' },
  INTERNAL: { status: 500, title: 'A fault of ours; it has been logged.' },
} as const;

export type ProblemCode = keyof typeof problems;

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
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', status, code, title, ...(detail ? { detail } : {}) }));
}
