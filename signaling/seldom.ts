// Keeps a log line that strangers can cause from filling the disk: written at most once in a while, with a count.
import type { Clock } from './clock.ts';

/** Calls `write` at most once in `everyMs`; what was skipped since is counted into the next one. */
export function seldom(clock: Clock, everyMs: number): (write: (skipped: number) => void) => void {
  let writtenAt = Number.NEGATIVE_INFINITY;
  let skipped = 0;
  return (write) => {
    const now = clock.now();
    if (now - writtenAt < everyMs) {
      skipped += 1;
      return;
    }
    writtenAt = now;
    write(skipped);
    skipped = 0;
  };
}
