// At which times a room with a schedule is open. Pure.
import { isNth, MAX_LIFETIME_MS, type Schedule, WEEKDAYS, weekdayOf } from '#protocol';
import { instantOf } from './localTime.ts';

/** Unix ms; `to` is the first that is too late. */
export interface Time {
  readonly from: number;
  readonly to: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const WEEK_DAYS = WEEKDAYS.length;
const MONTH_DAYS = 31;

/** A year of days takes a millisecond, and each look at a room asks. */
const known = new Map<string, readonly Time[]>();
const MAX_KNOWN = 1_000;

/** All of them, in their order, at least one. Those behind the first that no room lives long enough for are left out. */
export function timesOf(schedule: Schedule): readonly Time[] {
  const text = JSON.stringify(schedule);
  const found = known.get(text) ?? reckon(schedule);
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(text, found);
  return found;
}

const timeAt = (schedule: Schedule, now: number): Time | undefined =>
  timesOf(schedule).find(({ from, to }) => from <= now && now < to);

interface Scheduled {
  readonly schedule?: Schedule | undefined;
}

/** Also one without a schedule, unless it has ended. */
export const isOpenNow = ({ schedule }: Scheduled, now: number): boolean =>
  !schedule || timeAt(schedule, now) !== undefined;

/** The first instant that is too late, if it is open now by a schedule. */
export const closesAt = ({ schedule }: Scheduled, now: number): number | undefined =>
  schedule && timeAt(schedule, now)?.to;

/** When it opens, if it is not open now. An admin may have cut off what was still to come. */
export function opensAt(
  { schedule, expiresAt }: Scheduled & { readonly expiresAt: number },
  now: number,
): number | undefined {
  if (!schedule || timeAt(schedule, now)) return undefined;
  const next = timesOf(schedule).find(({ from }) => now < from);
  return next && next.from < expiresAt ? next.from : undefined;
}

/** Two of them at once would be one room twice. */
export function overlaps(schedule: Schedule): boolean {
  const times = timesOf(schedule);
  return times.some(({ from }, i) => from < (times[i - 1]?.to ?? 0));
}

function reckon(schedule: Schedule): Time[] {
  const { start, timeZone, lastsMs, repeat } = schedule;
  const times: Time[] = [];
  const except = new Set(repeat?.except);
  for (const day of daysOf(schedule)) {
    if (except.has(day)) continue;
    const from = instantOf(`${day}${start.slice(10)}`, timeZone);
    times.push({ from, to: from + lastsMs });
    if (from - (times[0]?.from ?? 0) > MAX_LIFETIME_MS) break;
  }
  return times;
}

/** The days on which it was to begin but does not. */
export function leftOut(schedule: Schedule): string[] {
  const except = new Set(schedule.repeat?.except);
  const last = [...except].toSorted().at(-1) ?? '';
  const found: string[] = [];
  for (const day of daysOf(schedule)) {
    if (day > last) break;
    if (except.has(day)) found.push(day);
  }
  return found;
}

/** With those that are left out, in their order. Endless, unless it is said how many or until when. */
function* daysOf(schedule: Schedule): Generator<string> {
  const { start, repeat } = schedule;
  if (!repeat) return yield start.slice(0, 10);
  const { count = Number.POSITIVE_INFINITY, until = '2999-12-31' } = repeat;
  let days = 0;
  for (const day of repeat.every === 'month' ? inMonths(start, repeat) : inWeeks(start, repeat)) {
    if (day > until) return;
    yield day;
    days += 1;
    if (days === count) return;
  }
}

type Repeat = NonNullable<Schedule['repeat']>;

/** Endless: the month of `start` has such a day, and each twelfth or, of 29 February, each forty-eighth after it. */
function* inMonths(start: string, { interval = 1, nth }: Repeat): Generator<string> {
  const [year = 0, month = 1, date = 1] = start.slice(0, 10).split('-').map(Number);
  for (let ahead = 0; ; ahead += interval) {
    const first = new Date(Date.UTC(year, month - 1 + ahead, 1)).toISOString().slice(0, 10);
    const all = Array.from({ length: MONTH_DAYS }, (_, i) => dayAfter(first, i));
    const day = all.find((each) => {
      if (each.slice(0, 7) !== first.slice(0, 7)) return false;
      return nth ? weekdayOf(each) === weekdayOf(start) && isNth(each, nth) : Number(each.slice(8)) === date;
    });
    if (day !== undefined) yield day;
  }
}

/** Endless. */
function* inWeeks(start: string, repeat: Repeat): Generator<string> {
  const first = start.slice(0, 10);
  const { every, interval = 1, days = [weekdayOf(start)] } = repeat;
  // Weeks begin with Monday, as in RFC 5545 without WKST.
  const skipped = every === 'week' ? WEEKDAYS.indexOf(weekdayOf(start)) : 0;
  const steps = every === 'week' ? WEEK_DAYS : 1;
  for (let block = 0; ; block += interval * steps) {
    for (let i = 0; i < steps; i++) {
      const day = dayAfter(first, block + i - skipped);
      if (day >= first && (every === 'day' || days.includes(weekdayOf(day)))) yield day;
    }
  }
}

const dayAfter = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
