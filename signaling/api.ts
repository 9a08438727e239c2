// Routes under /api/v1: a table of them in; each is checked in one place before its handler runs.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod/mini';
import type { Scope } from '#protocol';
import type { AccountDesk, Caller } from './accounts/AccountDesk.ts';
import type { AddressLimits } from './accounts/AddressLimits.ts';
import type { KeyHolder, SignedIn } from './accounts/accounts.ts';
import type { Log } from './log.ts';
import { sameOrigin } from './origin.ts';
import { Problem, type ProblemCode, problems, sendProblem } from './problem.ts';
import { isFromHere, type Proxies } from './proxies.ts';

export interface RouteCall<B> {
  readonly caller: Caller;
  readonly params: Readonly<Record<string, string>>;
  readonly body: B;
  /** Of a route that needs one. */
  account(): SignedIn;
}

/** Who may ask. There is no route without one. */
type Needs = 'nobody' | 'account' | 'admin';

/** Who asks, however that was shown. */
type Asking = SignedIn | KeyHolder | undefined;

interface RouteRow<B> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below /api/v1; `:name` is a parameter. */
  readonly path: string;
  readonly doc: string;
  readonly needs: Needs;
  /** An API key with it may be used here; without one, none may. */
  readonly scope?: Scope;
  readonly body?: z.ZodMiniType<B>;
  /** What it answers with, as JSON; `undefined` is 204. */
  run(call: RouteCall<B>): Promise<unknown>;
}

export interface Route {
  readonly method: RouteRow<unknown>['method'];
  readonly path: string;
  readonly doc: string;
  readonly needs: Needs;
  readonly scope?: Scope;
  readonly handle: (call: Omit<RouteCall<unknown>, 'body'>, body: unknown) => Promise<unknown>;
}

/** A row whose body has the type that its schema says. */
export function route<B = undefined>(row: RouteRow<B>): Route {
  const { body: schema, run, ...rest } = row;
  return {
    ...rest,
    handle: (call, raw) => run({ ...call, body: parseBody(schema, raw) }),
  };
}

export interface ApiDeps {
  readonly desk: AccountDesk;
  readonly proxies: Proxies;
  readonly limits: AddressLimits;
  readonly publicUrl: string | undefined;
  readonly log: Log;
}

const MAX_BODY_BYTES = 16 * 1024;
const MAX_PARAMETER = 100;

/** For everything under /api: problem+json for what goes wrong, and the checks that all of it shares. */
export function installRules(app: FastifyInstance, deps: ApiDeps): void {
  app.setErrorHandler((error: unknown, _req, reply) => answerError(error, reply, deps.log));
  app.removeContentTypeParser('text/plain');
  // The client's files are served at /*, and answer for what is in no table.
  app.all('/*', async () => {
    throw new Problem('NOT_FOUND');
  });
  app.addHook('onRequest', async (req) => {
    if (req.method !== 'GET' && !sameOrigin(req.headers, deps.publicUrl)) throw new Problem('WRONG_ORIGIN');
    if (!deps.limits.takeRequest(deps.proxies.addressOf(req.raw))) throw new Problem('RATE_LIMITED');
  });
}

export function serveRoutes(app: FastifyInstance, deps: ApiDeps, routes: readonly Route[]): void {
  for (const row of routes) {
    app.route({
      method: row.method,
      url: row.path,
      bodyLimit: MAX_BODY_BYTES,
      handler: (req, reply) => answer(row, deps, req, reply),
    });
  }
}

async function answer(row: Route, deps: ApiDeps, req: FastifyRequest, reply: FastifyReply) {
  const key = await keyHolder(req, deps);
  // A key speaks for itself: cookies that come with it count for nothing.
  const { signedIn, cookies } = key ? nobody : await deps.desk.signedIn(req.headers, true);
  for (const cookie of cookies) reply.header('set-cookie', cookie);
  const refused = refusal(row, key ?? signedIn);
  if (refused) throw new Problem(refused);
  const call = {
    caller: { signedIn, fromHere: isFromHere(req.raw) },
    params: z.parse(Params, req.params),
    account: () => {
      if (!signedIn) throw new Problem('SIGN_IN_REQUIRED');
      return signedIn;
    },
  };
  const result = await row.handle(call, req.body);
  reply.header('cache-control', 'no-store');
  return result === undefined ? reply.code(204).send() : reply.send(result);
}

const Params = z.record(z.string(), z.string().check(z.maxLength(MAX_PARAMETER)));

const nobody = { signedIn: undefined, cookies: [] };

async function keyHolder(req: FastifyRequest, { desk, limits }: ApiDeps): Promise<KeyHolder | undefined> {
  const { authorization } = req.headers;
  if (authorization === undefined) return undefined;
  const holder = await desk.keyHolder(authorization.replace(/^Bearer /i, ''));
  if (!holder) throw new Problem('BAD_KEY');
  if (!limits.takeKey(holder.keyId)) throw new Problem('RATE_LIMITED');
  return holder;
}

function refusal({ needs, scope }: Pick<Route, 'needs' | 'scope'>, asking: Asking): ProblemCode | undefined {
  if (asking && 'keyId' in asking && !(scope && asking.scopes.includes(scope))) return 'SCOPE_REQUIRED';
  if (needs === 'nobody') return undefined;
  if (!asking) return 'SIGN_IN_REQUIRED';
  return needs === 'admin' && asking.account.role !== 'admin' ? 'ROLE_REQUIRED' : undefined;
}

function parseBody<B>(schema: z.ZodMiniType<B> | undefined, raw: unknown): B {
  if (!schema) {
    if (raw !== undefined && raw !== null) throw new Problem('BAD_REQUEST', 'expected no body');
    // Without a schema, B is undefined.
    return undefined as B;
  }
  const parsed = z.safeParse(schema, raw);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Problem('BAD_REQUEST', `${issue?.path.map(String).join('.').slice(0, 80) ?? ''}: ${issue?.code}`);
}

function answerError(error: unknown, reply: FastifyReply, log: Log): FastifyReply {
  if (error instanceof Problem) return sendProblem(reply, error.code, error.detail);
  const status = statusOf(error);
  // Fastify's own: bodies that are too long or no JSON, and the like.
  if (status >= 400 && status < 500) return sendProblem(reply, codeFor(status));
  if (error instanceof z.core.$ZodError) return sendProblem(reply, 'BAD_REQUEST');
  log.error({ err: error }, 'an HTTP request failed');
  return sendProblem(reply, 'INTERNAL');
}

const statusOf = (error: unknown): number =>
  error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;

function codeFor(status: number): ProblemCode {
  if (status === problems.TOO_LARGE.status) return 'TOO_LARGE';
  return status === problems.UNSUPPORTED_MEDIA_TYPE.status ? 'UNSUPPORTED_MEDIA_TYPE' : 'BAD_REQUEST';
}
