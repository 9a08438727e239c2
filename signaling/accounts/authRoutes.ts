// Hands requests to the sign-in library: those of this list and no others, for it has many more than we want.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod/mini';
import type { ApiDeps } from '../api.ts';
import { isCode, Problem, problems } from '../problem.ts';
import type { SignedIn } from './accounts.ts';
import type { How } from './auth.ts';
import type { OwnDeed, SignInRecords } from './SignInRecords.ts';
import { PROVIDER } from './singleSignOn.ts';

export type Handed = {
  readonly name: string;
  readonly doc: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly needs: 'nobody' | 'account';
  /** Counts as a try to sign in, of this kind. */
  readonly signIn?: How;
  /** What the audit log is told when it was done. */
  readonly records?: OwnDeed;
  /** What its body may hold; the library would take more. */
  readonly body?: readonly string[];
};

export const handed: readonly Handed[] = [
  {
    name: 'signIn',
    doc: 'Signs in with a password.',
    method: 'POST',
    path: '/sign-in/email',
    needs: 'nobody',
    signIn: 'password',
    body: ['email', 'password'],
  },
  {
    name: 'signOut',
    doc: 'Signs out here.',
    method: 'POST',
    path: '/sign-out',
    needs: 'nobody',
    records: 'sign-in:ended',
    body: [],
  },
  {
    name: 'changePassword',
    doc: 'Changes the password.',
    method: 'POST',
    path: '/change-password',
    needs: 'account',
    signIn: 'password-change',
    records: 'account:password-changed',
    body: ['currentPassword', 'newPassword', 'revokeOtherSessions'],
  },
  {
    name: 'beginPasskey',
    doc: 'What the browser needs to make a passkey.',
    method: 'GET',
    path: '/passkey/generate-register-options',
    needs: 'account',
  },
  {
    name: 'addPasskey',
    doc: 'Adds the passkey that the browser has made.',
    method: 'POST',
    path: '/passkey/verify-registration',
    needs: 'account',
    records: 'account:passkey-added',
    body: ['response', 'name'],
  },
  {
    name: 'beginPasskeySignIn',
    doc: 'What the browser needs to use a passkey.',
    method: 'GET',
    path: '/passkey/generate-authenticate-options',
    needs: 'nobody',
  },
  {
    name: 'signInWithPasskey',
    doc: 'Signs in with a passkey.',
    method: 'POST',
    path: '/passkey/verify-authentication',
    needs: 'nobody',
    signIn: 'passkey',
    body: ['response'],
  },
  {
    name: 'listPasskeys',
    doc: 'The passkeys of this account.',
    method: 'GET',
    path: '/passkey/list-user-passkeys',
    needs: 'account',
  },
  {
    name: 'deletePasskey',
    doc: 'Removes a passkey of this account.',
    method: 'POST',
    path: '/passkey/delete-passkey',
    needs: 'account',
    records: 'account:passkey-removed',
    body: ['id'],
  },
  {
    name: 'beginSingleSignOn',
    doc: 'Where to go for the company’s sign-in.',
    method: 'POST',
    path: '/sign-in/social',
    needs: 'nobody',
    signIn: 'single-sign-on',
    body: ['provider', 'callbackURL', 'errorCallbackURL'],
  },
  {
    name: 'endSingleSignOn',
    doc: 'Where the company’s sign-in sends people back to.',
    method: 'GET',
    path: `/callback/${PROVIDER}`,
    needs: 'nobody',
    signIn: 'single-sign-on',
  },
];

const MAX_BODY_BYTES = 16 * 1024;

export interface AuthRouteDeps extends ApiDeps {
  readonly records: SignInRecords;
}

export async function serveAuth(app: FastifyInstance, deps: AuthRouteDeps): Promise<void> {
  // The library parses for itself: what it gets is what came, and not more than may come.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_req, body, done) => done(null, body));
  for (const row of handed) {
    app.route({
      method: row.method,
      url: row.path,
      bodyLimit: MAX_BODY_BYTES,
      exposeHeadRoute: false,
      handler: (req, reply) => hand(row, deps, req, reply),
    });
  }
}

