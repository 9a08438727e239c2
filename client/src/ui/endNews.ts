// What is read out of a room's end: when ten and when two minutes are left, and when it was moved.
import type { SecurityModel } from '../call/model.ts';
import { timeLeft } from './timeLeft.ts';

const MINUTE_MS = 60_000;
export const SOON_MS = 10 * MINUTE_MS;
const VERY_SOON_MS = 2 * MINUTE_MS;

export interface End {
  readonly expiresAt: number;
  readonly leftMs: number;
  /** It is not the room that ends, but the hours at which people meet. */
  readonly byHours: boolean;
}

/** What comes first. Hours that are over by the server's word, while the meeting goes on, hide nothing of the room's own end. */
export function endOf(s: Pick<SecurityModel, 'expiresAt' | 'closesAt'>, now: number): End {
  const closesAt = s.closesAt !== null && s.closesAt > now ? s.closesAt : Number.POSITIVE_INFINITY;
  const byHours = closesAt < s.expiresAt;
  const expiresAt = byHours ? closesAt : s.expiresAt;
  return { expiresAt, leftMs: expiresAt - now, byHours };
}

export const leftWords = (time: string, { byHours }: Pick<End, 'byHours'>): string =>
  byHours ? `${time} left: people meet at set hours here` : `${time} left in this room`;

const stage = (ms: number) => (ms <= VERY_SOON_MS ? 2 : ms <= SOON_MS ? 1 : 0);

/** `before` is undefined for whoever has just come in. Empty: nothing to say. */
export function endNews(before: End | undefined, end: End): string[] {
  const { expiresAt, leftMs, byHours } = end;
  if (leftMs <= 0) return [];
  const later = before && before.byHours === byHours && expiresAt > before.expiresAt;
  if (later && !byHours && before.leftMs > 0) return [`The room lives longer now: ${timeLeft(leftMs)} left.`];
  // Thresholds are crossed within a second of their time: say the round number then.
  return stage(leftMs) > (before ? stage(before.leftMs) : 0) ? [`${leftWords(roundly(leftMs), end)}.`] : [];
}

/** To everybody, on the screen, too: only an admin makes it earlier, by a rule or for this room; the page does not know which. Null: it is not. */
export function shortenedNews(
  before: Pick<End, 'expiresAt'> | undefined,
  { expiresAt, leftMs }: Pick<End, 'expiresAt' | 'leftMs'>,
): string | null {
  if (!before || expiresAt >= before.expiresAt || leftMs <= 0) return null;
  return `The server has shortened this room: it now ends in ${timeLeft(leftMs)}.`;
}

const roundly = (ms: number) => timeLeft(ms < MINUTE_MS ? ms : Math.round(ms / MINUTE_MS) * MINUTE_MS);
