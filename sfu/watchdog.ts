// Ends a worker that lives but no longer answers, so that it is replaced like one that died.
import type { types } from 'mediasoup';

/** More: people stare at frozen pictures longer. Less: a machine under load loses meetings that would have gone on. */
const EVERY_MS = 4_000;
/** Ticks without an answer. More than one, because after a suspended machine wakes the timer comes before the answer. */
const MAX_MISSED = 3;

interface WatchOptions {
  readonly everyMs?: number;
  readonly onHung: () => void;
}

/** Until the worker closes. */
export function watch(worker: types.Worker, { everyMs = EVERY_MS, onHung }: WatchOptions): void {
  let missed = 0;
  const answered = () => {
    missed = 0;
  };
  const timer = setInterval(() => {
    missed += 1;
    if (missed > MAX_MISSED) {
      clearInterval(timer);
      onHung();
      process.kill(worker.pid, 'SIGKILL');
      return;
    }
    // A rejection means that it has closed, and then nobody waits for it.
    worker.getResourceUsage().then(answered, answered);
  }, everyMs);
  timer.unref();
  worker.observer.once('close', () => clearInterval(timer));
}
