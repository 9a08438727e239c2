// What an admin types into the form of a policy, and what becomes of it.
import { describe, expect, it } from 'vitest';
import type { PolicyRules } from '#protocol';
import { draftOf, type PolicyDraft, rulesIn } from './policyDraft.ts';

const ZONE = 'Europe/Berlin';
const ALL: PolicyRules = {
  maxLifetimeMs: 7 * 86_400_000,
  defaultLifetimeMs: 90 * 60_000,
  maxParticipants: 25,
  createRooms: 'admin',
  guests: false,
  signInRequired: true,
  lobbyRequired: true,
  screenSharing: 'hosts',
  chat: false,
  chatLifetimeMinutes: 10,
  idleEndMinutes: 30,
  hours: {
    timeZone: 'Asia/Tokyo',
    days: {
      mon: [
        { from: '08:00', to: '12:00' },
        { from: '13:00', to: '24:00' },
      ],
      sun: [{ from: '00:00', to: '24:00' }],
    },
  },
};
const typed = (over: Partial<PolicyDraft>) => rulesIn({ ...draftOf({}, ZONE), ...over });

describe('rules that go into the form', () => {
  it.each([
    ['none', {}],
    ['all of them', ALL],
    ['odd times', { maxLifetimeMs: 61_500, defaultLifetimeMs: 60_000 }],
    ['guests are welcome', { guests: true, signInRequired: false }],
  ] satisfies [string, PolicyRules][])('come out as they were: %s', (_what, rules) => {
    expect(rulesIn(draftOf(rules, ZONE))).toEqual({ rules });
  });

  it('are shown in the largest unit that fits', () => {
    expect(draftOf(ALL, ZONE).maxLifetimeMs).toEqual({ count: '7', unit: 'days' });
    expect(draftOf(ALL, ZONE).defaultLifetimeMs).toEqual({ count: '90', unit: 'minutes' });
  });

  it('suggest working days in the zone of whoever rules', () => {
    const { hours } = draftOf({}, ZONE);
    expect([hours.limited, hours.timeZone, hours.days.mon.open, hours.days.sun.open]).toEqual([
      false,
      ZONE,
      true,
      false,
    ]);
  });
});

describe('what cannot be a rule', () => {
  const day = (from: string, to: string, open = true) => ({ open, spans: [{ from, to }] });
  const hours = (over: object) => ({ ...draftOf({}, ZONE).hours, limited: true, ...over });
  const closed = { mon: day('', '', false), tue: day('', '', false), wed: day('', '', false) };
  const allClosed = { ...closed, thu: closed.mon, fri: closed.mon, sat: closed.mon, sun: closed.mon };

  it.each([
    ['a life of no number', { maxLifetimeMs: { count: 'x', unit: 'days' } }, 'maxLifetimeMs', /366 days/],
    ['a life too short', { maxLifetimeMs: { count: '59', unit: 'seconds' } }, 'maxLifetimeMs', /1 minute/],
    ['a life too long', { defaultLifetimeMs: { count: '367', unit: 'days' } }, 'defaultLifetimeMs', /366/],
    [
      'a suggestion that is not allowed',
      { maxLifetimeMs: { count: '1', unit: 'hours' }, defaultLifetimeMs: { count: '1', unit: 'days' } },
      'defaultLifetimeMs',
      /longer/,
    ],
    ['a meeting of one', { maxParticipants: '1' }, 'maxParticipants', /from 2/],
    ['half a person', { maxParticipants: '2.5' }, 'maxParticipants', /whole/],
    ['a chat that is gone at once', { chatLifetimeMinutes: '0' }, 'chatLifetimeMinutes', /from 1 to 527,040/],
    ['an idle end never', { idleEndMinutes: '1441' }, 'idleEndMinutes', /1,440/],
    [
      'hours that end before they begin',
      { hours: hours({ days: { ...allClosed, mon: day('18:00', '08:00') } }) },
      'hours',
      /begin/,
    ],
    [
      'hours half said',
      { hours: hours({ days: { ...allClosed, mon: day('18:00', '') } }) },
      'hours',
      /begin/,
    ],
    ['no day at all', { hours: hours({ days: allClosed }) }, 'hours', /one day/],
    ['a zone that is none', { hours: hours({ timeZone: 'Europe/Atlantis' }) }, 'hours', /time zone/],
  ] satisfies [string, Partial<PolicyDraft>, keyof PolicyRules, RegExp][])(
    'is told at its field: %s',
    (_what, over, field, words) => {
      expect(typed(over)).toEqual({ wrong: { [field]: expect.stringMatching(words) } });
    },
  );

  it('is not looked at where hours are not limited', () => {
    expect(typed({ hours: hours({ limited: false, days: allClosed, timeZone: '' }) })).toEqual({ rules: {} });
  });
});
