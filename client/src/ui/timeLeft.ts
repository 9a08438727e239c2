// A stretch of time in words, coarse while it is long and exact when it is short.

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const plural = (count: number, unit: string) => `${count} ${unit}${count === 1 ? '' : 's'}`;

export function timeLeft(leftMs: number): string {
  if (leftMs <= 0) return 'none';
  if (leftMs < MINUTE_MS) return plural(Math.ceil(leftMs / SECOND_MS), 'second');
  if (leftMs < HOUR_MS) return plural(Math.floor(leftMs / MINUTE_MS), 'minute');
  const [big, bigMs, small, smallMs] =
    leftMs < DAY_MS
      ? (['hour', HOUR_MS, 'minute', MINUTE_MS] as const)
      : (['day', DAY_MS, 'hour', HOUR_MS] as const);
  const bigs = Math.floor(leftMs / bigMs);
  const smalls = Math.floor((leftMs % bigMs) / smallMs);
  return smalls === 0 ? plural(bigs, big) : `${plural(bigs, big)} ${plural(smalls, small)}`;
}
