// Which lifetimes are on offer: few, within what the server allows.
import type { Terms } from '../call/model.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const COMMON = [HOUR_MS, 4 * HOUR_MS, DAY_MS, 7 * DAY_MS, 30 * DAY_MS];
const LONGER = [HOUR_MS, DAY_MS, 7 * DAY_MS];

/** For a new room, shortest first; what the server suggests is always among them. */
export function lifetimesFor({ longestMs, usualMs }: Pick<Terms, 'longestMs' | 'usualMs'>): number[] {
  const all = new Set([...COMMON.filter((ms) => ms < longestMs), usualMs, longestMs]);
  return [...all].toSorted((a, b) => a - b);
}

/** By how much the end can be moved, shortest first; the last one to the latest end. Empty: not at all. */
export function extensionsFor(room: { expiresAt: number; latestEnd: number }): number[] {
  const most = room.latestEnd - room.expiresAt;
  if (most <= 0) return [];
  const some = LONGER.filter((ms) => ms < most);
  return some.length === LONGER.length ? some : [...some, most];
}
