// The processes that the launcher starts, and their contract:
//
// - They get their own session, so Ctrl-C reaches the launcher only, which stops them in order.
// - SIGTERM means: stop what you do and exit 0. What remains after GRACE_MS is killed with its whole process group.
// - fd 3 is an IPC channel that carries nothing. Its 'disconnect' means that the launcher is gone, even after
//   kill -9: exit at once (`process.on('disconnect', …)`).
import { type ChildProcess, spawn } from 'node:child_process';

/** Two children, one after the other, within the five seconds that a stop may take. */
const GRACE_MS = 2_000;

export type Child = {
  name: string;
  /** Resolves once, with words for how it ended. */
  ended: Promise<string>;
  stop: () => Promise<void>;
};

/** How a child has ended that was not killed and had no fault to report. */
export const IN_ORDER = 'exit code 0';

const started = new Set<ChildProcess>();

export function startChild(name: string, script: string, env: NodeJS.ProcessEnv): Child {
  const child = spawn(process.execPath, [script], {
    env,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: true,
  });
  started.add(child);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ? `ended by ${signal}` : `exit code ${code}`));
  });
  return { name, ended, stop: () => stop(child, ended) };
}

/** For somebody who will not wait for the order that stop() keeps. */
export function killChildren(): void {
  for (const child of started) killGroup(child);
}

async function stop(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => killGroup(child), GRACE_MS);
  await ended;
  clearTimeout(timer);
  // A child of the child (a media worker) may have outlived it.
  killGroup(child);
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    // Nobody is left in the group: what we want.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
