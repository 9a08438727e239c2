// How long messages of the chat may live, for hosts to choose from.
import { timeLeft } from './timeLeft.ts';

const SECONDS = [60, 600, 3_600, 86_400];
const WITH_THE_MEETING = 0;

export const chosenLifetime = (seconds: number): number | null =>
  seconds === WITH_THE_MEETING ? null : seconds;

export const lifetimeChosen = (lifetimeS: number | null): number => lifetimeS ?? WITH_THE_MEETING;

/** Value and label. What holds now is among them; nothing that lives longer than the server's rules allow is. */
export function chatLifetimes(now: number | null, longest: number | null): (readonly [number, string])[] {
  const allowed = SECONDS.filter((s) => s <= (longest ?? Number.POSITIVE_INFINITY));
  const all = [...new Set([...allowed, ...(now ? [now] : [])])].sort((a, b) => a - b);
  const offered = all.map((s) => [s, timeLeft(s * 1_000)] as const);
  return longest === null ? [...offered, [WITH_THE_MEETING, 'the meeting'] as const] : offered;
}
