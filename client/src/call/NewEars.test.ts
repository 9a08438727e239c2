// What was said to everybody is said again to those who could not hear it, and not all the time.
import { expect, it } from 'vitest';
import type { GroupMember } from '#e2ee/messages.ts';
import { PeerId } from '#protocol';
import { NewEars } from './NewEars.ts';

type Ear = Parameters<NewEars['areThere']>[0][number];

const someone = (letter: string, more: Partial<GroupMember> = {}): Ear => ({
  peerId: PeerId.parse(letter.repeat(22)),
  leaf: letter.charCodeAt(0),
  self: false,
  presence: 'here',
  confirmed: 'yes',
  ...more,
});
const self = someone('s', { self: true });

it('is for others, once', () => {
  const ears = new NewEars();
  expect(ears.areThere([self])).toBe(false);
  expect(ears.areThere([self, someone('a')])).toBe(true);
  expect(ears.areThere([self, someone('a')])).toBe(false);
  expect(ears.areThere([self, someone('a'), someone('b')])).toBe(true);
});

it('says it at once to whoever comes in, and again when they have the keys with which words are checked', () => {
  const ears = new NewEars();
  expect(ears.areThere([someone('a', { confirmed: 'waiting' })])).toBe(true);
  expect(ears.areThere([someone('a', { confirmed: 'waiting' })])).toBe(false);
  expect(ears.areThere([someone('a')])).toBe(true);
});

it('minds no change of keys of those who have heard it', () => {
  const ears = new NewEars();
  ears.areThere([someone('a')]);
  expect(ears.areThere([someone('a', { confirmed: 'waiting' })])).toBe(false);
  expect(ears.areThere([someone('a')])).toBe(false);
});

it('waits for those who are away, and tells them when they are back', () => {
  const ears = new NewEars();
  ears.areThere([someone('a')]);
  expect(ears.areThere([someone('a', { presence: 'away' })])).toBe(false);
  expect(ears.areThere([someone('a')])).toBe(true);
});

it('tells somebody again who was added anew', () => {
  const ears = new NewEars();
  ears.areThere([someone('a')]);
  expect(ears.areThere([someone('a', { leaf: 9 })])).toBe(true);
});
