// Runs a program in our terminal to its end; hands signals on and waits for it to obey.
import { spawn } from 'node:child_process';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

type Ended = { code: number | null; interrupted: boolean };
type Place = { cwd: string; env: NodeJS.ProcessEnv };

export function inForeground([command = '', ...args]: readonly string[], place: Place): Promise<Ended> {
  const child = spawn(command, args, { ...place, stdio: ['ignore', 'inherit', 'inherit'] });
  let interrupted = false;
  const pass = (signal: NodeJS.Signals) => {
    interrupted = true;
    child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, pass);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      for (const signal of SIGNALS) process.off(signal, pass);
      resolve({ code, interrupted });
    });
  });
}
