// The strictest wins: whatever policies reach an account, in whatever order, none of them is loosened by another one.
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { type Random, seeded } from '#e2ee/mls/testing/random.ts';
import {
  type Hours,
  MAX_LIFETIME_MS,
  MAX_PEERS,
  MIN_LIFETIME_MS,
  PolicyRules,
  Role,
  SHARING,
  SUITES,
  WEEKDAYS,
} from '#protocol';
import { hoursText, isOpenAt } from './hours.ts';
import { inForce, LOOSEST, mayCreateRooms, type Rules, rulesOf, strictest } from './rules.ts';

const HOUR_MS = 60 * 60 * 1000;
const SEEDS = 200;
const START = Date.UTC(2030, 0, 1);
const ZONES = ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Pacific/Chatham', 'Asia/Kathmandu'];

const pick = <T>(dice: Random, all: readonly T[]): T => {
  const found = all[dice.below(all.length)];
  if (found === undefined) throw new Error('nothing to pick from');
  return found;
};
const between = (dice: Random, from: number, to: number) => from + dice.below(to - from + 1);

function someHours(dice: Random): Hours {
  const from = dice.below(20);
  const clock = (hour: number) => `${String(hour).padStart(2, '0')}:${dice.chance(0.5) ? '00' : '30'}`;
  const span = { from: clock(from), to: dice.chance(0.2) ? '24:00' : clock(from + 1 + dice.below(3)) };
  const days = WEEKDAYS.filter(() => dice.chance(0.7));
  const open = days.length === 0 ? [pick(dice, WEEKDAYS)] : days;
  return { timeZone: pick(dice, ZONES), days: Object.fromEntries(open.map((day) => [day, [span]])) };
}

/** Each field there or not. */
function somePolicy(dice: Random): PolicyRules {
  const all = {
    maxLifetimeMs: between(dice, MIN_LIFETIME_MS, MAX_LIFETIME_MS),
    defaultLifetimeMs: between(dice, MIN_LIFETIME_MS, MAX_LIFETIME_MS),
    maxParticipants: between(dice, 2, MAX_PEERS),
    createRooms: pick(dice, Role.options),
    guests: dice.chance(0.5),
    signInRequired: dice.chance(0.5),
    lobbyRequired: dice.chance(0.5),
    screenSharing: pick(dice, SHARING),
    chat: dice.chance(0.5),
    chatLifetimeMinutes: between(dice, 1, 10_000),
    recording: dice.chance(0.5),
    verifiedOnly: dice.chance(0.5),
    minimumSuite: pick(dice, SUITES),
    idleEndMinutes: between(dice, 1, 1440),
    hours: someHours(dice),
  };
  return z.parse(PolicyRules, Object.fromEntries(Object.entries(all).filter(() => dice.chance(0.6))));
}

const somePolicies = (dice: Random) => Array.from({ length: 1 + dice.below(5) }, () => somePolicy(dice));
const combined = (policies: readonly PolicyRules[]) =>
  policies.map((each) => rulesOf(each)).reduce(strictest, LOOSEST);

const shuffled = <T>(dice: Random, all: readonly T[]): T[] =>
  all
    .map((each) => ({ each, at: dice.next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ each }) => each);

