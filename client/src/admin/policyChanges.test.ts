// Two admins at the same policy, and what a change does to those who meet.
import { describe, expect, it } from 'vitest';
import type { PolicyRules } from '#protocol';
import { differences, effects, merge } from './policyChanges.ts';

const HOUR_MS = 3_600_000;
const hours = { timeZone: 'Europe/Berlin', days: { mon: [{ from: '08:00', to: '18:00' }] } };

describe('two changes of one policy', () => {
  const base: PolicyRules = { maxLifetimeMs: 8 * HOUR_MS, guests: true };

  it('go together where they touch different rules', () => {
    const mine: PolicyRules = { ...base, maxParticipants: 10 };
    const theirs: PolicyRules = { maxLifetimeMs: 4 * HOUR_MS, hours };
    expect(merge(base, mine, theirs)).toEqual({ maxLifetimeMs: 4 * HOUR_MS, maxParticipants: 10, hours });
  });

  it('leave what was typed here where they touch the same one, a rule that was taken away included', () => {
    const theirs: PolicyRules = { ...base, maxLifetimeMs: HOUR_MS };
    expect(merge(base, { ...base, maxLifetimeMs: 2 * HOUR_MS }, theirs)).toEqual({
      ...base,
      maxLifetimeMs: 2 * HOUR_MS,
    });
    expect(merge(base, { guests: true }, theirs)).toEqual({ guests: true });
  });

  it('are told apart in words, and the order of fields is no difference', () => {
    expect(differences(base, { guests: false, hours })).toEqual([
      { field: 'maxLifetimeMs', from: '8 hours', to: 'not ruled' },
      { field: 'guests', from: 'yes', to: 'no' },
      { field: 'hours', from: 'not ruled', to: 'mon 08:00–18:00 (Europe/Berlin)' },
    ]);
    expect(differences({ hours }, { hours: { days: hours.days, timeZone: hours.timeZone } })).toEqual([]);
  });
});

describe('what people in meetings notice', () => {
  it.each([
    ['a shorter life', {}, { maxLifetimeMs: HOUR_MS }, [/1 hour after they were made/]],
    ['a longer life', { maxLifetimeMs: HOUR_MS }, { maxLifetimeMs: 2 * HOUR_MS }, []],
    ['no guests', { guests: true }, { guests: false }, [/Guests who are in/]],
    ['guests again', { guests: false }, { guests: true }, []],
    ['a sign-in', {}, { signInRequired: true }, [/without an account/]],
    ['screens of hosts only', {}, { screenSharing: 'hosts' }, [/Screens/]],
    ['screens of all', { screenSharing: 'nobody' }, {}, []],
    ['no chat', {}, { chat: false }, [/Nobody writes/]],
    ['chat again', { chat: false }, { chat: true }, []],
    ['messages that live shorter', {}, { chatLifetimeMinutes: 5 }, [/older than that/]],
    ['messages that live longer', { chatLifetimeMinutes: 5 }, {}, []],
    ['hours', {}, { hours }, [/outside of these hours/]],
    ['the same hours', { hours }, { hours }, []],
  ] satisfies [string, PolicyRules, PolicyRules, RegExp[]][])(
    'of %s is said before it is saved',
    (_what, before, after, said) => {
      expect(effects(before, after)).toEqual(said.map((words) => expect.stringMatching(words)));
    },
  );
});
