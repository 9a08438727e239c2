// What holds for an account and the rooms it has made: of all policies that reach it, the strictest wins, field by field. Pure.
import {
  type Hours,
  type Imposed,
  MAX_LIFETIME_MS,
  MAX_PEERS,
  type PolicyRules,
  type Role,
  SHARING,
  type Sharing,
  SUITES,
  type Suite,
} from '#protocol';
import { hoursText, isOpenAt } from './hours.ts';

/** A policy in which nothing is left open. What the fields mean: PolicyRules. */
export interface Rules {
  readonly maxLifetimeMs: number;
  readonly defaultLifetimeMs: number;
  readonly maxParticipants: number;
  readonly createRooms: Role;
  readonly guests: boolean;
  readonly signInRequired: boolean;
  readonly lobbyRequired: boolean;
  readonly screenSharing: Sharing;
  readonly chat: boolean;
  /** Null: messages live as long as the meeting. */
  readonly chatLifetimeMinutes: number | null;
  readonly recording: boolean;
  readonly verifiedOnly: boolean;
  readonly minimumSuite: Suite;
  readonly idleEndMinutes: number | null;
  /** All of them must be open. */
  readonly hours: readonly Hours[];
}

/** What the configuration allows at most, and what it suggests. */
export interface Installation {
  readonly longestMs: number;
  readonly usualMs: number;
  readonly guests: boolean;
}

/** The least first. */
const ROLES: readonly Role[] = ['member', 'host', 'admin'];

export const LOOSEST: Rules = {
  maxLifetimeMs: MAX_LIFETIME_MS,
  defaultLifetimeMs: MAX_LIFETIME_MS,
  maxParticipants: MAX_PEERS,
  createRooms: 'member',
  guests: true,
  signInRequired: false,
  lobbyRequired: false,
  screenSharing: 'everyone',
  chat: true,
  chatLifetimeMinutes: null,
  recording: true,
  verifiedOnly: false,
  minimumSuite: 'x25519',
  idleEndMinutes: null,
  hours: [],
};

/** `a` and `b` in whatever order, and the same again, come to the same. */
export function strictest(a: Rules, b: Rules): Rules {
  const maxLifetimeMs = Math.min(a.maxLifetimeMs, b.maxLifetimeMs);
  return {
    maxLifetimeMs,
    defaultLifetimeMs: Math.min(a.defaultLifetimeMs, b.defaultLifetimeMs, maxLifetimeMs),
    maxParticipants: Math.min(a.maxParticipants, b.maxParticipants),
    createRooms: later(ROLES, a.createRooms, b.createRooms),
    guests: a.guests && b.guests,
    signInRequired: a.signInRequired || b.signInRequired,
    lobbyRequired: a.lobbyRequired || b.lobbyRequired,
    screenSharing: later(SHARING, a.screenSharing, b.screenSharing),
    chat: a.chat && b.chat,
    chatLifetimeMinutes: least(a.chatLifetimeMinutes, b.chatLifetimeMinutes),
    recording: a.recording && b.recording,
    verifiedOnly: a.verifiedOnly || b.verifiedOnly,
    minimumSuite: later(SUITES, a.minimumSuite, b.minimumSuite),
    idleEndMinutes: least(a.idleEndMinutes, b.idleEndMinutes),
    hours: eachOnce([...a.hours, ...b.hours]),
  };
}

const later = <T>(order: readonly T[], a: T, b: T): T => (order.indexOf(a) > order.indexOf(b) ? a : b);

const least = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.min(a, b);

function eachOnce(hours: readonly Hours[]): Hours[] {
  const byText = new Map(hours.map((each) => [hoursText(each), each]));
  return [...byText].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}

/** As a policy of its own; what it does not say, it leaves open. */
export function rulesOf({ hours, ...said }: PolicyRules, unsaid: Partial<Rules> = {}): Rules {
  const open = { ...LOOSEST, ...unsaid };
  const maxLifetimeMs = said.maxLifetimeMs ?? open.maxLifetimeMs;
  const rules: Rules = {
    maxLifetimeMs,
    defaultLifetimeMs: said.defaultLifetimeMs ?? open.defaultLifetimeMs,
    maxParticipants: said.maxParticipants ?? open.maxParticipants,
    createRooms: said.createRooms ?? open.createRooms,
    guests: said.guests ?? open.guests,
    signInRequired: said.signInRequired ?? open.signInRequired,
    lobbyRequired: said.lobbyRequired ?? open.lobbyRequired,
    screenSharing: said.screenSharing ?? open.screenSharing,
    chat: said.chat ?? open.chat,
    chatLifetimeMinutes: said.chatLifetimeMinutes ?? open.chatLifetimeMinutes,
    recording: said.recording ?? open.recording,
    verifiedOnly: said.verifiedOnly ?? open.verifiedOnly,
    minimumSuite: said.minimumSuite ?? open.minimumSuite,
    idleEndMinutes: said.idleEndMinutes ?? open.idleEndMinutes,
    hours: hours ? [hours] : open.hours,
  };
  return strictest(rules, rules);
}

/** What holds for an account that is in these groups. */
export function inForce(
  installation: Installation,
  organisation: PolicyRules,
  groups: readonly PolicyRules[] = [],
): Rules {
  const { longestMs, usualMs, guests } = installation;
  // The configuration is the outer bound, whatever admins rule; what it suggests, and who makes rooms, is for them to change.
  const bound = rulesOf({ maxLifetimeMs: longestMs, guests, signInRequired: !guests });
  const own = rulesOf(organisation, { defaultLifetimeMs: usualMs, createRooms: 'host' });
  return [own, ...groups.map((group) => rulesOf(group))].reduce(strictest, bound);
}

/** Those whom nobody has looked at wait. */
export const needsLobby = ({ lobbyRequired, verifiedOnly }: Rules): boolean => lobbyRequired || verifiedOnly;

/** Of the meetings of a room. */
export const suiteOf = ({ suite }: { readonly suite: Suite }, { minimumSuite }: Rules): Suite =>
  later(SUITES, suite, minimumSuite);

export const mayCreateRooms = ({ createRooms }: Pick<Rules, 'createRooms'>, role: Role): boolean =>
  ROLES.indexOf(role) >= ROLES.indexOf(createRooms);

export const isTime = ({ hours }: Pick<Rules, 'hours'>, now: number): boolean =>
  hours.every((each) => isOpenAt(each, now));

export const imposedBy = (rules: Rules): Imposed => ({
  lobby: rules.lobbyRequired,
  share: rules.screenSharing,
  chat: rules.chat,
  chatLifetimeS: rules.chatLifetimeMinutes === null ? null : rules.chatLifetimeMinutes * 60,
  recording: rules.recording,
  verifiedOnly: rules.verifiedOnly,
  suite: rules.minimumSuite,
});
