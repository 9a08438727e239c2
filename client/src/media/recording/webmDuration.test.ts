// The length is written into files of the one shape that we know, and all others stay as they are.
import { describe, expect, it } from 'vitest';
import { withDuration } from './webmDuration.ts';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

const EBML = '1a45dfa3 84 42868101';
const SEGMENT = '18538067 01ffffffffffffff';
const TIMECODE_SCALE = '2ad7b1 83 0f4240';
const REST = '1654ae6b 81 00 1f43b675 01ffffffffffffff a3 81 07';

const file = (info: string) => bytes(`${EBML} ${SEGMENT} ${info} ${REST}`);

describe('the length of a recording', () => {
  it.each([
    ['one byte', `1549a966 87 ${TIMECODE_SCALE}`],
    ['eight bytes', `1549a966 0100000000000007 ${TIMECODE_SCALE}`],
  ])('is written at the end of what is known of the file, whose size is said in %s', (_, info) => {
    // 61000 ms, as IEEE 754 has it.
    const duration = '4489 88 40edc90000000000';
    const expected = `${EBML} ${SEGMENT} 1549a966 0100000000000012 ${TIMECODE_SCALE} ${duration} ${REST}`;
    expect(withDuration(file(info), 61_000)).toEqual(bytes(expected));
  });

  it.each([
    ['has one', file(`1549a966 92 ${TIMECODE_SCALE} 4489 88 40edc90000000000`)],
    ['points to places in itself', file(`114d9b74 80 1549a966 87 ${TIMECODE_SCALE}`)],
    ['is no WebM', bytes('00000018 66747970 6d703432')],
    ['is empty', new Uint8Array(0)],
    ['breaks off', bytes(`${EBML} ${SEGMENT} 1549a966 87 2ad7`)],
    ['breaks off in a number', bytes(`${EBML} ${SEGMENT} 1549a966 01`)],
  ])('is not written into a file that %s', (_, head) => {
    expect(withDuration(head, 61_000)).toBe(head);
  });
});

it('a file of which any byte is another is answered, and nothing of it is lost', () => {
  const start = file(`1549a966 87 ${TIMECODE_SCALE}`);
  for (const at of start.keys())
    for (let value = 0; value < 256; value += 1) {
      const broken = start.with(at, value);
      expect(withDuration(broken, 1).length).toBeGreaterThanOrEqual(broken.length);
    }
});
