// For tests: a writerChild.ts that runs, and what it has said.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { StorageConfig } from '../../config.ts';
import type { Step } from './written.ts';

const CHILD = join(import.meta.dirname, 'writerChild.ts');

export class Writer {
  said = '';
  faults = '';
  readonly process: ChildProcess;
  /** The code or signal that it ended with. */
  readonly ended: Promise<unknown>;

  constructor({ dataDir, databaseUrl }: StorageConfig, rooms: number) {
    const env = { DATA_DIR: dataDir, DATABASE_URL: databaseUrl?.reveal() ?? '', ROOMS: String(rooms) };
    this.process = spawn(process.execPath, [CHILD], {
      // With the compiled code of earlier ones, where npm test keeps it, it starts in half the time.
      env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => (this.said += text));
    this.process.stderr?.setEncoding('utf8').on('data', (text: string) => (this.faults += text));
    this.ended = once(this.process, 'close').then(([code, signal]) => code ?? signal);
    onTestFinished(() => {
      this.process.kill('SIGKILL');
    });
  }

  /** Ids of the rooms of which it has said so, in whole lines. */
  ids(what: Step): string[] {
    return [...this.said.matchAll(new RegExp(`^${what} (\\S+)\n`, 'gm'))].map(([, id = '']) => id);
  }
}
