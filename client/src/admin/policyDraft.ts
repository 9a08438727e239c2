// A policy as it stands in the fields of a form, where everything is text, and back. Pure.
import * as z from 'zod/mini';
import {
  type Hours,
  MAX_CHAT_LIFETIME_S,
  MAX_LIFETIME_MS,
  MAX_PEERS,
  MIN_CHAT_LIFETIME_S,
  MIN_LIFETIME_MS,
  PolicyRules,
  type Role,
  type Sharing,
  type Suite,
  WEEKDAYS,
} from '#protocol';

const CHAT_MINUTES = [MIN_CHAT_LIFETIME_S / 60, MAX_CHAT_LIFETIME_S / 60] as const;

export const UNITS = { seconds: 1_000, minutes: 60_000, hours: 3_600_000, days: 86_400_000 } as const;
export type Unit = keyof typeof UNITS;

/** '' of a text or a choice: nothing is ruled. */
export interface DurationDraft {
  count: string;
  unit: Unit;
}
export type YesNo = '' | 'yes' | 'no';
export type Weekday = (typeof WEEKDAYS)[number];
interface SpanDraft {
  from: string;
  to: string;
}
export interface DayDraft {
  open: boolean;
  spans: SpanDraft[];
}
export interface HoursDraft {
  limited: boolean;
  timeZone: string;
  days: Record<Weekday, DayDraft>;
}

export interface PolicyDraft {
  maxLifetimeMs: DurationDraft;
  defaultLifetimeMs: DurationDraft;
  maxParticipants: string;
  createRooms: '' | Role;
  guests: YesNo;
  signInRequired: YesNo;
  lobbyRequired: YesNo;
  verifiedOnly: YesNo;
  screenSharing: '' | Sharing;
  chat: YesNo;
  chatLifetimeMinutes: string;
  recording: YesNo;
  minimumSuite: '' | Suite;
  idleEndMinutes: string;
  hours: HoursDraft;
}

export type Field = keyof PolicyRules;
export type Wrong = Partial<Record<Field, string>>;

const WORKDAY: SpanDraft = { from: '08:00', to: '18:00' };
const WEEKEND: ReadonlySet<Weekday> = new Set(['sat', 'sun']);

/** `timeZone`: what is suggested where no hours are ruled. */
export function draftOf(rules: PolicyRules, timeZone: string): PolicyDraft {
  return {
    maxLifetimeMs: durationOf(rules.maxLifetimeMs),
    defaultLifetimeMs: durationOf(rules.defaultLifetimeMs),
    maxParticipants: rules.maxParticipants?.toString() ?? '',
    createRooms: rules.createRooms ?? '',
    guests: yesNo(rules.guests),
    signInRequired: yesNo(rules.signInRequired),
    lobbyRequired: yesNo(rules.lobbyRequired),
    verifiedOnly: yesNo(rules.verifiedOnly),
    screenSharing: rules.screenSharing ?? '',
    chat: yesNo(rules.chat),
    chatLifetimeMinutes: rules.chatLifetimeMinutes?.toString() ?? '',
    recording: yesNo(rules.recording),
    minimumSuite: rules.minimumSuite ?? '',
    idleEndMinutes: rules.idleEndMinutes?.toString() ?? '',
    hours: hoursDraft(rules.hours, timeZone),
  };
}

/** In the largest unit that leaves no rest. */
function durationOf(ms: number | undefined): DurationDraft {
  if (ms === undefined) return { count: '', unit: 'days' };
  for (const unit of ['days', 'hours', 'minutes'] as const)
    if (ms % UNITS[unit] === 0) return { count: String(ms / UNITS[unit]), unit };
  return { count: String(ms / UNITS.seconds), unit: 'seconds' };
}

const yesNo = (value: boolean | undefined): YesNo => (value === undefined ? '' : value ? 'yes' : 'no');

