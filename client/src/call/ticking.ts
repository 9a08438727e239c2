// Calls again and again, also while nobody looks at the page.
import { startTickWorker } from './trustedWorkers.ts';

/** Until the answer is called. */
export function startTicking(tick: () => void): () => void {
  const worker = startTickWorker();
  worker.addEventListener('message', tick);
  return () => worker.terminate();
}
