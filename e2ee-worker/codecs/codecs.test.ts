import { expect, it } from 'vitest';
import { av1 } from './av1.ts';
import { findCodec } from './index.ts';
import { vp8 } from './vp8.ts';

it('knows four codecs, by SDP name or MIME type in any case, and refuses all others', () => {
  expect(findCodec('audio', 'opus')).toBe(findCodec('audio', 'audio/OPUS'));
  for (const name of ['VP8', 'VP9', 'AV1']) expect(findCodec('video', name)).toBeDefined();
  for (const name of [
    'H264',
    'video/H264',
    'red',
    'opus',
    'audio/opus',
    'video/opus',
    '',
    'rtx',
    '__proto__',
  ]) {
    expect(findCodec('video', name), name).toBeUndefined();
  }
  expect(findCodec('audio', 'VP8')).toBeUndefined();
});

it('gives each codec its own number', () => {
  const ids = [
    ['audio', 'opus'] as const,
    ['video', 'VP8'] as const,
    ['video', 'VP9'] as const,
    ['video', 'AV1'] as const,
  ].map(([kind, name]) => findCodec(kind, name)?.id);
  expect(ids).toEqual([1, 2, 3, 4]);
});

it('takes for VP8 only the two bytes that our sender writes', () => {
  const accepted = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) =>
    vp8.readClear(Uint8Array.of(byte, 1, 2)),
  );
  expect(accepted).toEqual([0x10, 0x11]);
});

/** leb128 of the number of bytes that follow it. */
function sized(header: number[], payload: number[]): Uint8Array {
  const low = payload.length & 0x7f;
  const size = payload.length < 128 ? [low] : [low | 0x80, payload.length >> 7];
  return Uint8Array.from([...header, ...size, ...payload]);
}

const short = [9, 8, 7];
const long = Array.from({ length: 300 }, (_, i) => i & 0xff);
it.each([
  ['as our sender writes it', Uint8Array.from([0x08, ...short]), 1],
  ['behind a temporal delimiter', Uint8Array.from([0x12, 0x00, 0x08, ...short]), 3],
  ['with a size', sized([0x0a], short), 2],
  ['with a size of two bytes', sized([0x0a], long), 3],
  ['with an extension byte', Uint8Array.from([0x0c, 0x00, ...short]), 2],
  ['with all of them', sized([0x12, 0x00, 0x0e, 0x00], long), 6],
])('finds the payload of an AV1 key frame %s', (_, frame, length) => {
  expect(av1.readClear(frame)).toEqual({ length, type: 'key' });
});

it('finds the payload of AV1 delta frames as well', () => {
  expect(av1.readClear(Uint8Array.from([0x30, ...short]))).toEqual({ length: 1, type: 'delta' });
  expect(av1.readClear(sized([0x12, 0x00, 0x32], short))).toEqual({ length: 4, type: 'delta' });
});

it.each([
  ['nothing', []],
  ['a temporal delimiter alone', [0x12, 0x00]],
  ['another type of OBU', [0x18, 1, 2]],
  ['the forbidden bit', [0x88, 1, 2]],
  ['the reserved bit', [0x09, 1, 2]],
  ['an extension byte that says something', [0x0c, 0x08, 1, 2]],
  ['a size that is too small', [0x0a, 1, 9, 9]],
  ['a size that is too large', [0x0a, 9, 1]],
  ['a size that never ends', [0x0a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80]],
])('refuses as AV1: %s', (_, bytes) => {
  expect(av1.readClear(Uint8Array.from(bytes))).toBeUndefined();
});
