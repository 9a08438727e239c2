// A shortcut that fires while somebody types a name would switch the microphone on in silence.
import { expect, it } from 'vitest';
import { shortcutOf } from './shortcuts.ts';

const press = {
  key: 'm',
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  repeat: false,
  isComposing: false,
  defaultPrevented: false,
};

const free = { typing: false, letters: true };

it.each([
  ['m', 'microphone'],
  ['V', 'camera'],
  ['l', 'leave'],
  ['d', 'door'],
  ['c', 'chat'],
  ['Escape', 'close'],
])('reads %s as %s', (key, expected) => {
  expect(shortcutOf({ ...press, key }, free)).toBe(expected);
});

it('leaves every key to the field that somebody types in', () => {
  expect(shortcutOf(press, { typing: true, letters: true })).toBe(null);
});

it.each(['ctrlKey', 'metaKey', 'altKey', 'repeat', 'isComposing', 'defaultPrevented'])(
  'ignores a press with %s',
  (field) => {
    expect(shortcutOf({ ...press, [field]: true }, free)).toBe(null);
  },
);

it('ignores keys that mean nothing here', () => {
  expect(shortcutOf({ ...press, key: 'x' }, free)).toBe(null);
});

it('takes no letter where letters are switched off, and Escape all the same', () => {
  const off = { typing: false, letters: false };
  for (const key of ['m', 'V', 'l', 'd', 'c']) expect(shortcutOf({ ...press, key }, off)).toBe(null);
  expect(shortcutOf({ ...press, key: 'Escape' }, off)).toBe('close');
});
