// Reads configuration from environment variables: a table of fields in, values or one line per wrong field out.
// Not part of index.ts: it is for the server processes and the launcher, never for the browser.
import * as z from 'zod/mini';

export type Env = Readonly<Record<string, string | undefined>>;

type Field<T> = {
  /** Parses the text; `undefined` means that the variable is absent. */
  schema: z.ZodMiniType<T, string | undefined>;
  /** Completes "expected …". */
  expected: string;
  /** The value given must not be repeated anywhere. */
  secret: boolean;
};
export type FieldTable = Readonly<Record<string, Field<unknown>>>;
export type Values<T extends FieldTable> = { [N in keyof T]: T[N] extends Field<infer V> ? V : never };

/** A text that neither a log line nor an error can show by accident: it is read with reveal() only. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '(not shown)';
  }

  toJSON(): string {
    return this.toString();
  }
}

/** All wrong fields at once, so that nobody fixes one only to meet the next. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

export function field<T>(expected: string, schema: z.ZodMiniType<T, string | undefined>): Field<T> {
  return { schema, expected, secret: false };
}

export function secretField<T>(expected: string, schema: z.ZodMiniType<T, string | undefined>): Field<T> {
  return { schema, expected, secret: true };
}

/** A whole number within bounds; `fallback` when absent. */
export function wholeNumber(bounds: { min: number; max: number; fallback: number }): Field<number> {
  const { min, max, fallback } = bounds;
  const inBounds = z.number().check(z.gte(min), z.lte(max));
  const schema = z._default(
    z.pipe(z.pipe(z.string().check(z.regex(/^\d{1,9}$/)), z.transform(Number)), inBounds),
    fallback,
  );
  return field(`a whole number from ${min} to ${max}`, schema);
}

/** An http or https URL without path, reduced to its origin. */
export const origin = z.pipe(
  z.string().check(z.refine((text) => originOf(text) !== undefined)),
  z.transform((text) => originOf(text) ?? ''),
);

function originOf(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url || !['http:', 'https:'].includes(url.protocol)) return undefined;
  const bare = url.pathname === '/' && !url.search && !url.hash && !url.username && !url.password;
  return bare ? url.origin : undefined;
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** Fields that more than one process reads. The secret's bounds are those of SfuHello in sfu.ts. */
export const sharedFields = {
  SFU_SECRET: secretField('16 to 256 characters', z.string().check(z.minLength(16), z.maxLength(256))),
  LOG_LEVEL: field(`one of ${LOG_LEVELS.join(', ')}`, z._default(z.enum(LOG_LEVELS), 'info')),
};

/** Throws ConfigError with one line per wrong field. An empty variable counts as absent, as in compose files. */
export function parseEnv<T extends FieldTable>(table: T, env: Env): Values<T> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, entry] of Object.entries(table)) {
    const given = env[name] === '' ? undefined : env[name];
    const parsed = z.safeParse(entry.schema, given);
    if (parsed.success) values[name] = parsed.data;
    else problems.push(problemLine({ name, given, expected: entry.expected, secret: entry.secret }));
  }
  if (problems.length > 0) throw new ConfigError(problems);
  // Every name of the table was just filled by that name's own schema.
  return values as Values<T>;
}

export function problemLine(p: {
  name: string;
  given: string | undefined;
  expected: string;
  secret?: boolean;
}): string {
  return `${p.name}: given ${shown(p.given, p.secret === true)}, expected ${p.expected}.`;
}

function shown(given: string | undefined, secret: boolean): string {
  if (given === undefined) return 'nothing';
  if (secret) return `${given.length} characters (not shown)`;
  return JSON.stringify(given.length > 100 ? `${given.slice(0, 100)}…` : given);
}

/** For a process's main: the configuration, or its problems on stderr and exit code 1 without a stack trace. */
export function loadOrExit<T>(load: (env: Env) => T): T {
  try {
    return load(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`The configuration is wrong:\n  ${error.problems.join('\n  ')}\n`);
    process.exit(1);
  }
}
