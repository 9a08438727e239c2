// Hands requests to the sign-in library: those of this list and no others, for it has many more than we want.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod/mini';
import type { ApiDeps } from '../api.ts';
import { Problem } from '../problem.ts';
import { PROVIDER } from './singleSignOn.ts';

type Handed = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Counts as a try to sign in. */
  readonly signIn?: true;
  /** What its body may hold; the library would take more. */
  readonly body?: readonly string[];
};

export const handed: readonly Handed[] = [
  { method: 'POST', path: '/sign-in/email', signIn: true, body: ['email', 'password'] },
  { method: 'POST', path: '/sign-out', body: [] },
  {
    method: 'POST',
    path: '/change-password',
    signIn: true,
    body: ['currentPassword', 'newPassword', 'revokeOtherSessions'],
  },
  { method: 'GET', path: '/passkey/generate-register-options' },
  { method: 'POST', path: '/passkey/verify-registration', body: ['response', 'name'] },
  { method: 'GET', path: '/passkey/generate-authenticate-options' },
  { method: 'POST', path: '/passkey/verify-authentication', signIn: true, body: ['response'] },
  { method: 'GET', path: '/passkey/list-user-passkeys' },
  { method: 'POST', path: '/passkey/delete-passkey', body: ['id'] },
  {
    method: 'POST',
    path: '/sign-in/social',
    signIn: true,
    body: ['provider', 'callbackURL', 'errorCallbackURL'],
  },
  // Where the company's sign-in sends people back to.
  { method: 'GET', path: `/callback/${PROVIDER}` },
];

const MAX_BODY_BYTES = 16 * 1024;

export async function serveAuth(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  // The library parses for itself: what it gets is what came, and not more than may come.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_req, body, done) => done(null, body));
  for (const { method, path, signIn, body } of handed) {
    app.route({
      method,
      url: path,
      bodyLimit: MAX_BODY_BYTES,
      handler: async (req, reply) => {
        const given = checked(bodyOf(req.body), body);
        if (signIn) limit(given.email, req, deps);
        return relay(req, reply, deps);
      },
    });
  }
}

function limit(email: unknown, req: FastifyRequest, { limits, proxies }: ApiDeps): void {
  if (!limits.takeSignIn(proxies.addressOf(req.raw))) throw new Problem('RATE_LIMITED');
  if (typeof email === 'string' && !limits.takeGuess(email)) throw new Problem('RATE_LIMITED');
}

/** Read for our own purposes, and because the library writes what it cannot read to the terminal. */
function bodyOf(raw: unknown): Readonly<Record<string, unknown>> {
  if (raw === undefined) return {};
  try {
    return z.parse(Body, JSON.parse(String(raw)));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.core.$ZodError) {
      throw new Problem('BAD_REQUEST', 'the body is no JSON object');
    }
    throw error;
  }
}

/** What a page may be led to after the company's sign-in: one of ours. */
const OWN_PATH = /^\/(?![/\\])[\w/-]*$/;

function checked<B extends Readonly<Record<string, unknown>>>(body: B, allowed: readonly string[] = []): B {
  for (const [name, value] of Object.entries(body)) {
    if (!allowed.includes(name)) throw new Problem('BAD_REQUEST', 'the body holds more than it may');
    const leadsAway = name.endsWith('URL') && !OWN_PATH.test(String(value));
    if (leadsAway) throw new Problem('BAD_REQUEST', `${name} is no path of ours`);
  }
  return body;
}

const Body = z.record(z.string(), z.unknown());

/** None of the sender's forwarding headers: the library would believe them. */
const PASSED_ON = [
  'accept',
  'content-type',
  'cookie',
  'origin',
  'referer',
  'user-agent',
  'sec-fetch-site',
  'sec-fetch-mode',
  'sec-fetch-dest',
];

async function relay(
  req: FastifyRequest,
  reply: FastifyReply,
  { desk, publicUrl }: ApiDeps,
): Promise<FastifyReply> {
  const headers = new Headers();
  for (const name of PASSED_ON) {
    const value = req.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  const base = publicUrl ?? originOf(req.headers.host);
  const url = new URL(req.raw.url ?? '', base);
  const body = Buffer.isBuffer(req.body) ? new Uint8Array(req.body) : undefined;
  const auth = await desk.auth();
  const answer = await auth.handler(
    new Request(url, { method: req.method, headers, ...(body ? { body } : {}) }),
  );
  for (const [name, value] of answer.headers) if (name !== 'set-cookie') reply.header(name, value);
  for (const cookie of answer.headers.getSetCookie()) reply.header('set-cookie', cookie);
  reply.code(answer.status).header('cache-control', 'no-store');
  return reply.send(Buffer.from(await answer.arrayBuffer()));
}

/** The Host header is the sender's word: only what a host can look like. */
function originOf(host: string | undefined): string {
  const url = /^[A-Za-z0-9.:[\]-]{1,255}$/.test(host ?? '') ? URL.parse(`http://${host}`) : null;
  if (!url) throw new Problem('BAD_REQUEST', 'the Host header names no host');
  return url.origin;
}
