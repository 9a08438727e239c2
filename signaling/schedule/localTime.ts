// From the clock of a place to an instant and back, with the time zones that Node brings. Pure.
import { placeClocks } from '../placeClocks.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const clockOf = placeClocks({
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** How far the clock there is ahead of UTC. */
export function offsetAt(instant: number, timeZone: string): number {
  const part = Object.fromEntries(
    clockOf(timeZone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  const there = Date.UTC(year, month - 1, day, hour, minute, second);
  return there - Math.floor(instant / 1_000) * 1_000;
}

/**
 * When it is `local` there (`2026-12-01T10:00`, in Unix ms). As RFC 5545 (§ 3.3.5) has it: of a time that comes twice, the
 * first; and a time that is skipped is counted from before the gap.
 */
export function instantOf(local: string, timeZone: string): number {
  const asUtc = Date.parse(`${local}Z`);
  const before = offsetAt(asUtc - DAY_MS, timeZone);
  const first = asUtc - before;
  if (offsetAt(first, timeZone) === before) return first;
  const after = offsetAt(asUtc + DAY_MS, timeZone);
  const second = asUtc - after;
  return offsetAt(second, timeZone) === after ? second : first;
}

/** `2026-12-01T10:00:00` there. */
export const localAt = (instant: number, timeZone: string): string =>
  new Date(instant + offsetAt(instant, timeZone)).toISOString().slice(0, 19);
