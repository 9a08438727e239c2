// Waits until signaling says that it and an sfu are there.
import { setTimeout as delay } from 'node:timers/promises';

const LIMIT_MS = 30_000;
const PAUSE_MS = 50;

/** Undefined once GET /readyz answers 200, else why waiting ended. */
export async function waitUntilReady(url: string, quit: AbortSignal): Promise<string | undefined> {
  const deadline = Date.now() + LIMIT_MS;
  let last = 'nothing answered';
  while (Date.now() < deadline && !quit.aborted) {
    try {
      const response = await fetch(`${url}/readyz`, {
        signal: AbortSignal.any([quit, AbortSignal.timeout(2_000)]),
      });
      await response.body?.cancel();
      if (response.status === 200) return undefined;
      last = `the answer was ${response.status}`;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    await delay(PAUSE_MS);
  }
  return `${url}/readyz was not ready within ${LIMIT_MS / 1000} s (${last})`;
}
