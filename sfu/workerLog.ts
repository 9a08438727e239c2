// Lets mediasoup's own errors into our log, at most one a second: a worker in trouble repeats itself.
import { setLogEventListeners } from 'mediasoup';
import type { Logger } from 'pino';

const EVERY_MS = 1_000;

export function forwardWorkerLog(log: Logger): void {
  let lastAt = Number.NEGATIVE_INFINITY;
  let skipped = 0;
  setLogEventListeners({
    onerror: (source, message) => {
      const now = performance.now();
      if (now - lastAt < EVERY_MS) {
        skipped += 1;
        return;
      }
      log.error({ source, skipped }, message);
      lastAt = now;
      skipped = 0;
    },
  });
}
