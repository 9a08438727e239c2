// Whether it is time to meet, by the clock of the place that a policy names. Pure.
import { type Hours, WEEKDAYS } from '#protocol';

/** Making one takes 50 µs, and every running meeting asks once a second. */
const clocks = new Map<string, Intl.DateTimeFormat>();
/** There are some 600 names of zones. */
const MAX_CLOCKS = 1_000;

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known) return known;
  if (clocks.size >= MAX_CLOCKS) clocks.clear();
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  clocks.set(timeZone, clock);
  return clock;
}

/** `now` in Unix ms. */
export function isOpenAt({ timeZone, days }: Hours, now: number): boolean {
  const parts = clockOf(timeZone).formatToParts(now);
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((each) => each.type === type)?.value ?? '';
  const day = part('weekday').toLowerCase();
  const time = `${part('hour')}:${part('minute')}`;
  const today = WEEKDAYS.find((weekday) => weekday === day);
  return ((today && days[today]) ?? []).some(({ from, to }) => from <= time && time < to);
}

/** One text for one meaning: `Europe/Berlin mon 08:00-12:00 13:00-18:00, fri 08:00-15:00`; 242 characters at most. */
export function hoursText({ timeZone, days }: Hours): string {
  const open = WEEKDAYS.flatMap((day) => {
    const spans = days[day]?.map(({ from, to }) => `${from}-${to}`).toSorted();
    return spans ? [`${day} ${spans.join(' ')}`] : [];
  });
  return `${timeZone} ${open.join(', ')}`;
}
