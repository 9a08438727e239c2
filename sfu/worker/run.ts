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

let stopped = false;

/** Ends every program that run() has under way, and lets it start no more: each resolves as killed. */
export function stopRunning(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): void {
  stopped = true;
  for (const child of running) child.kill(signal);
}

export const toldToStop = (): boolean => stopped;

/** `report` until we are told to stop: what ends then has not failed, and nobody need hear that it did. */
export function untilStopped(report: (line: string) => void): (line: string) => void {
  return (line) => {
    if (!stopped) report(line);
  };
}

/** For a command that waits for run(): told to stop, it ends what it started and then itself, as for any failure. */
export function stopRunningOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopRunning());
}

/** Never rejects: a program that does not exist is a Ran whose lines say so. */
export function run(command: string, args: readonly string[], options: Options = {}): Promise<Ran> {
  const { onLine = () => undefined, timeoutMs, ...where } = options;
  if (stopped) return Promise.resolve({ code: null, lines: [`${command} was not started: told to stop`] });
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
