// Runs a program to its end, with its output in lines.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

type Options = {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  timeoutMs?: number;
  onLine?: (line: string) => void;
};
export type Ran = {
  /** Null when it was killed by a signal, timed out or could not be started. */
  code: number | null;
  lines: readonly string[];
};

const running = new Set<ChildProcess>();

/** Ends every program that run() has under way; each then resolves as killed. */
export function stopRunning(): void {
  for (const child of running) child.kill('SIGTERM');
}

/** Never rejects: a program that does not exist is a Ran whose lines say so. */
export function run(command: string, args: readonly string[], options: Options = {}): Promise<Ran> {
  const { onLine = () => undefined, timeoutMs, ...where } = options;
  const lines: string[] = [];
  const keep = (line: string) => {
    lines.push(line);
    onLine(line);
  };
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      ...where,
      stdio: ['ignore', 'pipe', 'pipe'],
      killSignal: 'SIGKILL',
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
    });
    running.add(child);
    createInterface({ input: child.stdout }).on('line', keep);
    createInterface({ input: child.stderr }).on('line', keep);
    child.on('error', (error) => {
      running.delete(child);
      resolve({ code: null, lines: [...lines, error.message] });
    });
    child.on('close', (code, signal) => {
      running.delete(child);
      if (signal) lines.push(`${command} was ended by ${signal}`);
      resolve({ code, lines });
    });
  });
}

/** Whether a program with these arguments ends well. */
export async function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  return (await run(command, args)).code === 0;
}