/** Said by field, and not by `strictest` itself: at how many of these moments it is open, for one. */
function looser(a: Rules, b: Rules, moments: readonly number[]): (keyof Rules)[] {
  const open = (rules: Rules, now: number) => rules.hours.every((each) => isOpenAt(each, now));
  const is: Record<keyof Rules, boolean> = {
    maxLifetimeMs: a.maxLifetimeMs > b.maxLifetimeMs,
    defaultLifetimeMs: a.defaultLifetimeMs > b.defaultLifetimeMs,
    maxParticipants: a.maxParticipants > b.maxParticipants,
    createRooms: Role.options.some((role) => mayCreateRooms(a, role) && !mayCreateRooms(b, role)),
    guests: a.guests && !b.guests,
    signInRequired: !a.signInRequired && b.signInRequired,
    lobbyRequired: !a.lobbyRequired && b.lobbyRequired,
    screenSharing: SHARING.indexOf(a.screenSharing) < SHARING.indexOf(b.screenSharing),
    chat: a.chat && !b.chat,
    chatLifetimeMinutes: (a.chatLifetimeMinutes ?? Infinity) > (b.chatLifetimeMinutes ?? Infinity),
    recording: a.recording && !b.recording,
    verifiedOnly: !a.verifiedOnly && b.verifiedOnly,
    minimumSuite: SUITES.indexOf(a.minimumSuite) < SUITES.indexOf(b.minimumSuite),
    idleEndMinutes: (a.idleEndMinutes ?? Infinity) > (b.idleEndMinutes ?? Infinity),
    hours: moments.some((now) => open(a, now) && !open(b, now)),
  };
  return Object.keys(LOOSEST).filter((field): field is keyof Rules => is[field as keyof Rules]);
}

describe('of several policies', () => {
  const forEachSeed = (check: (dice: Random, seed: string) => void) => {
    for (let seed = 0; seed < SEEDS; seed++) check(seeded(seed), `seed ${seed}`);
  };

  it('the result does not depend on their order or number', () => {
    forEachSeed((dice, seed) => {
      const policies = somePolicies(dice);
      const result = combined(policies);
      expect(combined(shuffled(dice, policies)), seed).toEqual(result);
      expect(combined([...policies, ...shuffled(dice, policies)]), seed).toEqual(result);
      expect(strictest(result, result), seed).toEqual(result);
      const [front, back] = [policies.slice(0, 2), policies.slice(2)];
      expect(strictest(combined(front), combined(back)), seed).toEqual(result);
      expect(strictest(combined(back), combined(front)), seed).toEqual(result);
    });
  });

  it('the result is looser than none of them, nor than the configuration', () => {
    forEachSeed((dice, seed) => {
      const [organisation = {}, ...groups] = somePolicies(dice);
      const longestMs = between(dice, MIN_LIFETIME_MS, MAX_LIFETIME_MS);
      const usualMs = between(dice, MIN_LIFETIME_MS, longestMs);
      const installation = { longestMs, usualMs, guests: dice.chance(0.8) };
      const moments = Array.from({ length: 50 }, () => START + dice.below(400 * 24) * HOUR_MS);
      const result = inForce(installation, organisation, groups);
      for (const each of [organisation, ...groups])
        expect(looser(result, rulesOf(each), moments), `${seed} ${JSON.stringify(each)}`).toEqual([]);
      expect(result.maxLifetimeMs, seed).toBeLessThanOrEqual(longestMs);
      expect(result.defaultLifetimeMs, seed).toBeLessThanOrEqual(result.maxLifetimeMs);
      if (!installation.guests) expect(result).toMatchObject({ guests: false, signInRequired: true });
      const without = inForce(installation, organisation, groups.slice(1));
      expect(looser(result, without, moments), seed).toEqual([]);
    });
  });
});

describe('where no admin has ruled anything', () => {
  it('the configuration holds, and hosts make rooms', () => {
    const installation = { longestMs: 30 * 24 * HOUR_MS, usualMs: 24 * HOUR_MS, guests: true };
    expect(inForce(installation, {})).toEqual({
      ...LOOSEST,
      maxLifetimeMs: 30 * 24 * HOUR_MS,
      defaultLifetimeMs: 24 * HOUR_MS,
      createRooms: 'host',
    });
  });
});

describe('the organisation', () => {
  const installation = { longestMs: 48 * HOUR_MS, usualMs: 24 * HOUR_MS, guests: true };

  it('may let members make rooms, and suggest another lifetime, also a longer one', () => {
    const rules = inForce(installation, { createRooms: 'member', defaultLifetimeMs: 36 * HOUR_MS });
    expect(rules).toMatchObject({ createRooms: 'member', defaultLifetimeMs: 36 * HOUR_MS });
    expect(mayCreateRooms(rules, 'member')).toBe(true);
  });

  it('is not loosened by a group', () => {
    const rules = inForce(installation, {}, [{ createRooms: 'member', maxLifetimeMs: 72 * HOUR_MS }]);
    expect(rules).toMatchObject({ createRooms: 'host', maxLifetimeMs: 48 * HOUR_MS });
  });
});

