// What can stand in a chat message, and what its length gives away.
import { describe, expect, it } from 'vitest';
import { MAX_CHAT_BYTES, MAX_CHAT_CHARS } from '#protocol';
import { cleanText, decodeSaid, encodeSaid, isTooLong } from './chatText.ts';
import { seeded } from './testing/random.ts';

describe('a text', () => {
  it.each([
    ['plain words', 'Hello, Bo: 1 < 2 & <b>bold</b>', 'Hello, Bo: 1 < 2 & <b>bold</b>'],
    ['line breaks of all kinds', 'a\r\nb\rc\u2028d', 'a\nb\nc\nd'],
    ['blanks at the ends, and many empty lines', '\n\n  a \n\n\n\n b\n ', '  a\n\n b'],
    ['a direction override', 'invoice \u202Egpj.exe', 'invoice gpj.exe'],
    ['isolates and marks of direction', '\u2066a\u2069\u200Eb', 'ab'],
    ['what prints nothing', 'a\u0000\u0007\u200Bb\u00ADc\u2800d\u{E0041}', 'abcd'],
    ['an emoji of several', '👩‍👩‍👧 ❤️', '👩‍👩‍👧 ❤️'],
    ['a joiner between nothing', 'a \u200D b\u200D', 'a  b'],
    ['Persian, which needs its non-joiner', 'می‌خواهم', 'می‌خواهم'],
    ['halves of characters', 'a\uD800b', 'ab'],
    ['nothing', ' \n\u200B\t', ''],
  ])('is made harmless: %s', (_what, raw, clean) => {
    expect(cleanText(raw)).toBe(clean);
  });

  it('that is clean stays as it is', () => {
    const dice = seeded(7);
    const parts = [
      'a',
      ' ',
      '\n',
      '\u200D',
      '\u200C',
      '👩',
      '\uFE0F',
      '\u202E',
      'e\u0301',
      '\t',
      '\r',
      'م',
      '\u0301',
    ];
    for (let n = 0; n < 3000; n++) {
      const raw = Array.from({ length: dice.below(12) }, () => parts[dice.below(parts.length)]).join('');
      expect(cleanText(cleanText(raw)), JSON.stringify(raw)).toBe(cleanText(raw));
    }
  });

  it('has at most 2,000 characters, however many bytes they take', () => {
    expect(isTooLong('👩'.repeat(MAX_CHAT_CHARS))).toBe(false);
    expect(isTooLong('a'.repeat(MAX_CHAT_CHARS + 1))).toBe(true);
    const said = { seq: 1, text: '👩'.repeat(MAX_CHAT_CHARS) };
    expect(decodeSaid(encodeSaid(said))).toEqual(said);
  });
});

describe('a payload', () => {
  it('has one of four sizes, of which the largest fits into what the server takes', () => {
    const sizes = new Set<number>();
    for (let length = 1; length <= MAX_CHAT_CHARS; length += 7)
      for (const c of ['a', '👩']) sizes.add(encodeSaid({ seq: 1, text: c.repeat(length) }).byteLength);
    expect([...sizes].toSorted((a, b) => a - b)).toEqual([256, 1024, 4096, 8192]);
    expect(Math.max(...sizes) + 256).toBeLessThan(MAX_CHAT_BYTES);
  });

  it('that no honest page makes is none: another kind, size, length, text, or something behind it', () => {
    const good = encodeSaid({ seq: 9, text: 'Hello' });
    const changed = (at: number, to: number) => Uint8Array.from(good, (b, i) => (i === at ? to : b));
    expect(decodeSaid(good)).toEqual({ seq: 9, text: 'Hello' });
    for (const bad of [
      changed(0, 2),
      changed(5, 2),
      changed(6, 3),
      changed(255, 1),
      changed(7, 0xff),
      good.slice(0, 200),
      new Uint8Array(),
      encodeSaid({ seq: 1, text: '\u200B' }),
      // Not as an honest page sends it, which cleans first.
      encodeSaid({ seq: 1, text: 'Hello ' }),
      encodeSaid({ seq: 1, text: `${' '.repeat(MAX_CHAT_CHARS)}x` }),
      encodeSaid({ seq: 1, text: 'a'.repeat(MAX_CHAT_CHARS + 1) }),
    ])
      expect(decodeSaid(bad)).toBeUndefined();
  });

  it('of any bytes throws nothing', () => {
    const dice = seeded(3);
    for (let n = 0; n < 2000; n++) {
      const bytes = dice.bytes(256);
      bytes[0] = 1;
      bytes[5] = 0;
      expect(() => decodeSaid(bytes)).not.toThrow();
    }
  });
});
