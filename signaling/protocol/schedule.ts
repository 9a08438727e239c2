// When a room is open: once, or again and again, by the clock of a place. A small part of RFC 5545, in words of our own.
import * as z from 'zod/mini';
import { MAX_LIFETIME_MS, MIN_LIFETIME_MS } from './limits.ts';
import { TimeZone, WEEKDAYS } from './policy.ts';

/** Date reads years below 100 as others, and writes those behind 9999 longer. */
const DATE = '[12]\\d{3}-\\d{2}-\\d{2}';
/** With a day that there is: 2026-02-30 is none. */
const isDay = (text: string): boolean => {
  const day = new Date(`${text.slice(0, 10)}T00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text.slice(0, 10));
};
const Day = z.string().check(z.regex(new RegExp(`^${DATE}$`)), z.refine(isDay));
const LocalTime = z
  .string()
  .check(z.regex(new RegExp(`^${DATE}T([01]\\d|2[0-3]):[0-5]\\d$`)), z.refine(isDay));

const MAX_EXCEPTIONS = 100;

/** Whether it is that one of the weekdays like it in its month. */
export function isNth(day: string, nth: 1 | 2 | 3 | 4 | 'last'): boolean {
  const [year = 0, month = 1, date = 1] = day.slice(0, 10).split('-').map(Number);
  if (nth !== 'last') return Math.ceil(date / WEEKDAYS.length) === nth;
  return date + WEEKDAYS.length > new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** The first time counts. */
const Repeat = z
  .strictObject({
    every: z.enum(['day', 'week', 'month']),
    /** Each one, each second one… */
    interval: z.optional(z.int().check(z.gte(1), z.lte(52))),
    /** Of weeks: the days; else that of `start`, which must be one of them. */
    days: z.optional(z.array(z.enum(WEEKDAYS)).check(z.minLength(1), z.maxLength(WEEKDAYS.length))),
    /** Of months: that one of the weekdays of `start` in each, from the front or the last, which `start` must be; else its day of the month, and months without it are left out. */
    nth: z.optional(z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4), z.literal('last')])),
    /** So many times, those of `except` included. Else `until`. */
    count: z.optional(z.int().check(z.gte(1), z.lte(366))),
    /** The last day on which it may begin, there. */
    until: z.optional(Day),
    /** Days there on which it does not begin. */
    except: z.optional(z.array(Day).check(z.minLength(1), z.maxLength(MAX_EXCEPTIONS))),
  })
  .check(
    z.refine(({ count, until }) => (count === undefined) !== (until === undefined)),
    z.refine(({ every, days }) => days === undefined || every === 'week'),
    z.refine(({ every, nth }) => nth === undefined || every === 'month'),
  );

export const Schedule = z
  .strictObject({
    /** There: `2026-12-01T10:00`. */
    start: LocalTime,
    /** By name, as calendars know none by numbers. */
    timeZone: TimeZone.check(z.regex(/^[A-Za-z][A-Za-z0-9_+/-]*$/)),
    /** Each time. */
    lastsMs: z.int().check(z.gte(MIN_LIFETIME_MS), z.lte(MAX_LIFETIME_MS)),
    repeat: z.optional(Repeat),
  })
  .check(z.refine(({ start, repeat }) => !repeat?.until || start.slice(0, 10) <= repeat.until))
  .check(z.refine(({ start, repeat }) => !repeat?.days || repeat.days.includes(weekdayOf(start))))
  .check(z.refine(({ start, repeat }) => !repeat?.nth || isNth(start, repeat.nth)));
export type Schedule = z.infer<typeof Schedule>;

/** WEEKDAYS begins with Monday, as weeks do here; Date with Sunday. */
export const weekdayOf = (day: string): (typeof WEEKDAYS)[number] =>
  WEEKDAYS[(new Date(`${day.slice(0, 10)}T00:00Z`).getUTCDay() + 6) % 7] ?? 'mon';
