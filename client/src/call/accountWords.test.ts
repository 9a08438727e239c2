import { expect, it } from 'vitest';
import { accountWords } from './accountWords.ts';

it('says name and address of an account', () => {
  expect(accountWords({ name: 'Ada', email: 'ada@example.org' })).toBe('Ada (ada@example.org)');
  expect(accountWords({ name: ' ', email: 'ada@example.org' })).toBe('ada@example.org');
});

it('leaves out what makes one address look like another', () => {
  const email = '\u202egro.elpmaxe@ada\u0000\u200b';
  expect(accountWords({ name: 'A\u2066da\n', email })).toBe('Ada (gro.elpmaxe@ada)');
});
