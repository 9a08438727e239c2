// What an admin may rule for the installation or for a group of accounts (signaling/policy/), and what of it members of a
// meeting keep to themselves.
import * as z from 'zod/mini';
import { Account, Role } from './account.ts';
import {
  MAX_CHAT_LIFETIME_S,
  MAX_LIFETIME_MS,
  MAX_PEERS,
  MIN_CHAT_LIFETIME_S,
  MIN_LIFETIME_MS,
} from './limits.ts';
import { listOf } from './lists.ts';

/** Whose screens are sent and shown; the loosest first. */
export const SHARING = ['everyone', 'hosts', 'nobody'] as const;
export const Sharing = z.enum(SHARING);
export type Sharing = z.infer<typeof Sharing>;

export const ChatLifetime = z.nullable(z.int().check(z.gte(MIN_CHAT_LIFETIME_S), z.lte(MAX_CHAT_LIFETIME_S)));

/**
 * What the group's keys are agreed on with, weakest first. `x25519`: MLS cipher suite 1 (RFC 9420 § 17.1). `x-wing`: X25519 together
 * with ML-KEM-768 (draft-connolly-cfrg-xwing-kem), which also holds against who records today and has a quantum computer one day.
 */
export const SUITES = ['x25519', 'x-wing'] as const;
export const Suite = z.enum(SUITES);
export type Suite = z.infer<typeof Suite>;

/** What hosts of a meeting cannot undo: it is in the group's policy, and every member goes by it (e2ee-worker/mls/policy.ts). */
export const Imposed = z.strictObject({
  /** People wait until a host admits them. */
  lobby: z.boolean(),
  share: Sharing,
  /** False: nobody writes, and nobody is shown what is written all the same. */
  chat: z.boolean(),
  /** Members erase a message so many seconds after it has come; null: with the meeting. */
  chatLifetimeS: ChatLifetime,
  /** False: no host records on their device. */
  recording: z.boolean(),
  /** Nobody comes in but hosts' own devices and those whose key a host has compared. */
  verifiedOnly: z.boolean(),
  /** No weaker one. Of a group that exists it cannot be changed. */
  suite: Suite,
});
export type Imposed = z.infer<typeof Imposed>;

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const HOUR = '([01]\\d|2[0-3]):[0-5]\\d';
const Span = z
  .strictObject({
    from: z.string().check(z.regex(new RegExp(`^${HOUR}$`))),
    /** Not in it any more. */
    to: z.string().check(z.regex(new RegExp(`^(${HOUR}|24:00)$`))),
  })
  // Of one length, so that text sorts as time does.
  .check(z.refine(({ from, to }) => from < to));

/** Asking takes 50 µs, and each room of a list may have one. */
const zones = new Set<string>();
/** There are some 600, and each can be written in capitals. */
const MAX_ZONES = 1_000;

function isTimeZone(name: string): boolean {
  if (zones.has(name)) return true;
  if (zones.size >= MAX_ZONES) zones.clear();
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    zones.add(name);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** As in the IANA database, `Europe/Berlin`; also `UTC`. */
export const TimeZone = z.string().check(z.minLength(1), z.maxLength(40), z.refine(isTimeZone));

/** When people may meet, by the clock of a place. A day that is not named is closed. Past midnight is the next day's. */
export const Hours = z.strictObject({
  timeZone: TimeZone,
  days: z
    .partialRecord(z.enum(WEEKDAYS), z.array(Span).check(z.minLength(1), z.maxLength(2)))
    .check(z.refine((days) => Object.keys(days).length > 0)),
});
export type Hours = z.infer<typeof Hours>;

/** No control characters, no halves of characters, not only blanks. */
export const PolicyGroupName = z
  .string()
  .check(z.minLength(1), z.maxLength(64), z.regex(/^[^\S\p{Cc}]*[^\s\p{Cc}\p{Cs}][^\p{Cc}\p{Cs}]*$/u));

const lifetime = z.int().check(z.gte(MIN_LIFETIME_MS), z.lte(MAX_LIFETIME_MS));

/**
 * A field that is absent rules nothing: for the organisation, the installation's default holds then. Every one of these is
 * enforced (docs/adr/0010-policy.md): there is none for what the product cannot do.
 */
export const PolicyRules = z.strictObject({
  /** From when a room was made; also of rooms that exist when it is lowered. */
  maxLifetimeMs: z.optional(lifetime),
  /** What is suggested to whoever makes a room. */
  defaultLifetimeMs: z.optional(lifetime),
  /** In one meeting at once. */
  maxParticipants: z.optional(z.int().check(z.gte(2), z.lte(MAX_PEERS))),
  /** The least role that makes rooms. */
  createRooms: z.optional(Role),
  /** People without an account may come in. Without it, only devices that hold a host's key of the room may. */
  guests: z.optional(z.boolean()),
  /** Nobody without an account comes in or sees that there is a room, hosts' devices included. */
  signInRequired: z.optional(z.boolean()),
  lobbyRequired: z.optional(z.boolean()),
  screenSharing: z.optional(Sharing),
  /** Off: nobody writes in meetings. */
  chat: z.optional(z.boolean()),
  /** Members erase a message so long after it has come. Without it: with the meeting. */
  chatLifetimeMinutes: z.optional(
    z.int().check(z.gte(MIN_CHAT_LIFETIME_S / 60), z.lte(MAX_CHAT_LIFETIME_S / 60)),
  ),
  /** Hosts may record meetings on their own device; everybody in the meeting is told. */
  recording: z.optional(z.boolean()),
  /** Nobody comes in but hosts' own devices and those whose key a host has compared with the person. */
  verifiedOnly: z.optional(z.boolean()),
  /** Meetings with a weaker one end, and begin anew with this. */
  minimumSuite: z.optional(Suite),
  /** A meeting in which one person has been alone for so long ends. */
  idleEndMinutes: z.optional(z.int().check(z.gte(1), z.lte(24 * 60))),
  hours: z.optional(Hours),
});
export type PolicyRules = z.infer<typeof PolicyRules>;

/** Counts changes; 0 of an organisation that has never been given a policy. */
export const PolicyVersion = z.int().check(z.gte(0));

export const OrganisationPolicy = z.strictObject({ version: PolicyVersion, rules: PolicyRules });
export type OrganisationPolicy = z.infer<typeof OrganisationPolicy>;

/** With what the configuration allows at most, whatever is ruled. */
export const ShownPolicy = z.strictObject({
  ...OrganisationPolicy.shape,
  bound: z.strictObject({ maxLifetimeMs: lifetime }),
});
export type ShownPolicy = z.infer<typeof ShownPolicy>;

export const PolicyGroup = z.strictObject({
  id: z.string(),
  name: PolicyGroupName,
  version: PolicyVersion,
  rules: PolicyRules,
});
export type PolicyGroup = z.infer<typeof PolicyGroup>;
export const PolicyGroupList = listOf(PolicyGroup);
export const PolicyMemberList = listOf(Account);
