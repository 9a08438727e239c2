// How long somebody has been waiting, coarse: a clock that ticks in seconds makes hosts hurry.

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The server's clock may be ahead of ours: less than nothing is now. */
export function waiting(ms: number): string {
  if (ms < MINUTE_MS) return 'just now';
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`;
  return `${Math.floor(ms / HOUR_MS)} h`;
}
