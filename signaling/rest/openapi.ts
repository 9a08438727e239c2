// The document of the API (OpenAPI 3.1), written from the table of routes: what is in it is what is checked.
import * as z from 'zod/mini';
import { type Handed, handed } from '../accounts/authRoutes.ts';
import { type ProblemCode, ProblemDetails, problems } from '../problem.ts';
import { type Route, scopesOf } from './route.ts';
import { type JsonSchema, nameIn, Schemas } from './schemas.ts';

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  /** Who may ask: nobody in particular, any account, or the least role. */
  readonly 'x-needs': Route['needs'];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
}

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

export interface OpenApi {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Partial<Record<Method, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes: Readonly<Record<string, object>>;
  };
}

const ABOUT = [
  'Errors are application/problem+json with a code that never changes its meaning.',
  'Lists answer { items, next }: give next back as cursor for what follows; null is the end.',
  'Times are Unix milliseconds.',
  'An API key goes into the Authorization header (Bearer). It may what its account may, within its scopes.',
  'Requests that create something take an Idempotency-Key: the same again within a day gets the same answer, and makes nothing.',
].join('\n\n');

const AUTH_TAG = 'Signing in (for browsers)';

export function openApi(routes: readonly Route[], version: string): OpenApi {
  const [input, output] = [new Schemas('input'), new Schemas('output')];
  const problem = output.ref(ProblemDetails, 'Problem');
  const queries = new Map<string, string>();
  // All are named before any is converted, so that they refer to each other.
  const parts = routes.map((row) => named(row, { input, output, queries }));
  const known = { ...input.converted(), ...output.converted() };
  const paths: Record<string, Partial<Record<Method, Operation>>> = {};
  for (const [i, row] of routes.entries()) {
    const query = known[queries.get(row.name) ?? ''];
    add(paths, `/api/v1${row.path}`, row, operation(row, { ...parts[i], query, problem }));
  }
  for (const row of handed) add(paths, `/api/auth${row.path}`, row, handedOperation(row, problem));
  return {
    openapi: '3.1.0',
    info: { title: 'In Camera', version, description: ABOUT },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map(({ tag }) => tag)), AUTH_TAG].map((name) => ({ name })),
    paths,
    components: {
      schemas: referredTo(paths, known),
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'in-camera.session_token' },
        key: { type: 'http', scheme: 'bearer', description: 'An API key.' },
      },
    },
  };
}

interface Parts {
  readonly body?: JsonSchema | undefined;
  readonly answer?: JsonSchema | undefined;
  readonly files?: readonly { readonly type: string; readonly schema: JsonSchema }[] | undefined;
}

interface Naming {
  readonly input: Schemas;
  readonly output: Schemas;
  readonly queries: Map<string, string>;
}

function named(row: Route, { input, output, queries }: Naming): Parts {
  const name = row.name.charAt(0).toUpperCase() + row.name.slice(1);
  if (row.query) queries.set(row.name, nameIn(input.ref(row.query, `${name}Query`).$ref));
  return {
    body: row.body && input.ref(row.body, `${name}Body`),
    answer: row.answer && output.ref(row.answer, `${name}Answer`),
    files: row.files?.map(({ type, schema }) => ({
      type,
      schema: schema ? output.ref(schema, `${name}File`) : { type: 'string' },
    })),
  };
}

function add(
  paths: Record<string, Partial<Record<Method, Operation>>>,
  path: string,
  { method }: Pick<Route, 'method'>,
  operation: Operation,
): void {
  const place = path.replace(/:(\w+)/g, '{$1}');
  paths[place] = { ...paths[place], [METHODS[method]]: operation };
}

const METHODS = { GET: 'get', POST: 'post', PUT: 'put', PATCH: 'patch', DELETE: 'delete' } as const;

function operation(
  row: Route,
  { body, answer, files, query, problem }: Parts & { query: JsonSchema | undefined; problem: JsonSchema },
): Operation {
  const [summary = '', ...more] = row.doc.split(/(?<=\.) /);
  const optional = row.body !== undefined && z.safeParse(row.body, undefined).success;
  return {
    operationId: row.name,
    tags: [row.tag],
    summary,
    ...(more.length > 0 && { description: more.join(' ') }),
    security: securityOf(row),
    'x-needs': row.needs,
    parameters: [...pathParameters(row), ...queryParameters(query), ...headers(row)],
    ...(body && { requestBody: { required: !optional, content: { 'application/json': { schema: body } } } }),
    responses: { ...success(row, answer, files), ...failures(problemsOf(row), problem) },
  };
}