describe('allowed hours', () => {
  const office: Hours = {
    timeZone: 'Europe/Berlin',
    days: {
      mon: [
        { from: '08:00', to: '12:00' },
        { from: '13:00', to: '18:00' },
      ],
      sun: [{ from: '00:00', to: '24:00' }],
    },
  };
  const at = (text: string) => isOpenAt(office, Date.parse(text));

  it('are those of the place, in winter and in summer', () => {
    expect([at('2030-01-07T07:00:00+01:00'), at('2030-01-07T08:00:00+01:00')]).toEqual([false, true]);
    expect([at('2030-07-01T07:59:59+02:00'), at('2030-07-01T08:00:00+02:00')]).toEqual([false, true]);
  });

  it('end at their last minute, and days that are not named are closed', () => {
    expect([at('2030-01-07T11:59:59+01:00'), at('2030-01-07T12:00:00+01:00')]).toEqual([true, false]);
    expect([at('2030-01-07T17:59:00+01:00'), at('2030-01-07T18:00:00+01:00')]).toEqual([true, false]);
    expect(at('2030-01-08T09:00:00+01:00')).toBe(false);
    expect([at('2030-01-06T00:00:00+01:00'), at('2030-01-06T23:59:59+01:00')]).toEqual([true, true]);
  });

  it('are one text for one meaning, short enough for a row of the audit log', () => {
    expect(hoursText(office)).toBe('Europe/Berlin mon 08:00-12:00 13:00-18:00, sun 00:00-24:00');
    const spans = office.days.mon ?? [];
    const full = { timeZone: 'x'.repeat(40), days: Object.fromEntries(WEEKDAYS.map((day) => [day, spans])) };
    expect(hoursText(full).length).toBeLessThanOrEqual(256);
  });
});

describe('what is no policy', () => {
  it.each([
    [{ maxLifetimeMs: MIN_LIFETIME_MS - 1 }],
    [{ maxLifetimeMs: MAX_LIFETIME_MS + 1 }],
    [{ maxLifetimeMs: 60_000.5 }],
    [{ maxParticipants: 1 }],
    [{ maxParticipants: MAX_PEERS + 1 }],
    [{ createRooms: 'nobody' }],
    [{ guests: 'no' }],
    [{ guests: null }],
    [{ screenSharing: 'some' }],
    [{ idleEndMinutes: 0 }],
    [{ idleEndMinutes: 1441 }],
    [{ chat: 1 }],
    [{ chatLifetimeMinutes: 0 }],
    [{ chatLifetimeMinutes: 527_041 }],
    [{ watermark: false }],
    [{ recording: 'hosts' }],
    [{ minimumSuite: 'p256' }],
    [{ verifiedOnly: null }],
    [{ hours: { timeZone: 'Mars/Olympus', days: { mon: [{ from: '08:00', to: '09:00' }] } } }],
    [{ hours: { timeZone: 'UTC', days: {} } }],
    [{ hours: { timeZone: 'UTC', days: { mon: [] } } }],
    [{ hours: { timeZone: 'UTC', days: { yesterday: [{ from: '08:00', to: '09:00' }] } } }],
    [{ hours: { timeZone: 'UTC', days: { mon: [{ from: '09:00', to: '09:00' }] } } }],
    [{ hours: { timeZone: 'UTC', days: { mon: [{ from: '8:00', to: '09:00' }] } } }],
    [{ hours: { timeZone: 'UTC', days: { mon: [{ from: '08:00', to: '24:01' }] } } }],
    [{ hours: { timeZone: 'UTC', days: { mon: Array(3).fill({ from: '08:00', to: '09:00' }) } } }],
    [[]],
    [null],
  ])('%j', (given) => {
    expect(z.safeParse(PolicyRules, given).success).toBe(false);
  });
});
