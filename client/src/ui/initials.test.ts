// Names come in every script; cutting one in the middle of a character shows rubbish.
import { describe, expect, it } from 'vitest';
import { initials } from './initials.ts';

describe('initials', () => {
  it.each([
    ['Ada Lovelace', 'AL'],
    ['ada', 'A'],
    ['Juan Carlos de Borbón', 'JB'],
    ['李 明', '李明'],
    ['👩‍🚀 Sally', '👩‍🚀S'],
    ['', ''],
  ])('shortens %j to %j', (name, expected) => {
    expect(initials(name)).toBe(expected);
  });
});
