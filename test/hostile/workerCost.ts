// What the workers of one page cost the processor, and what they do for it: frames opened, sealed and dropped.
import type { Page } from '@playwright/test';
import { tracksSoFar } from '../harness/media.ts';
import { cpuMicros, processTree, type Thread, threadsOf } from '../harness/threads.ts';
import { until } from '../harness/until.ts';

type Cost = { readonly micros: number; readonly frames: number; readonly dropped: number };

/** Of every page of the browser, which this process has started. */
const workerThreads = (): Thread[] =>
  processTree(process.pid)
    .flatMap(threadsOf)
    .filter(({ name }) => name.startsWith('DedicatedWorker'));

/** Workers that were not there before `open`: those of the one page that it opens. */
export async function workersOf(open: () => Promise<unknown>): Promise<Thread[]> {
  const before = new Set(workerThreads().map(({ tid }) => tid));
  await open();
  return workerThreads().filter(({ tid }) => !before.has(tid));
}

/** So far. The time is that of both workers: the one with the group has next to nothing to do while nobody comes or goes. */
export async function costOf(page: Page, workers: readonly Thread[]): Promise<Cost> {
  const tracks = await tracksSoFar(page);
  const micros = workers.reduce((sum, thread) => sum + (cpuMicros(thread) ?? 0), 0);
  const frames = tracks.reduce((sum, track) => sum + track.frames, 0);
  const dropped = tracks.flatMap(({ drops }) => Object.values(drops)).reduce((sum, n) => sum + n, 0);
  return { micros, frames, dropped };
}

/** Enough that a kernel that counts in steps of 10 ms has counted some. */
const HONEST_FRAMES = 600;

/** Microseconds for each frame that is opened or sealed, while nothing else comes. Waits for some of them. */
export async function microsPerFrame(page: Page, workers: readonly Thread[]): Promise<number> {
  const before = await costOf(page, workers);
  const { micros, frames } = await until(async () => {
    const cost = since(before, await costOf(page, workers));
    return cost.frames >= HONEST_FRAMES && cost;
  });
  return micros / frames;
}

/** Microseconds for each frame that was dropped since, if all others have cost as much as they do by themselves. */
export async function microsPerDrop(
  page: Page,
  workers: readonly Thread[],
  { before, perFrame }: { before: Cost; perFrame: number },
): Promise<number> {
  const { micros, frames, dropped } = since(before, await costOf(page, workers));
  return (micros - frames * perFrame) / dropped;
}

const since = (before: Cost, now: Cost): Cost => ({
  micros: now.micros - before.micros,
  frames: now.frames - before.frames,
  dropped: now.dropped - before.dropped,
});
