// A worker that hangs.
import { createWorker } from 'mediasoup';
import { expect, it } from 'vitest';
import { until } from './testkit.ts';
import { watch } from './watchdog.ts';
import { obtainWorker } from './worker/obtain.ts';

async function watched(everyMs: number) {
  const worker = await createWorker({ workerBin: await obtainWorker(() => undefined) });
  let hung = 0;
  let died = false;
  worker.once('died', () => {
    died = true;
  });
  watch(worker, {
    everyMs,
    onHung: () => {
      hung += 1;
    },
  });
  return { worker, hung: () => hung, died: () => died };
}

it('a worker that no longer answers is ended, which its owner hears as its death', async () => {
  const { worker, hung, died } = await watched(100);
  process.kill(worker.pid, 'SIGSTOP');
  await until('it is ended', died);
  expect(hung()).toBe(1);
}, 60_000);

it('a worker that answers again in time lives on', async () => {
  const { worker, hung } = await watched(300);
  process.kill(worker.pid, 'SIGSTOP');
  const stopped = performance.now();
  await until('it has missed two', () => performance.now() - stopped > 650);
  process.kill(worker.pid, 'SIGCONT');
  await until('it has been asked often', () => performance.now() - stopped > 3_000);
  expect(hung()).toBe(0);
  expect(worker.closed).toBe(false);
  worker.close();
}, 60_000);
