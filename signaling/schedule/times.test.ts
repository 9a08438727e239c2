// Occurrences of RFC 5545 § 3.8.5.3, where a schedule can say them, and the changes of clocks.
import { describe, expect, it } from 'vitest';
import { Schedule } from '#protocol';
import { instantOf, localAt } from './localTime.ts';
import { isOpenNow, leftOut, opensAt, overlaps, timesOf } from './times.ts';

const HOUR_MS = 60 * 60 * 1000;

const newYork = (repeat: unknown, start = '1997-09-02T09:00'): Schedule =>
  Schedule.parse({ start, timeZone: 'America/New_York', lastsMs: HOUR_MS, repeat });

/** Month and day there, each at nine by the clock there. */
const daysOf = (schedule: Schedule) =>
  timesOf(schedule).map(({ from }) => {
    const local = localAt(from, schedule.timeZone);
    expect(local.slice(11)).toBe('09:00:00');
    return local.slice(5, 10);
  });

describe('the times of a schedule are those of RFC 5545', () => {
  it('daily for 10 occurrences', () => {
    const days = daysOf(newYork({ every: 'day', count: 10 }));
    expect(days).toEqual(['02', '03', '04', '05', '06', '07', '08', '09', '10', '11'].map((d) => `09-${d}`));
  });

  it('daily until December 24, 1997, which comes past the change of the clocks', () => {
    const schedule = newYork({ every: 'day', until: '1997-12-23' });
    const days = daysOf(schedule);
    expect([days.length, days[0], days.at(-1)]).toEqual([113, '09-02', '12-23']);
    const [first, last] = [timesOf(schedule)[0], timesOf(schedule).at(-1)];
    expect(new Date(first?.from ?? 0).toISOString()).toBe('1997-09-02T13:00:00.000Z');
    expect(new Date(last?.from ?? 0).toISOString()).toBe('1997-12-23T14:00:00.000Z');
  });

  it('every 10 days, 5 occurrences', () => {
    const days = daysOf(newYork({ every: 'day', interval: 10, count: 5 }));
    expect(days).toEqual(['09-02', '09-12', '09-22', '10-02', '10-12']);
  });

  it('weekly for 10 occurrences', () => {
    const days = daysOf(newYork({ every: 'week', count: 10 }));
    expect(days.join(' ')).toBe('09-02 09-09 09-16 09-23 09-30 10-07 10-14 10-21 10-28 11-04');
  });

  it('weekly on Tuesday and Thursday for five weeks, by a last day or by a number', () => {
    const expected = '09-02 09-04 09-09 09-11 09-16 09-18 09-23 09-25 09-30 10-02';
    const days = ['tue', 'thu'];
    expect(daysOf(newYork({ every: 'week', days, count: 10 })).join(' ')).toBe(expected);
    expect(daysOf(newYork({ every: 'week', days, until: '1997-10-06' })).join(' ')).toBe(expected);
  });

  it('every other week on Monday, Wednesday, and Friday until December 24, 1997, starting on Monday, September 1', () => {
    const repeat = { every: 'week', interval: 2, days: ['mon', 'wed', 'fri'], until: '1997-12-23' };
    const days = daysOf(newYork(repeat, '1997-09-01T09:00'));
    expect(days.join(' ')).toBe(
      '09-01 09-03 09-05 09-15 09-17 09-19 09-29 10-01 10-03 10-13 10-15 10-17 10-27 10-29 10-31 11-10 11-12 11-14 11-24 11-26 11-28 12-08 12-10 12-12 12-22',
    );
  });

  it('monthly on the first Friday for 10 occurrences', () => {
    const days = daysOf(newYork({ every: 'month', nth: 1, count: 10 }, '1997-09-05T09:00'));
    expect(days.join(' ')).toBe('09-05 10-03 11-07 12-05 01-02 02-06 03-06 04-03 05-01 06-05');
  });

  it('monthly on the last Friday, over both changes of the clocks', () => {
    const days = daysOf(newYork({ every: 'month', nth: 'last', until: '1998-05-01' }, '1997-09-26T09:00'));
    expect(days.join(' ')).toBe('09-26 10-31 11-28 12-26 01-30 02-27 03-27 04-24');
  });

  it('every third month on a day of the month', () => {
    const days = daysOf(newYork({ every: 'month', interval: 3, count: 4 }, '1997-09-10T09:00'));
    expect(days.join(' ')).toBe('09-10 12-10 03-10 06-10');
  });

  it('monthly on the 30th or 31st: months that have no such day are left out', () => {
    expect(daysOf(newYork({ every: 'month', count: 3 }, '2007-01-30T09:00')).join(' ')).toBe(
      '01-30 03-30 04-30',
    );
    expect(daysOf(newYork({ every: 'month', count: 4 }, '2007-01-31T09:00')).join(' ')).toBe(
      '01-31 03-31 05-31 07-31',
    );
    expect(timesOf(newYork({ every: 'month', count: 2 }, '2096-02-29T09:00'))).toHaveLength(2);
  });

  it('without the days that are left out, which count all the same', () => {
    const except = ['1997-09-02', '1997-09-16', '1997-09-17'];
    const schedule = newYork({ every: 'week', count: 5, except });
    expect(daysOf(schedule).join(' ')).toBe('09-09 09-23 09-30');
    expect(leftOut(schedule)).toEqual(['1997-09-02', '1997-09-16']);
    const [first] = timesOf(schedule);
    expect(opensAt({ schedule, expiresAt: Number.POSITIVE_INFINITY }, 0)).toBe(first?.from);
    expect(timesOf(newYork({ every: 'day', count: 1, except: ['1997-09-02'] }))).toEqual([]);
  });

  it.each([
    ['nth of weeks', { every: 'week', nth: 1, count: 2 }],
    ['days of months', { every: 'month', days: ['tue'], count: 2 }],
    ['another Tuesday than the first', { every: 'month', nth: 2, count: 2 }],
    ['no Tuesday that is the last', { every: 'month', nth: 'last', count: 2 }],
    ['a fifth one', { every: 'month', nth: 5, count: 2 }],
    ['a day that there is not', { every: 'day', count: 2, except: ['1997-02-29'] }],
  ])('but not %s', (_what, repeat) => {
    expect(() => newYork(repeat)).toThrow();
  });

  it('every other week on Tuesday and Thursday, for 8 occurrences', () => {
    const days = daysOf(newYork({ every: 'week', interval: 2, days: ['thu', 'tue'], count: 8 }));
    expect(days).toEqual(['09-02', '09-04', '09-16', '09-18', '09-30', '10-02', '10-14', '10-16']);
  });
});

