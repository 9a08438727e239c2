// One row of the table of routes: who may ask, what may come, what is answered. Nothing in it is optional to the checks:
// api.ts makes them for every row, and the document of the API (openapi.ts) is written from the same rows.
import * as z from 'zod/mini';
import type { Account, Scope } from '#protocol';
import type { Caller } from '../accounts/AccountDesk.ts';
import type { SignedIn } from '../accounts/accounts.ts';
import type { Actor } from '../audit/events.ts';
import { Problem, type ProblemCode } from '../problem.ts';

/** Who may ask. There is no route without one. host: whoever may create rooms. */
export type Needs = 'nobody' | 'account' | 'host' | 'admin';

export interface RouteCall<B, Q> {
  readonly caller: Caller;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Q;
  readonly body: B;
  /** Of a route that needs an account and takes no key. */
  account(): SignedIn;
  /** Whoever asks, by session or by key. */
  asker(): Account;
  /** The same, as the audit log names it. */
  actor(): Actor;
  /** Runs it once the answer has gone out, or nobody is there any more to take one. */
  answered(run: () => void): void;
}

/** A file that is made while it is sent. */
export interface Download {
  readonly type: string;
  readonly name: string;
  readonly chunks: AsyncIterable<string>;
}

export type Tag =
  | 'Own account'
  | 'Accounts'
  | 'Rooms'
  | 'Policy'
  | 'Audit log'
  | 'Webhooks'
  | 'Sign-in'
  | 'Live'
  | 'Erasing';

interface Told {
  /** In the document of the API, and for programs made from it: a verb and what it is done to. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below /api/v1; `:name` is a parameter. */
  readonly path: string;
  readonly tag: Tag;
  /** The first sentence is the summary. */
  readonly doc: string;
  readonly needs: Needs;
  /** An API key with it may be used here; without one, none may. */
  readonly scope?: Scope;
  /** A key needs this one, too. */
  readonly alsoScope?: Scope;
  /** What it may answer beside what all routes may. */
  readonly problems?: readonly ProblemCode[];
  /** It makes something: answered 201, and it takes an Idempotency-Key. */
  readonly creates?: true;
}

interface RouteRow<B, Q, A> extends Told {
  readonly body?: z.ZodMiniType<B>;
  readonly query?: z.ZodMiniType<Q>;
  /** Without one it answers 204. */
  readonly answer?: z.ZodMiniType<A>;
  run(call: RouteCall<B, Q>): Promise<A>;
}

interface FileRow<Q> extends Told {
  readonly query?: z.ZodMiniType<Q>;
  /** Media types, and the schema of the one that is JSON. */
  readonly files: readonly { readonly type: string; readonly schema?: z.ZodMiniType }[];
  run(call: RouteCall<undefined, Q>): Promise<Download>;
}

export type Answer =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'file'; readonly file: Download };

export interface Route extends Told {
  readonly body?: z.ZodMiniType;
  readonly query?: z.ZodMiniType;
  readonly answer?: z.ZodMiniType;
  readonly files?: FileRow<unknown>['files'];
  /** Checks what came and what is answered. Throws a Problem for what came. */
  readonly handle: (
    call: Omit<RouteCall<unknown, unknown>, 'body' | 'query'>,
    raw: { readonly body: unknown; readonly query: unknown },
  ) => Promise<Answer>;
}

/** What a key must have, all of them; without any, no key may be used. */
export const scopesOf = ({ scope, alsoScope }: Pick<Told, 'scope' | 'alsoScope'>): readonly Scope[] =>
  [scope, alsoScope].filter((each) => each !== undefined);

export type NoQuery = Readonly<Record<string, never>>;

export function route<B = undefined, Q = NoQuery, A = void>(row: RouteRow<B, Q, A>): Route {
  const { run, ...told } = row;
  return {
    ...told,
    async handle(call, raw) {
      const query = parseQuery(row.query, raw.query);
      const value = await run({ ...call, query, body: parseBody(row.body, raw.body) });
      return answerOf(row, value);
    },
  };
}

export function fileRoute<Q = NoQuery>(row: FileRow<Q>): Route {
  const { run, ...told } = row;
  return {
    ...told,
    async handle(call, raw) {
      const query = parseQuery(row.query, raw.query);
      return { kind: 'file', file: await run({ ...call, query, body: parseBody(undefined, raw.body) }) };
    },
  };
}

/** A field that no schema names does not leave: better a fault of ours than a row of the database. */
function answerOf({ name, answer }: Pick<Route, 'name' | 'answer'>, value: unknown): Answer {
  if (!answer) {
    if (value !== undefined) throw new Error(`${name} answers without a schema`);
    return { kind: 'nothing' };
  }
  const parsed = z.safeParse(answer, value);
  if (!parsed.success) throw new Error(`the answer of ${name} has the wrong shape`, { cause: parsed.error });
  return { kind: 'json', value: parsed.data };
}

function parseBody<B>(schema: z.ZodMiniType<B> | undefined, raw: unknown): B {
  if (schema) return parse(schema, raw, 'body');
  if (raw !== undefined) throw new Problem('BAD_REQUEST', 'expected no body');
  // Without a schema, B is undefined.
  return undefined as B;
}

const Nothing = z.strictObject({});

function parseQuery<Q>(schema: z.ZodMiniType<Q> | undefined, raw: unknown): Q {
  if (schema) return parse(schema, raw, 'query');
  parse(Nothing, raw, 'query');
  // Without a schema, Q is NoQuery.
  return {} as Q;
}

/** Says where it is wrong; what was given is not repeated, beyond names of fields. */
function parse<T>(schema: z.ZodMiniType<T>, raw: unknown, where: string): T {
  const parsed = z.safeParse(schema, raw);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = [where, ...(issue?.path.map(String) ?? [])].join('.');
  throw new Problem('BAD_REQUEST', `${path.slice(0, 80)}: ${issue?.code ?? 'malformed'}`);
}
