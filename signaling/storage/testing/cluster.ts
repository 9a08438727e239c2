// A Postgres cluster that is thrown away: made in a second, heard on a socket in its own directory only, and gone when told,
// or when the process that wanted it is gone, even after kill -9.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { PostgresSource } from './findPostgres.ts';

export interface Cluster {
  readonly url: string;
  stop(): Promise<void>;
}

/** `cat` ends when the pipe to the test does. Nobody may be left to hear the other words: that must not end the shell. */
const SCRIPT = `
set -eu
bin=$1
dir=$(mktemp -d "\${TMPDIR:-/tmp}/in-camera-postgres-XXXXXX")
end() {
  [ ! -f data/postmaster.pid ] || "$bin/pg_ctl" -D data -w -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$dir"
}
trap end EXIT
trap '' PIPE
cd "$dir"
"$bin/initdb" -D data -U postgres -A trust -E UTF8 --locale=C --no-sync >log 2>&1 || { cat log >&2; exit 1; }
options="-c listen_addresses= -c unix_socket_directories='$dir' -c fsync=$2 -c max_connections=200 -c shared_buffers=16MB"
"$bin/pg_ctl" -D data -w -t 60 -l log -o "$options" start >/dev/null || { cat log >&2; exit 1; }
echo "$dir"
cat >/dev/null || true
`;

/** `durable`: waits for the disk at each commit, as a real one does. */
export async function startCluster(
  { bin, as }: Extract<PostgresSource, { kind: 'programs' }>,
  { durable = false } = {},
): Promise<Cluster> {
  const [command = 'sh', ...args] = [...as, '/bin/sh', '-c', SCRIPT, 'sh', bin, durable ? 'on' : 'off'];
  // Detached: Ctrl-C in the terminal must not end the shell before it has cleaned up.
  const shell = spawn(command, args, { cwd: '/', detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  let reason = '';
  shell.stderr.setEncoding('utf8').on('data', (text: string) => (reason += text));
  const gone = once(shell, 'close');
  const [first] = await Promise.race([once(createInterface({ input: shell.stdout }), 'line'), gone]);
  if (typeof first !== 'string') throw new Error(`the cluster for tests did not start: ${reason}`);
  return {
    url: `postgres://postgres@localhost/postgres?host=${encodeURIComponent(first)}`,
    async stop() {
      shell.stdin.end();
      await gone;
    },
  };
}
