// A row of the audit log as people read it.
import { expect, it } from 'vitest';
import { actorOf, detailsOf, kindOf } from './auditWords.ts';

const names = {
  name: (id: string) => (id === 'a1' ? 'Ada' : undefined),
  time: (ms: number) => `at ${ms}`,
};
const room = 'f'.repeat(32);

it('names who did it, and what was done to whom', () => {
  const row = { type: 'account:role-changed', data: { account: 'a1', by: 'b2', from: 'host', to: 'admin' } };
  expect(kindOf(row.type)).toBe('Role changed');
  expect(actorOf(row)).toBe('b2');
  expect(detailsOf(row, names)).toEqual([
    { label: 'account', text: 'Ada', about: 'a1' },
    { label: 'from', text: 'host to admin' },
  ]);
});

it('does not name the same account twice', () => {
  const row = { type: 'sign-in:succeeded', data: { account: 'a1', how: 'password' } };
  expect(actorOf(row)).toBe('a1');
  expect(detailsOf(row, names)).toEqual([{ label: 'how', text: 'password' }]);
});

it('leads from a room to its other rows, and shows times as times', () => {
  const row = { type: 'room:expiry-changed', data: { room, by: 'a1', from: 2, to: 1 } };
  expect(detailsOf(row, names)).toEqual([
    { label: 'room', text: 'ffffffff', about: room },
    { label: 'from', text: 'at 2 to at 1' },
  ]);
  expect(detailsOf({ type: 'room:created', data: { expiresAt: 5, lobby: true } }, names)).toEqual([
    { label: 'until', text: 'at 5' },
    { label: 'lobby', text: 'yes' },
  ]);
});

it('tells a key that was deleted from the one that it was done with', () => {
  const data = { account: 'a1', key: 'k1', by: 'b2', byKey: 'k2' };
  expect(detailsOf({ type: 'key:revoked', data }, names)).toEqual([
    { label: 'account', text: 'Ada', about: 'a1' },
    { label: 'key', text: 'k1', about: 'k1' },
    { label: 'with', text: 'k2', about: 'k2' },
  ]);
});

it('says of a rule that there was none before', () => {
  const data = { by: 'a1', scope: 'organisation', field: 'guests', from: null, to: false };
  const said = detailsOf({ type: 'policy:changed', data }, names);
  expect(said.map(({ label, text }) => `${label} ${text}`)).toEqual([
    'scope organisation',
    'rule Guests',
    'from nothing to no',
  ]);
  const longest = { ...data, field: 'maxLifetimeMs', from: null, to: 86_400_000 };
  expect(detailsOf({ type: 'policy:changed', data: longest }, names).at(-1)?.text).toBe('nothing to 1 day');
});

it('shows a kind of event that it does not know by its name', () => {
  expect(kindOf('new:kind')).toBe('new:kind');
});
