// Nothing of what the server holds about somebody is left out of what they are shown.
import { expect, it } from 'vitest';
import { OwnData } from '#protocol';
import { kindsOf } from './ownRows.ts';

const DATA: OwnData = {
  at: 5,
  account: {
    id: 'a',
    name: 'Ada',
    email: 'ada@example.org',
    role: 'host',
    createdAt: 1,
    updatedAt: 2,
    disabledAt: null,
  },
  signInMethods: [],
  sessions: [
    { id: 's1', createdAt: 1, updatedAt: 1, expiresAt: 9, address: '127.0.0.1', userAgent: null },
    { id: 's2', createdAt: 1, updatedAt: 1, expiresAt: 9, address: null, userAgent: 'x' },
  ],
  passkeys: [],
  keys: [],
  invitations: [],
  passwordLinks: [],
  policyGroups: [],
  keptAnswers: [],
  begun: [],
  rooms: [],
  audit: [{ seq: 1, at: 3, type: 'sign-in:succeeded', data: { account: 'a', how: 'password' } }],
};

it('every kind of row is shown, with every field of each', () => {
  const kinds = kindsOf(DATA, (ms) => `at ${ms}`);
  expect(kinds.map(({ name }) => name)).toEqual(Object.keys(OwnData.shape).filter((name) => name !== 'at'));
  const rowsOf = (name: string) => kinds.find((kind) => kind.name === name)?.rows.map(({ fields }) => fields);
  expect(rowsOf('account')).toEqual([
    [
      ['id', 'a'],
      ['name', 'Ada'],
      ['email', 'ada@example.org'],
      ['role', 'host'],
      ['createdAt', 'at 1'],
      ['updatedAt', 'at 2'],
      ['disabledAt', 'nothing'],
    ],
  ]);
  expect(rowsOf('sessions')).toHaveLength(2);
  expect(rowsOf('passkeys')).toEqual([]);
  expect(rowsOf('audit')?.[0]).toContainEqual(['data', '{"account":"a","how":"password"}']);
});
