// How long rooms may live here: what the configuration says, which policies (policy/rules.ts) go below.
import { MIN_LIFETIME_MS, type Push } from '#protocol';
import { imposedBy, type Rules } from './policy/rules.ts';
import type { Room } from './rooms.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

export interface Lifetimes {
  /** From when it was made; hosts cannot extend a room beyond it. Lowered, it bounds extensions of rooms that exist, too. */
  readonly longestMs: number;
  /** What is suggested to whoever makes a room. */
  readonly usualMs: number;
}

export const DEFAULT_LIFETIMES: Lifetimes = { longestMs: 30 * DAY_MS, usualMs: DAY_MS };

const UNITS = { m: 60_000, h: 60 * 60_000, d: DAY_MS } as const;

/** Of `90m`, `24h` or `7d`: milliseconds; NaN of anything else. */
export function durationMs(text: string): number {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const ms = unit === 'm' || unit === 'h' || unit === 'd' ? Number(count) * UNITS[unit] : Number.NaN;
  return ms >= MIN_LIFETIME_MS ? ms : Number.NaN;
}

/** The earlier of what the rules allow, and of what an admin has said of this room. */
export const latestEndOf = (room: Pick<Room, 'createdAt' | 'cap'>, { maxLifetimeMs }: Rules): number =>
  Math.min(room.createdAt + maxLifetimeMs, room.cap ?? Number.POSITIVE_INFINITY);

/** For whoever founds its next meeting. */
export function factsOf(room: Room, rules: Rules): Omit<Push<'group:found'>, 'meetingId'> {
  const { expiresAt, extension } = room;
  const facts = { expiresAt, latestEnd: latestEndOf(room, rules), imposed: imposedBy(rules) };
  return extension ? { ...facts, extended: Uint8Array.from(extension) } : facts;
}
