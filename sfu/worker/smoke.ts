// Whether a worker can do its work: a real DTLS handshake, in a process of its own so that no crash reaches the caller.
import { join } from 'node:path';
import { run } from './run.ts';

const LIMIT_MS = 20_000;

/** Undefined when the worker passed, else what went wrong. */
export async function smokeTest(workerBin: string, limitMs = LIMIT_MS): Promise<string | undefined> {
  const child = join(import.meta.dirname, 'smokeChild.ts');
  const { code, lines } = await run(process.execPath, [child, workerBin], { timeoutMs: limitMs });
  if (code === 0) return undefined;
  if (code === null) return `no DTLS handshake within ${limitMs / 1000} s`;
  return lines.at(-1) ?? `the test ended with ${code}`;
}
