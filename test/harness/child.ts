// One child process of a test: started, its last words kept for the failure message, ended by its own pid.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

export type Child = {
  readonly process: ChildProcess;
  readonly pid: number;
  /** The last lines of stdout and stderr. */
  words(): string;
  exited(): boolean;
  /** Exited, and nobody here had ended it. */
  died(): boolean;
  /** Resolves with its exit code once it has ended by itself, as the test wants it to. */
  left(): Promise<number | null>;
  /** Resolves when it is gone. */
  end(signal?: NodeJS.Signals): Promise<void>;
};

const KEPT_CHARACTERS = 8_000;

export function startChild(file: string, env: Readonly<Record<string, string>>): Child {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const child = fork(file, [], {
    // Only what the process needs: a developer's environment must not decide a test.
    env: { PATH, HOME, NODE_COMPILE_CACHE, ...env },
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-KEPT_CHARACTERS);
    });
  }
  let ended = false;
  const exited = () => child.exitCode !== null || child.signalCode !== null;
  return {
    process: child,
    pid: child.pid ?? -1,
    words: () => said,
    exited,
    died: () => exited() && !ended,
    async left() {
      ended = true;
      if (!exited()) await once(child, 'exit');
      return child.exitCode;
    },
    async end(signal = 'SIGKILL') {
      if (exited()) return;
      ended = true;
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    },
  };
}

/** Direct children of a process by their command name (Linux). */
export function childrenNamed(parent: number, name: string): number[] {
  const found: number[] = [];
  for (const entry of readdirSync('/proc').filter((e) => /^\d+$/.test(e))) {
    const file = `/proc/${entry}/stat`;
    if (!existsSync(file)) continue;
    try {
      // pid (comm) state ppid …; comm is cut at 15 characters.
      const match = /^\d+ \((.*)\) \S (\d+) /.exec(readFileSync(file, 'utf8'));
      if (match && Number(match[2]) === parent && name.startsWith(match[1] ?? '?')) found.push(Number(entry));
    } catch (error) {
      // The process ended between the listing and the reading.
      if (!(error instanceof Error && 'code' in error)) throw error;
    }
  }
  return found;
}
