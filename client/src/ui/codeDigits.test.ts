// Digits are read out and typed with whatever pauses people make; anything else is not a code.
import { expect, it } from 'vitest';
import { parseCode, spokenCode } from './codeDigits.ts';

it.each([
  '48213099175512073346',
  '48213 09917 55120 73346',
  '4821-3099-1755-1207-3346',
  ' 48213.09917,55120 73346\n',
])('reads %j', (text) => {
  expect(parseCode(text)).toEqual(['48213', '09917', '55120', '73346']);
});

it.each([
  '',
  '4821309917551207334',
  '482130991755120733460',
  '48213 09917 55120 7334a',
  '４８２１３０９９１７５５１２０７３３４６',
])('refuses %j', (text) => {
  expect(parseCode(text)).toBeNull();
});

it('spells digits one by one', () => {
  expect(spokenCode(['12345', '67890'])).toBe('1 2 3 4 5, 6 7 8 9 0');
});
