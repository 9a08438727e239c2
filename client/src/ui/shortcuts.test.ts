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

it.each([
  ['m', 'microphone'],
  ['V', 'camera'],
  ['l', 'leave'],
  ['d', 'door'],
  ['Escape', 'close'],
])('reads %s as %s', (key, expected) => {
  expect(shortcutOf({ ...press, key }, false)).toBe(expected);
});

it('leaves every key to the field that somebody types in', () => {
  expect(shortcutOf(press, true)).toBe(null);
});

it.each(['ctrlKey', 'metaKey', 'altKey', 'repeat', 'isComposing', 'defaultPrevented'])(
  'ignores a press with %s',
  (field) => {
    expect(shortcutOf({ ...press, [field]: true }, false)).toBe(null);
  },
);

it('ignores keys that mean nothing here', () => {
  expect(shortcutOf({ ...press, key: 'x' }, false)).toBe(null);
});
