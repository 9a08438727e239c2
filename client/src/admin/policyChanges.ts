// Two versions of a policy: what differs, what that does to meetings, and how two changes of it go together. Pure.
import * as z from 'zod/mini';
import { type Hours, PolicyRules, SHARING, SUITES, WEEKDAYS } from '#protocol';
import { SUITE_NAMES } from '../ui/suiteNames.ts';
import { timeLeft } from '../ui/timeLeft.ts';
import type { Field } from './policyDraft.ts';
import { ROLE_NAMES } from './roles.ts';

export const FIELDS = Object.keys(PolicyRules.shape).filter((field): field is Field =>
  Object.hasOwn(PolicyRules.shape, field),
);

export const FIELD_LABELS: Readonly<Record<Field, string>> = {
  maxLifetimeMs: 'Longest life of a room',
  defaultLifetimeMs: 'Suggested life of a room',
  maxParticipants: 'People in a meeting',
  createRooms: 'Who makes rooms',
  guests: 'Guests',
  signInRequired: 'Sign-in required',
  lobbyRequired: 'Lobby required',
  verifiedOnly: 'Verified people only',
  screenSharing: 'Screens may be shared by',
  chat: 'Chat',
  chatLifetimeMinutes: 'Minutes that chat messages live',
  recording: 'Recording',
  minimumSuite: 'Weakest cipher suite',
  idleEndMinutes: 'Minutes alone until a meeting ends',
  hours: 'Hours',
};

export interface Difference {
  readonly field: Field;
  readonly from: string;
  readonly to: string;
}

export const differences = (before: PolicyRules, after: PolicyRules): Difference[] =>
  FIELDS.filter((field) => !same(before[field], after[field])).map((field) => ({
    field,
    from: inWords(before, field),
    to: inWords(after, field),
  }));

/** What both have changed is as it is in `mine`. */
export function merge(base: PolicyRules, mine: PolicyRules, theirs: PolicyRules): PolicyRules {
  const merged: Record<string, unknown> = {};
  for (const field of FIELDS) {
    const value = same(mine[field], base[field]) ? theirs[field] : mine[field];
    if (value !== undefined) merged[field] = value;
  }
  return z.parse(PolicyRules, merged);
}

/** What people in meetings will notice of it when the rules become these; empty when nothing. */
export function effects(before: PolicyRules, after: PolicyRules): string[] {
  const most = (n: number | undefined) => n ?? Number.POSITIVE_INFINITY;
  return [
    ...(after.maxLifetimeMs !== undefined && most(after.maxLifetimeMs) < most(before.maxLifetimeMs)
      ? [
          `Open rooms end ${timeLeft(after.maxLifetimeMs)} after they were made, at the latest: older ones end at once, and no change of the policy brings them back.`,
        ]
      : []),
    ...(most(after.maxParticipants) < most(before.maxParticipants)
      ? ['Where more are in a meeting, those who came last are out within seconds, but for hosts.']
      : []),
    ...(after.guests === false && before.guests !== false
      ? ['Guests who are in meetings are out within seconds.']
      : []),
    ...(after.signInRequired === true && before.signInRequired !== true
      ? ['Whoever is in a meeting without an account is out within seconds.']
      : []),
    ...(after.verifiedOnly === true && before.verifiedOnly !== true
      ? [
          'Everybody but hosts is back at the door within seconds, and comes in once a host has compared keys with them.',
        ]
      : []),
    ...(suiteOf(after) > suiteOf(before)
      ? [
          'Meetings with weaker keys end within seconds and begin anew; people come back by themselves once a host is there.',
        ]
      : []),
    ...(after.recording === false && before.recording !== false ? ['Recordings of hosts stop.'] : []),
    ...(sharingOf(after) > sharingOf(before)
      ? ['Screens that may not be shared any more are not shown any more.']
      : []),
    ...(after.chat === false && before.chat !== false
      ? ['Nobody writes in meetings any more, those that run included.']
      : []),
    ...(lifeOf(after) < lifeOf(before) ? ['Chat messages older than that are erased in meetings, too.'] : []),
    ...(after.hours && !same(after.hours, before.hours) ? ['Meetings outside of these hours end.'] : []),
  ];
}

const sharingOf = ({ screenSharing }: PolicyRules): number => SHARING.indexOf(screenSharing ?? 'everyone');

const suiteOf = ({ minimumSuite }: PolicyRules): number => SUITES.indexOf(minimumSuite ?? 'x25519');

const lifeOf = ({ chatLifetimeMinutes }: PolicyRules): number =>
  chatLifetimeMinutes ?? Number.POSITIVE_INFINITY;

const same = (a: unknown, b: unknown): boolean => textOf(a) === textOf(b);

/** Whatever the order of the fields. */
const textOf = (value: unknown): string | undefined =>
  JSON.stringify(value, (_name, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );

export function inWords(rules: PolicyRules, field: Field): string {
  const value = rules[field];
  if (value === undefined) return 'not ruled';
  if (field === 'maxLifetimeMs' || field === 'defaultLifetimeMs') return timeLeft(Number(value));
  if (field === 'hours') return rules.hours ? hoursInWords(rules.hours) : '';
  if (field === 'createRooms') return rules.createRooms ? `from ${ROLE_NAMES[rules.createRooms]} on` : '';
  if (field === 'minimumSuite') return rules.minimumSuite ? SUITE_NAMES[rules.minimumSuite] : '';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return String(value);
}

function hoursInWords({ timeZone, days }: Hours): string {
  const open = WEEKDAYS.flatMap((day) => {
    const spans = days[day]?.map(({ from, to }) => `${from}–${to}`);
    return spans ? [`${day} ${spans.join(' and ')}`] : [];
  });
  return `${open.join(', ')} (${timeZone})`;
}