function hoursDraft(hours: Hours | undefined, timeZone: string): HoursDraft {
  const dayOf = (day: Weekday): DayDraft => {
    if (!hours) return { open: !WEEKEND.has(day), spans: [{ ...WORKDAY }] };
    const spans = hours.days[day];
    // Fields for times know no 24:00: as an end, 00:00 is midnight.
    const shown = spans?.map(({ from, to }) => ({ from, to: to === '24:00' ? '00:00' : to }));
    return { open: spans !== undefined, spans: shown ?? [{ ...WORKDAY }] };
  };
  return {
    limited: hours !== undefined,
    timeZone: hours?.timeZone ?? timeZone,
    days: {
      mon: dayOf('mon'),
      tue: dayOf('tue'),
      wed: dayOf('wed'),
      thu: dayOf('thu'),
      fri: dayOf('fri'),
      sat: dayOf('sat'),
      sun: dayOf('sun'),
    },
  };
}

/** The rules, or what is wrong with which field. */
export function rulesIn(draft: PolicyDraft): { rules: PolicyRules } | { wrong: Wrong } {
  const wrong: Wrong = {};
  const whole = (
    field: Field,
    text: string,
    [least, most]: readonly [number, number],
  ): number | undefined => {
    if (text.trim() === '') return undefined;
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most)
      wrong[field] = `A whole number from ${least} to ${most.toLocaleString('en')}, or nothing.`;
    return value;
  };
  const lifetime = (field: Field, { count, unit }: DurationDraft): number | undefined => {
    if (count.trim() === '') return undefined;
    const ms = Math.round(Number(count) * UNITS[unit]);
    if (!(ms >= MIN_LIFETIME_MS && ms <= MAX_LIFETIME_MS))
      wrong[field] = 'From 1 minute to 366 days, or nothing.';
    return ms;
  };
  const raw = {
    maxLifetimeMs: lifetime('maxLifetimeMs', draft.maxLifetimeMs),
    defaultLifetimeMs: lifetime('defaultLifetimeMs', draft.defaultLifetimeMs),
    maxParticipants: whole('maxParticipants', draft.maxParticipants, [2, MAX_PEERS]),
    createRooms: draft.createRooms || undefined,
    guests: isYes(draft.guests),
    signInRequired: isYes(draft.signInRequired),
    lobbyRequired: isYes(draft.lobbyRequired),
    verifiedOnly: isYes(draft.verifiedOnly),
    screenSharing: draft.screenSharing || undefined,
    chat: isYes(draft.chat),
    chatLifetimeMinutes: whole('chatLifetimeMinutes', draft.chatLifetimeMinutes, CHAT_MINUTES),
    recording: isYes(draft.recording),
    minimumSuite: draft.minimumSuite || undefined,
    idleEndMinutes: whole('idleEndMinutes', draft.idleEndMinutes, [1, 24 * 60]),
    hours: hoursIn(draft.hours, wrong),
  };
  if (raw.maxLifetimeMs !== undefined && (raw.defaultLifetimeMs ?? 0) > raw.maxLifetimeMs)
    wrong.defaultLifetimeMs ??= 'That is longer than a room may live.';
  if (Object.keys(wrong).length > 0) return { wrong };
  const said = Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== undefined));
  const parsed = z.safeParse(PolicyRules, said);
  if (parsed.success) return { rules: parsed.data };
  const field = parsed.error.issues[0]?.path[0];
  return { wrong: { [typeof field === 'string' ? field : 'hours']: 'The server would not take this.' } };
}

const isYes = (value: YesNo): boolean | undefined => (value === '' ? undefined : value === 'yes');

function hoursIn({ limited, timeZone, days }: HoursDraft, wrong: Wrong): Hours | undefined {
  if (!limited) return undefined;
  const open: Partial<Record<Weekday, SpanDraft[]>> = {};
  for (const day of WEEKDAYS) {
    if (!days[day].open) continue;
    const spans = days[day].spans.map(({ from, to }) => ({ from, to: to === '00:00' ? '24:00' : to }));
    if (spans.some(({ from, to }) => from === '' || to === '' || from >= to))
      wrong.hours = 'Each time must begin before it ends. Midnight at the end is 00:00.';
    open[day] = spans;
  }
  if (Object.keys(open).length === 0) wrong.hours = 'On at least one day people must be able to meet.';
  if (!isTimeZone(timeZone)) wrong.hours = 'That is no time zone. It looks like Europe/Berlin.';
  return { timeZone, days: open };
}

function isTimeZone(name: string): boolean {
  try {
    return name !== '' && new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    // A RangeError, which says no more.
    return false;
  }
}
