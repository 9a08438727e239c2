// A counted reason that nobody can read is a warning that nobody gets.
import { expect, it } from 'vitest';
import { dropReasons } from '#e2ee/messages.ts';
import { dropWords } from './dropWords.ts';

it.each(dropReasons)('has words of its own for %s', (reason) => {
  expect(dropWords(reason)).not.toBe(reason);
});

it('shows a reason that it does not know as it is', () => {
  expect(dropWords('from-the-future')).toBe('from-the-future');
});
