// Whether it is time to meet, by the clock of the place that a policy names. Pure.
import { type Hours, WEEKDAYS } from '#protocol';
import { placeClocks } from '../placeClocks.ts';

const clockOf = placeClocks({ weekday: 'short', hour: '2-digit', minute: '2-digit' });

/** `now` in Unix ms. */
export function isOpenAt({ timeZone, days }: Hours, now: number): boolean {
  const parts = clockOf(timeZone).formatToParts(now);
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((each) => each.type === type)?.value ?? '';
  const day = part('weekday').toLowerCase();
  const time = `${part('hour')}:${part('minute')}`;
  const today = WEEKDAYS.find((weekday) => weekday === day);
  return ((today && days[today]) ?? []).some(({ from, to }) => from <= time && time < to);
}

const MINUTE_MS = 60_000;

/** The first minute that is too late, if it begins within so many minutes. All clocks of places change at whole minutes. */
export function closesWithin(minutes: number, all: readonly Hours[], now: number): number | undefined {
  if (all.length === 0) return undefined;
  const first = Math.floor(now / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
  const next = Array.from({ length: minutes }, (_, i) => first + i * MINUTE_MS);
  return next.find((at) => !all.every((hours) => isOpenAt(hours, at)));
}

/** One text for one meaning: `Europe/Berlin mon 08:00-12:00 13:00-18:00, fri 08:00-15:00`; 242 characters at most. */
export function hoursText({ timeZone, days }: Hours): string {
  const open = WEEKDAYS.flatMap((day) => {
    const spans = days[day]?.map(({ from, to }) => `${from}-${to}`).toSorted();
    return spans ? [`${day} ${spans.join(' ')}`] : [];
  });
  return `${timeZone} ${open.join(', ')}`;
}