async function hand(row: Handed, deps: AuthRouteDeps, req: FastifyRequest, reply: FastifyReply) {
  const given = checked(bodyOf(req.body), row.body);
  const email = typeof given.email === 'string' ? given.email : undefined;
  if (row.signIn && row.method === 'POST') limit(email, req, deps);
  const signedIn = await whoAsks(row, req, deps);
  // What is typed there is the password of whoever is signed in, who need not be its owner.
  if (row.signIn === 'password-change' && signedIn && !deps.limits.takeGuess(signedIn.account.email))
    throw new Problem('RATE_LIMITED');
  const answer = await relay(req, deps);
  const wrong = await problemOf(answer, row);
  const account = signedIn?.account.id;
  if (row.signIn && wrong && mayBeNoted(row, req, deps))
    await deps.records.failed({ how: row.signIn, why: wrong.code, email, account });
  if (row.needs === 'nobody' && row.method === 'POST' && !wrong && signsIn(answer))
    deps.limits.returnSignIn(deps.proxies.addressOf(req.raw));
  if (row.records && !wrong && account) await deps.records.did(row.records, account);
  if (wrong && answer.status >= 400) throw wrong;
  return send(answer, reply);
}

const SESSION_COOKIE = /^(__Secure-)?in-camera\.session_token=[^;]/;
/** The only answers that do so: whoever made up a request earns nothing by it. */
const signsIn = (answer: Response): boolean =>
  answer.ok && answer.headers.getSetCookie().some((cookie) => SESSION_COOKIE.test(cookie));

function limit(email: string | undefined, req: FastifyRequest, { limits, proxies }: ApiDeps): void {
  if (!limits.takeSignIn(proxies.addressOf(req.raw))) throw new Problem('RATE_LIMITED');
  if (email !== undefined && !limits.takeGuess(email)) throw new Problem('RATE_LIMITED');
}

/** The way back is not limited, as that would count a sign-in twice: what strangers put into the audit log there is. */
function mayBeNoted({ method }: Handed, req: FastifyRequest, { limits, proxies }: ApiDeps): boolean {
  return method === 'POST' || limits.takeSignIn(proxies.addressOf(req.raw));
}

async function whoAsks(row: Handed, req: FastifyRequest, { desk }: ApiDeps): Promise<SignedIn | undefined> {
  if (row.needs === 'nobody' && !row.records) return undefined;
  const { signedIn } = await desk.signedIn(req.headers);
  if (row.needs === 'account' && !signedIn) throw new Problem('SIGN_IN_REQUIRED');
  return signedIn;
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

async function relay(req: FastifyRequest, { desk, publicUrl }: ApiDeps): Promise<Response> {
  const headers = new Headers();
  for (const name of PASSED_ON) {
    const value = req.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  const base = publicUrl ?? originOf(req.headers.host);
  const url = new URL(req.raw.url ?? '', base);
  const body = Buffer.isBuffer(req.body) ? new Uint8Array(req.body) : undefined;
  const auth = await desk.auth();
  return auth.handler(new Request(url, { method: req.method, headers, ...(body ? { body } : {}) }));
}

async function send(answer: Response, reply: FastifyReply): Promise<FastifyReply> {
  for (const [name, value] of answer.headers) if (name !== 'set-cookie') reply.header(name, value);
  for (const cookie of answer.headers.getSetCookie()) reply.header('set-cookie', cookie);
  reply.code(answer.status).header('cache-control', 'no-store');
  return reply.send(Buffer.from(await answer.arrayBuffer()));
}

const Refused = z.object({ code: z.string() });

/** What the library has refused, in a code of ours, which stays when the library is another one. */
async function problemOf(answer: Response, { signIn }: Handed): Promise<Problem | undefined> {
  if (answer.status < 400) return redirectProblem(answer);
  if (answer.status >= 500) return new Problem('INTERNAL');
  const refused = z.safeParse(Refused, await answer.json().catch(() => undefined));
  const code = refused.success ? refused.data.code : '';
  if (isCode(code)) return new Problem(code);
  // Its codes are words of its program, never what somebody sent.
  const detail = /^[A-Z_]{1,64}$/.test(code) ? code : undefined;
  if (answer.status === problems.NOT_FOUND.status) return new Problem('NOT_FOUND', detail);
  if (answer.status === problems.SIGN_IN_REQUIRED.status)
    return new Problem(signIn ? 'SIGN_IN_FAILED' : 'SIGN_IN_REQUIRED', detail);
  return new Problem('BAD_REQUEST', detail);
}

/** The way back from the company's sign-in tells the page in its address, not in its status. */
function redirectProblem(answer: Response): Problem | undefined {
  const to = answer.headers.get('location');
  const error = to === null ? null : URL.parse(to, 'http://here')?.searchParams.get('error');
  return error === null || error === undefined ? undefined : new Problem('SIGN_IN_FAILED');
}

/** The Host header is the sender's word: only what a host can look like. */
function originOf(host: string | undefined): string {
  const url = /^[A-Za-z0-9.:[\]-]{1,255}$/.test(host ?? '') ? URL.parse(`http://${host}`) : null;
  if (!url) throw new Problem('BAD_REQUEST', 'the Host header names no host');
  return url.origin;
}
