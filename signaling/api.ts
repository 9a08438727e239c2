// HTTP under /api: the checks that all routes share, in one place, before any handler runs.
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod/mini';
import type { Scope } from '#protocol';
import type { AccountDesk } from './accounts/AccountDesk.ts';
import type { AddressLimits } from './accounts/AddressLimits.ts';
import type { KeyHolder, SignedIn } from './accounts/accounts.ts';
import { AuditBroken } from './audit/AuditBroken.ts';
import type { Log } from './log.ts';
import { sameOrigin } from './origin.ts';
import { Problem, type ProblemCode, problems, sendProblem } from './problem.ts';
import { isFromHere, type Proxies } from './proxies.ts';
import type { Once } from './rest/Once.ts';
import { type Answer, type Download, type Route, scopesOf } from './rest/route.ts';

export interface ApiDeps {
  readonly desk: AccountDesk;
  readonly proxies: Proxies;
  readonly limits: AddressLimits;
  readonly once: Pick<Once, 'run'>;
  readonly publicUrl: string | undefined;
  readonly log: Log;
}

/** Who asks, however that was shown. */
type Asking = SignedIn | KeyHolder | undefined;

const MAX_BODY_BYTES = 16 * 1024;
/** Ids of rooms and accounts, and names of ours. What is no such thing is the name of nothing. */
const PARAMETER = /^[A-Za-z0-9_-]{1,64}$/;
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/** For everything under /api: problem+json for what goes wrong, and who may ask at all. */
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
      exposeHeadRoute: false,
      handler: (req, reply) => answer(row, deps, req, reply),
    });
  }
}

async function answer(row: Route, deps: ApiDeps, req: FastifyRequest, reply: FastifyReply) {
  // A link on another site's page comes with cookies, and some answers are recorded as somebody's doing.
  if (/^(cross|same)-site$/.test(String(req.headers['sec-fetch-site']))) throw new Problem('WRONG_ORIGIN');
  const key = await keyHolder(req, deps);
  // A key speaks for itself: cookies that come with it count for nothing.
  const { signedIn, cookies } = key ? nobody : await deps.desk.signedIn(req.headers, true);
  for (const cookie of cookies) reply.header('set-cookie', cookie);
  const asking = key ?? signedIn;
  const refused = refusal(row, asking, deps.desk);
  if (refused) throw new Problem(refused);
  const call = callOf(req, { signedIn, asking, reply });
  const raw = { body: req.body, query: req.query };
  const work = () => row.handle(call, raw);
  const answered = row.creates ? await creating(row, { deps, req, reply, asking, work }) : await work();
  reply.header('cache-control', 'no-store');
  if (answered.kind === 'nothing') return reply.code(204).send();
  if (answered.kind === 'file') return sendFile(reply, answered.file);
  return reply.code(row.creates ? 201 : 200).send(answered.value);
}

interface Asked {
  readonly signedIn: SignedIn | undefined;
  readonly asking: Asking;
  readonly reply: FastifyReply;
}

function callOf(req: FastifyRequest, { signedIn, asking, reply }: Asked) {
  const somebody = () => {
    if (!asking) throw new Problem('SIGN_IN_REQUIRED');
    return asking;
  };
  return {
    caller: { signedIn, fromHere: isFromHere(req.raw) },
    params: paramsOf(req.params),
    account: () => {
      if (!signedIn) throw new Problem('SIGN_IN_REQUIRED');
      return signedIn;
    },
    asker: () => somebody().account,
    actor: () => {
      const who = somebody();
      return { by: who.account.id, ...('keyId' in who ? { key: who.keyId } : {}) };
    },
    answered: (run: () => void) => {
      // It closes once it is out, and when whoever waits for it goes away; it does not do so twice.
      if (reply.raw.closed) run();
      else reply.raw.once('close', run);
    },
  };
}

interface Creating {
  readonly deps: ApiDeps;
  readonly req: FastifyRequest;
  readonly reply: FastifyReply;
  readonly asking: Asking;
  work(): Promise<Answer>;
}

