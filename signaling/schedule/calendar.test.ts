import { describe, expect, it } from 'vitest';
import { Schedule } from '#protocol';
import { calendarOf } from './calendar.ts';
import { timesOf } from './times.ts';

const HOUR_MS = 60 * 60 * 1000;
const schedule = Schedule.parse({
  start: '2026-10-20T10:00',
  timeZone: 'Europe/Berlin',
  lastsMs: HOUR_MS,
  repeat: { every: 'week', interval: 1, days: ['tue', 'thu'], count: 4 },
});
const end = timesOf(schedule).at(-1)?.to ?? 0;
const entry = {
  id: 'AAAAAAAAAAAAAAAAAAAAAA',
  schedule,
  endsAt: end,
  ended: false,
  url: 'https://meet.example/r/AAAAAAAAAAAAAAAAAAAAAA',
  summary: 'Weekly',
  now: Date.UTC(2026, 8, 1),
};
/** Name → value, of the event. */
function eventOf(text: string): Readonly<Record<string, string>> {
  const unfolded = text.replace(/\r\n /g, '');
  const event = unfolded.slice(unfolded.indexOf('BEGIN:VEVENT'));
  return Object.fromEntries(event.split('\r\n').map((line) => [line.split(/[:;]/)[0], line]));
}

describe('a calendar entry', () => {
  it.each([
    [{ every: 'month', count: 3 }, 'FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=20;UNTIL=20261220T090000Z'],
    [{ every: 'month', nth: 3, count: 3 }, 'FREQ=MONTHLY;INTERVAL=1;BYDAY=3TU;UNTIL=20261215T090000Z'],
    [
      { every: 'month', interval: 2, nth: 3, count: 2 },
      'FREQ=MONTHLY;INTERVAL=2;BYDAY=3TU;UNTIL=20261215T090000Z',
    ],
  ])('says of %o what calendars repeat', (repeat, rule) => {
    const monthly = Schedule.parse({ ...schedule, repeat });
    const endsAt = timesOf(monthly).at(-1)?.to ?? 0;
    expect(eventOf(calendarOf({ ...entry, schedule: monthly, endsAt })).RRULE).toBe(`RRULE:${rule}`);
  });

  it('leaves days out by the clock there, before and after a change of it, and only those between its first time and its last', () => {
    const except = ['2026-10-20', '2026-10-22', '2026-10-23', '2026-10-29', '2026-11-10'];
    const repeat = { every: 'week', days: ['tue', 'thu'], count: 7, except };
    const holed = Schedule.parse({ ...schedule, repeat });
    const times = timesOf(holed);
    const event = eventOf(calendarOf({ ...entry, schedule: holed, endsAt: times.at(-1)?.to ?? 0 }));
    expect(event.DTSTART).toBe('DTSTART;TZID=Europe/Berlin:20261027T100000');
    expect(event.EXDATE).toBe('EXDATE;TZID=Europe/Berlin:20261029T100000');
    expect(event.RRULE).toContain('UNTIL=20261105T090000Z');
    const days = times.map(({ from }) => new Date(from).toISOString().slice(0, 16));
    expect(days).toEqual(['2026-10-27T09:00', '2026-11-03T09:00', '2026-11-05T09:00']);
  });

  it('is what RFC 5545 wants of a weekly meeting over a change of the clocks', () => {
    expect(calendarOf(entry).split('\r\n')).toEqual([
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//In Camera//In Camera//EN',
      'METHOD:PUBLISH',
      'BEGIN:VTIMEZONE',
      'TZID:Europe/Berlin',
      ...[
        'BEGIN:STANDARD',
        'DTSTART:19700101T000000',
        'TZOFFSETFROM:+0200',
        'TZOFFSETTO:+0200',
        'END:STANDARD',
      ],
      ...[
        'BEGIN:STANDARD',
        'DTSTART:20261025T030000',
        'TZOFFSETFROM:+0200',
        'TZOFFSETTO:+0100',
        'END:STANDARD',
      ],
      'END:VTIMEZONE',
      'BEGIN:VEVENT',
      'UID:AAAAAAAAAAAAAAAAAAAAAA@in-camera',
      'DTSTAMP:20260901T000000Z',
      'SEQUENCE:0',
      'STATUS:CONFIRMED',
      'DTSTART;TZID=Europe/Berlin:20261020T100000',
      'DTEND;TZID=Europe/Berlin:20261020T110000',
      'RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=TU,TH;UNTIL=20261029T090000Z',
      'SUMMARY:Weekly',
      'DESCRIPTION:The link that lets you in comes from the host of the meeting. T',
      ' his entry does not have it: the address alone opens nothing.',
      'LOCATION:https://meet.example/r/AAAAAAAAAAAAAAAAAAAAAA',
      'URL:https://meet.example/r/AAAAAAAAAAAAAAAAAAAAAA',
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    ]);
  });

  it('of one time has no rule, and nothing of a change that comes later', () => {
    const { repeat: _, ...once } = schedule;
    const text = calendarOf({ ...entry, schedule: once, endsAt: Date.UTC(2026, 9, 20, 9) });
    expect(text).not.toContain('RRULE');
    expect(text.match(/BEGIN:(STANDARD|DAYLIGHT)/g)).toHaveLength(1);
  });

  it('has the beginning of summer time, too, and halves of hours', () => {
    const spring = { ...schedule, start: '2026-03-24T10:00' };
    const text = calendarOf({ ...entry, schedule: spring, endsAt: Date.UTC(2027, 0) });
    expect(text).toContain(
      'BEGIN:DAYLIGHT\r\nDTSTART:20260329T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:DAYLIGHT',
    );
    const island = { ...schedule, start: '2026-10-01T10:00', timeZone: 'Australia/Lord_Howe' };
    const there = calendarOf({ ...entry, schedule: island, endsAt: Date.UTC(2027, 0) });
    expect(there).toContain('DTSTART:20261004T020000\r\nTZOFFSETFROM:+1030\r\nTZOFFSETTO:+1100');
  });

  it('puts nothing of its name into another line, and folds within no character', () => {
    const summary = `a;b,c\\d\r\nATTACH:https://evil.example/ ${'ü👻'.repeat(30)}`;
    const text = calendarOf({ ...entry, summary });
    expect(text.split('\r\n').filter((line) => line.startsWith('ATTACH'))).toEqual([]);
    for (const line of text.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
    expect(text).not.toContain('\uFFFD');
    expect(eventOf(text).SUMMARY).toBe(
      `SUMMARY:a\\;b\\,c\\\\d\\nATTACH:https://evil.example/ ${'ü👻'.repeat(30)}`,
    );
  });

  it('keeps its UID, and its number grows, when the room is made shorter, and shorter again, and ended', () => {
    const [, second, third] = timesOf(schedule);
    const states = [
      entry,
      { ...entry, endsAt: (third?.to ?? 0) + 1 },
      { ...entry, endsAt: (second?.to ?? 0) + 1 },
      { ...entry, endsAt: (second?.to ?? 0) + 1, ended: true },
      { ...entry, endsAt: entry.now, ended: true },
    ].map((each) => eventOf(calendarOf(each)));
    expect(new Set(states.map(({ UID }) => UID)).size).toBe(1);
    const numbers = states.map(({ SEQUENCE = '' }) => Number(SEQUENCE.slice(9)));
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(new Set(numbers).size).toBe(5);
    expect(states.map(({ STATUS }) => STATUS?.slice(7))).toEqual([
      ...Array.from({ length: 4 }, () => 'CONFIRMED'),
      'CANCELLED',
    ]);
    expect(states[2]?.RRULE).toContain('UNTIL=20261022T080000Z');
  });
});