function securityOf(row: Pick<Route, 'needs' | 'scope' | 'alsoScope'>): Operation['security'] {
  if (row.needs === 'nobody') return [{}];
  const scopes = scopesOf(row);
  return [{ session: [] }, ...(scopes.length > 0 ? [{ key: scopes }] : [])];
}

const pathParameters = ({ path }: Pick<Route, 'path'>): Parameter[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
  }));

function queryParameters(query: JsonSchema | undefined): Parameter[] {
  return Object.entries(query?.properties ?? {}).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: query?.required?.includes(name) ?? false,
    ...(description !== undefined && { description }),
    schema,
  }));
}

const headers = ({ creates }: Pick<Route, 'creates'>): Parameter[] =>
  creates
    ? [
        {
          name: 'Idempotency-Key',
          in: 'header',
          required: false,
          description: 'Of your own making, another one for each thing.',
          schema: { type: 'string', pattern: '^[!-~]{1,255}$' },
        },
      ]
    : [];

function success(row: Route, answer: JsonSchema | undefined, files: Parts['files']): Operation['responses'] {
  if (files) {
    const content = Object.fromEntries(files.map(({ type, schema }) => [type, { schema }]));
    return { 200: { description: 'A file.', content } };
  }
  if (!answer) return { 204: { description: 'Done.' } };
  const content = { 'application/json': { schema: answer } };
  return row.creates
    ? { 201: { description: 'Made.', content } }
    : { 200: { description: 'Done.', content } };
}

function problemsOf(row: Route): ProblemCode[] {
  const codes: ProblemCode[] = ['BAD_REQUEST', 'WRONG_ORIGIN', 'RATE_LIMITED', 'INTERNAL'];
  if (row.needs !== 'nobody') codes.push('SIGN_IN_REQUIRED');
  if (row.needs === 'host' || row.needs === 'admin') codes.push('ROLE_REQUIRED');
  codes.push('BAD_KEY', 'SCOPE_REQUIRED');
  if (row.path.includes(':')) codes.push('NOT_FOUND');
  if (row.body) codes.push('TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE');
  if (row.creates) codes.push('STILL_WORKING', 'KEY_REUSED');
  return [...codes, ...(row.problems ?? [])];
}

function failures(codes: readonly ProblemCode[], problem: JsonSchema): Operation['responses'] {
  const byStatus = Map.groupBy(new Set(codes), (code) => problems[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, some]) => [
      status,
      {
        description: some.map((code) => `${code}: ${problems[code].title}`).join('\n\n'),
        content: { 'application/problem+json': { schema: problem } },
      },
    ]),
  );
}

/** What the library checks for itself is not known here in detail. */
function handedOperation(row: Handed, problem: JsonSchema): Operation {
  const codes: ProblemCode[] = ['BAD_REQUEST', 'RATE_LIMITED', 'INTERNAL'];
  if (row.signIn) codes.push('SIGN_IN_FAILED', 'ACCOUNT_DISABLED');
  if (row.needs === 'account') codes.push('SIGN_IN_REQUIRED');
  const properties = Object.fromEntries((row.body ?? []).map((name) => [name, {}]));
  const schema = { type: 'object', properties, additionalProperties: false };
  return {
    operationId: row.name,
    tags: [AUTH_TAG],
    summary: row.doc,
    security: securityOf(row),
    'x-needs': row.needs,
    parameters: [],
    ...(row.body && { requestBody: { required: true, content: { 'application/json': { schema } } } }),
    responses: { 200: { description: 'Done.' }, ...failures(codes, problem) },
  };
}

/** Of all schemas, those that the paths lead to. */
function referredTo(
  paths: OpenApi['paths'],
  known: Readonly<Record<string, JsonSchema>>,
): Readonly<Record<string, JsonSchema>> {
  const found = new Map<string, JsonSchema>();
  const follow = (part: unknown) => {
    for (const [, ref = ''] of JSON.stringify(part).matchAll(/"\$ref":"([^"]+)"/g)) {
      const name = nameIn(ref);
      const schema = known[name];
      if (!schema || found.has(name)) continue;
      found.set(name, schema);
      follow(schema);
    }
  };
  follow(paths);
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}
