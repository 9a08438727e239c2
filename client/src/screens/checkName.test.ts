// Names come from people: empty ones, long ones, and ones that turn the text around.
import { describe, expect, it } from 'vitest';
import { MAX_NAME_BYTES } from '#e2ee/messages.ts';
import { checkName } from './checkName.ts';

describe('checkName', () => {
  it('trims a name and keeps its inner spaces', () => {
    expect(checkName('  Ada  Lovelace ')).toEqual({ ok: true, name: 'Ada  Lovelace' });
  });

  it.each(['', '   ', '\u200b\u200e', '\n\t'])('calls a name without anything to read empty: %j', (typed) => {
    expect(checkName(typed)).toEqual({ ok: false, problem: 'empty' });
  });

  it('takes out characters that would turn the text around it', () => {
    expect(checkName('Ada\u202e Lovelace')).toEqual({ ok: true, name: 'Ada Lovelace' });
  });

  it('counts bytes, not characters, against the bound', () => {
    expect(checkName('a'.repeat(MAX_NAME_BYTES)).ok).toBe(true);
    expect(checkName('é'.repeat(MAX_NAME_BYTES / 2 + 1))).toEqual({ ok: false, problem: 'too-long' });
  });
});