/** With an Idempotency-Key, once. */
async function creating(row: Route, { deps, req, reply, asking, work }: Creating): Promise<Answer> {
  const key = req.headers['idempotency-key'];
  if (key === undefined || !asking) return work();
  if (typeof key !== 'string' || !IDEMPOTENCY_KEY.test(key))
    throw new Problem('BAD_REQUEST', 'Idempotency-Key: 1 to 255 visible ASCII characters');
  const asked = { holder: asking.account.id, key, route: row.name, body: req.body };
  const { answer, again } = await deps.once.run(asked, async () => {
    const made = await work();
    return made.kind === 'json' ? made.value : null;
  });
  if (again) reply.header('idempotent-replayed', 'true');
  return { kind: 'json', value: answer };
}

/** The first piece before the head of the answer: what fails until then is a problem, what fails later breaks off the connection. */
async function sendFile(reply: FastifyReply, { type, name, chunks }: Download): Promise<FastifyReply> {
  const pieces = chunks[Symbol.asyncIterator]();
  let first: IteratorResult<string> | undefined = await pieces.next();
  // No generator: one that is given up before it has begun would not tell `pieces`.
  const all = {
    next: async () => {
      const next = first ?? (await pieces.next());
      first = undefined;
      return next;
    },
    return: async () => (await pieces.return?.()) ?? { done: true as const, value: undefined },
  };
  return reply
    .type(type)
    .header('content-disposition', `attachment; filename="${name}"`)
    .send(Readable.from({ [Symbol.asyncIterator]: () => all }, { objectMode: false }));
}

function paramsOf(raw: unknown): Readonly<Record<string, string>> {
  const params = z.safeParse(Params, raw);
  if (!params.success) throw new Problem('NOT_FOUND');
  return params.data;
}

const Params = z.record(z.string(), z.string().check(z.regex(PARAMETER)));

const nobody = { signedIn: undefined, cookies: [] };

async function keyHolder(req: FastifyRequest, { desk, limits }: ApiDeps): Promise<KeyHolder | undefined> {
  const { authorization } = req.headers;
  if (authorization === undefined) return undefined;
  const holder = await desk.keyHolder(authorization.replace(/^Bearer /i, ''));
  if (!holder) throw new Problem('BAD_KEY');
  if (!limits.takeKey(holder)) throw new Problem('RATE_LIMITED');
  return holder;
}

function refusal(
  row: Pick<Route, 'needs' | 'scope' | 'alsoScope'>,
  asking: Asking,
  desk: Pick<AccountDesk, 'mayMakeRooms'>,
): ProblemCode | undefined {
  const { needs } = row;
  if (asking && 'keyId' in asking && !opens(asking, scopesOf(row))) return 'SCOPE_REQUIRED';
  if (needs === 'nobody') return undefined;
  if (!asking) return 'SIGN_IN_REQUIRED';
  const { role } = asking.account;
  if (needs === 'admin') return role === 'admin' ? undefined : 'ROLE_REQUIRED';
  return needs === 'host' && !desk.mayMakeRooms(asking.account) ? 'ROLE_REQUIRED' : undefined;
}

const opens = (key: KeyHolder, scopes: readonly Scope[]): boolean =>
  scopes.length > 0 && scopes.every((scope) => key.scopes.includes(scope));

function answerError(error: unknown, reply: FastifyReply, log: Log): FastifyReply {
  if (error instanceof Problem) return sendProblem(reply, error.code, error.detail);
  if (error instanceof AuditBroken) {
    log.error({ err: error }, 'the audit log was changed in the database');
    return sendProblem(reply, 'AUDIT_BROKEN', error.message);
  }
  const status = statusOf(error);
  // Fastify's own: bodies that are too long or no JSON, and the like.
  if (status >= 400 && status < 500) return sendProblem(reply, codeFor(status));
  log.error({ err: error }, 'an HTTP request failed');
  return sendProblem(reply, 'INTERNAL');
}

const statusOf = (error: unknown): number =>
  error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;

function codeFor(status: number): ProblemCode {
  if (status === problems.TOO_LARGE.status) return 'TOO_LARGE';
  return status === problems.UNSUPPORTED_MEDIA_TYPE.status ? 'UNSUPPORTED_MEDIA_TYPE' : 'BAD_REQUEST';
}
