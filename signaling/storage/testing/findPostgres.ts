// Where a Postgres for tests comes from: TEST_DATABASE_URL, or programs of this machine and a user that may run them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export type PostgresSource =
  /** A server that runs already; its user may create databases. */
  | { kind: 'server'; url: string }
  /** Put before a command, `as` runs it as a user that Postgres agrees to run as: not root. */
  | { kind: 'programs'; bin: string; as: readonly string[] };

const DEBIANS = '/usr/lib/postgresql';

export function findPostgres(env: NodeJS.ProcessEnv = process.env): PostgresSource | undefined {
  if (env.TEST_DATABASE_URL) return { kind: 'server', url: env.TEST_DATABASE_URL };
  const bin = programs(env);
  const as = unprivileged();
  return bin && as ? { kind: 'programs', bin, as } : undefined;
}

function programs(env: NodeJS.ProcessEnv): string | undefined {
  const versions = existsSync(DEBIANS) ? readdirSync(DEBIANS).sort((a, b) => Number(b) - Number(a)) : [];
  const debians = versions.map((version) => join(DEBIANS, version, 'bin'));
  const places = [...debians, ...(env.PATH ?? '').split(delimiter)];
  return places.find((place) =>
    ['initdb', 'pg_ctl', 'postgres'].every((name) => existsSync(join(place, name))),
  );
}

/** Debian's package brings the user; setpriv is on every Debian. */
function unprivileged(): readonly string[] | undefined {
  if (process.getuid?.() !== 0) return [];
  const users = existsSync('/etc/passwd') ? readFileSync('/etc/passwd', 'utf8') : '';
  if (!/^postgres:/m.test(users) || !existsSync('/usr/bin/setpriv')) return undefined;
  return ['/usr/bin/setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', '--'];
}