describe('a time by the clock of a place', () => {
  it('that comes twice is the first of the two; one that is skipped is counted from before the gap', () => {
    const utc = (local: string, zone: string) => new Date(instantOf(local, zone)).toISOString();
    expect(utc('2026-10-25T02:30', 'Europe/Berlin')).toBe('2026-10-25T00:30:00.000Z');
    expect(utc('2026-03-29T02:30', 'Europe/Berlin')).toBe('2026-03-29T01:30:00.000Z');
    // RFC 5545 § 3.3.5 has these two.
    expect(utc('2007-11-04T01:30', 'America/New_York')).toBe('2007-11-04T05:30:00.000Z');
    expect(utc('2007-03-11T02:30', 'America/New_York')).toBe('2007-03-11T07:30:00.000Z');
    expect(utc('2026-10-04T02:15', 'Australia/Lord_Howe')).toBe('2026-10-03T15:45:00.000Z');
    expect(utc('2026-06-01T12:00', 'Asia/Kathmandu')).toBe('2026-06-01T06:15:00.000Z');
  });

  it('and back is the same, in each hour of a year of several zones', () => {
    for (const zone of ['Europe/Berlin', 'America/St_Johns', 'Pacific/Chatham', 'UTC']) {
      const began = Date.UTC(2026, 0, 1);
      for (let at = began; at < began + 366 * 24 * HOUR_MS; at += HOUR_MS) {
        const local = localAt(at, zone);
        // The second of two equal times leads to the first.
        const found = instantOf(local.slice(0, 16), zone);
        expect([at, at - HOUR_MS], `${local} ${zone}`).toContain(found);
      }
    }
  });
});

