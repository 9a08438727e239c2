// The calendar entry of a room with a schedule (RFC 5545). It has the room's address without the secret of its link, which this
// server does not know.
import { type Schedule, weekdayOf } from '#protocol';
import { instantOf, localAt, offsetAt } from './localTime.ts';
import { leftOut, type Time, timesOf } from './times.ts';

interface Entry {
  readonly id: string;
  readonly schedule: Schedule;
  /** The room's, by its schedule or because it was made earlier since. */
  readonly endsAt: number;
  /** Somebody ended it. */
  readonly ended: boolean;
  /** Of the page, without a fragment. */
  readonly url: string;
  readonly summary: string;
  /** Unix ms. */
  readonly now: number;
}

const WORDS =
  'The link that lets you in comes from the host of the meeting. This entry does not have it: the address alone opens nothing.';
const MAX_LINE_BYTES = 75;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export function calendarOf(entry: Entry): string {
  const { id, schedule, url, summary, now } = entry;
  const all = timesOf(schedule);
  // What was cut off is not in it, and with nothing left all of it is cancelled.
  const left = all.filter(({ from }) => from < entry.endsAt);
  const [first] = left.length > 0 ? left : all;
  const last = left.at(-1) ?? all[0];
  if (!first || !last) throw new Error('a schedule without times');
  const zone = schedule.timeZone;
  const until =
    all.length > 1 ? [`RRULE:${ruleOf(schedule, last)}`, ...exceptions(schedule, first, last)] : [];
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//In Camera//In Camera//EN',
    'METHOD:PUBLISH',
    ...zoneLines(zone, first, last),
    'BEGIN:VEVENT',
    `UID:${id}@in-camera`,
    `DTSTAMP:${utc(now)}`,
    `SEQUENCE:${sequenceOf(entry, all)}`,
    `STATUS:${left.length > 0 ? 'CONFIRMED' : 'CANCELLED'}`,
    `DTSTART;TZID=${zone}:${local(first.from, zone)}`,
    `DTEND;TZID=${zone}:${local(first.to, zone)}`,
    ...until,
    `SUMMARY:${escaped(summary)}`,
    `DESCRIPTION:${escaped(WORDS)}`,
    `LOCATION:${escaped(url)}`,
    `URL:${url}`,
    'END:VEVENT',
    'END:VCALENDAR',
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join('');
}

/** With the last start, as `COUNT` would be wrong once a room was shortened. */
function ruleOf({ start, repeat }: Schedule, last: Time): string {
  if (!repeat) throw new Error('nothing is repeated');
  const { every, interval = 1 } = repeat;
  return `FREQ=${FREQUENCY[every]};INTERVAL=${interval}${dayOf(start, repeat)};UNTIL=${utc(last.from)}`;
}

const FREQUENCY = { day: 'DAILY', week: 'WEEKLY', month: 'MONTHLY' } as const;
const twoLetters = (day: string): string => day.slice(0, 2).toUpperCase();

function dayOf(start: string, { every, days, nth }: NonNullable<Schedule['repeat']>): string {
  if (days) return `;BYDAY=${days.map(twoLetters).join(',')}`;
  if (every !== 'month') return '';
  if (nth === undefined) return `;BYMONTHDAY=${Number(start.slice(8, 10))}`;
  return `;BYDAY=${nth === 'last' ? -1 : nth}${twoLetters(weekdayOf(start))}`;
}

/** Between the first time and the last: calendars reckon with no others. */
function exceptions(schedule: Schedule, first: Time, last: Time): string[] {
  const { start, timeZone } = schedule;
  const starts = leftOut(schedule)
    .map((day) => `${day}${start.slice(10)}`)
    .filter((at) => first.from < instantOf(at, timeZone) && instantOf(at, timeZone) < last.from);
  const values = starts.map((at) => compact(`${at}:00`)).join(',');
  return starts.length > 0 ? [`EXDATE;TZID=${timeZone}:${values}`] : [];
}

/**
 * A calendar takes a newer entry only by a higher number. A room's end only ever moves to the front, and nothing follows
 * when it has ended: so the number grows with what was cut off, and nobody has to keep it.
 */
function sequenceOf({ endsAt, ended }: Entry, all: readonly Time[]): number {
  const planned = all.at(-1)?.to ?? endsAt;
  return Math.ceil(Math.max(0, planned - endsAt) / MINUTE_MS) + (ended ? 1 : 0);
}

/** The zone as its clocks go from the first time to the last, each change on a line of its own: no rule for years to come. */
function zoneLines(zone: string, first: Time, last: Time): string[] {
  const start = offsetAt(first.from, zone);
  const lines = ['BEGIN:VTIMEZONE', `TZID:${zone}`, ...observance('19700101T000000', start, start)];
  for (let hour = first.from; hour < last.to; hour += HOUR_MS) {
    const [before, after] = [offsetAt(hour, zone), offsetAt(hour + HOUR_MS, zone)];
    if (before === after) continue;
    const at = changeIn(hour, zone);
    lines.push(...observance(compact(new Date(at + before).toISOString()), before, after));
  }
  return [...lines, 'END:VTIMEZONE'];
}

/** To the minute, within that hour. */
function changeIn(hour: number, zone: string): number {
  const before = offsetAt(hour, zone);
  let at = Math.floor(hour / MINUTE_MS) * MINUTE_MS;
  while (offsetAt(at, zone) === before) at += MINUTE_MS;
  return at;
}

function observance(from: string, before: number, after: number): string[] {
  const kind = after > before ? 'DAYLIGHT' : 'STANDARD';
  const offsets = [`TZOFFSETFROM:${offset(before)}`, `TZOFFSETTO:${offset(after)}`];
  return [`BEGIN:${kind}`, `DTSTART:${from}`, ...offsets, `END:${kind}`];
}

function offset(ms: number): string {
  const minutes = Math.abs(Math.round(ms / MINUTE_MS));
  const two = (n: number) => String(n).padStart(2, '0');
  return `${ms < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
}

const compact = (iso: string): string => iso.slice(0, 19).replace(/[-:]/g, '');
const utc = (ms: number): string => `${compact(new Date(ms).toISOString())}Z`;
const local = (ms: number, zone: string): string => compact(localAt(ms, zone));

const escaped = (text: string): string =>
  text.replace(/[\\;,]/g, (each) => `\\${each}`).replace(/\r\n|\r|\n/g, '\\n');

/** Lines of 75 bytes at most, never within a character (§ 3.1). */
function folded(line: string): string {
  const lines: string[] = [];
  let current = '';
  let bytes = 0;
  for (const character of line) {
    const size = Buffer.byteLength(character);
    if (bytes + size > MAX_LINE_BYTES) {
      lines.push(current);
      current = ' ';
      bytes = 1;
    }
    current += character;
    bytes += size;
  }
  return [...lines, current].join('\r\n');
}