describe('a room with a schedule', () => {
  const schedule = Schedule.parse({
    start: '2026-10-20T10:00',
    timeZone: 'Europe/Berlin',
    lastsMs: HOUR_MS,
    repeat: { every: 'week', count: 2 },
  });
  const first = Date.UTC(2026, 9, 20, 8);
  // An hour later by UTC: the clocks have gone back in between.
  const second = Date.UTC(2026, 9, 27, 9);

  it('is open at its times and not in between, and says when it opens next', () => {
    const room = { schedule, expiresAt: second + HOUR_MS };
    const at = (now: number) => [isOpenNow(room, now), opensAt(room, now)];
    expect(at(first - 1)).toEqual([false, first]);
    expect(at(first)).toEqual([true, undefined]);
    expect(at(first + HOUR_MS - 1)).toEqual([true, undefined]);
    expect(at(first + HOUR_MS)).toEqual([false, second]);
    expect(at(second)).toEqual([true, undefined]);
    expect(at(second + HOUR_MS)).toEqual([false, undefined]);
    expect(isOpenNow({}, 0)).toBe(true);
    expect(opensAt({ schedule, expiresAt: second }, first + HOUR_MS), 'cut off').toBeUndefined();
  });

  it('is not open twice at once', () => {
    const daily = (lastsMs: number): Schedule => ({
      ...schedule,
      lastsMs,
      repeat: { every: 'day', count: 9 },
    });
    expect(overlaps(daily(24 * HOUR_MS))).toBe(false);
    expect(overlaps(daily(24 * HOUR_MS + 1))).toBe(true);
    // Of a day of 23 hours.
    expect(overlaps({ ...daily(24 * HOUR_MS), start: '2026-03-25T10:00' })).toBe(true);
  });

  it('that goes on for ever is reckoned no further than rooms live', () => {
    const times = timesOf({ ...schedule, repeat: { every: 'day', until: '2999-12-31' } });
    expect(times.length).toBe(368);
  });
});

describe('a schedule', () => {
  it.each([
    ['a day that there is not', { start: '2026-02-30T10:00' }],
    ['a year that Date does not know', { start: '0099-02-03T10:00' }],
    ['a year with five digits behind it', { repeat: { every: 'day', until: '9999-12-31' } }],
    ['an hour that there is not', { start: '2026-02-03T24:00' }],
    ['seconds', { start: '2026-02-03T10:00:00' }],
    ['a zone that there is not', { timeZone: 'Europe/Atlantis' }],
    ['a zone that is a number', { timeZone: '+01:00' }],
    ['no end', { repeat: { every: 'day' } }],
    ['two ends', { repeat: { every: 'day', count: 2, until: '2026-12-31' } }],
    ['an end before its start', { repeat: { every: 'day', until: '2026-10-19' } }],
    ['weekdays of days', { repeat: { every: 'day', days: ['tue'], count: 2 } }],
    ['weekdays without that of its start', { repeat: { every: 'week', days: ['wed'], count: 2 } }],
    ['years', { repeat: { every: 'year', count: 2 } }],
  ])('with %s is refused', (_, wrong) => {
    const good = { start: '2026-10-20T10:00', timeZone: 'Europe/Berlin', lastsMs: HOUR_MS };
    expect(Schedule.safeParse(good).success).toBe(true);
    expect(Schedule.safeParse({ ...good, ...wrong }).success).toBe(false);
  });
});
