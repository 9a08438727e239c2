import { expect, it } from 'vitest';
import { SLOTS } from '#protocol';
import { MAX_COUNTER } from './counter.ts';
import { headerLength, parseHeader, type Uint64, writeHeader } from './header.ts';
import { encodeKeyId, LEAVES_IN_KEY_ID, parseKeyId } from './keyId.ts';
import { TAG_BYTES } from './keys.ts';

function encodeHeader(kid: Uint64, ctr: Uint64): Uint8Array {
  const out = new Uint8Array(headerLength(kid, ctr));
  writeHeader(out, kid, ctr);
  return out;
}

it('refuses a header that is cut anywhere', () => {
  const whole = encodeHeader(0xfedc, 0x123456);
  for (let length = 0; length < whole.length; length++) {
    expect(parseHeader(whole.subarray(0, length))).toBeUndefined();
  }
});

it('refuses a second spelling of the same header', () => {
  expect(parseHeader(Uint8Array.of(0b1000_0001, 5))).toBeUndefined();
  expect(parseHeader(Uint8Array.of(0b0001_1001, 0, 200))).toBeUndefined();
  expect(parseHeader(Uint8Array.of(0b0001_1000, 200))).toEqual({ kid: 1, ctr: 200, length: 2 });
});

it('refuses to encode what does not fit 64 bits', () => {
  expect(() => encodeHeader(1n << 64n, 0)).toThrow(RangeError);
  expect(() => encodeHeader(0, -1)).toThrow(RangeError);
});

it('gives every slot, leaf and epoch value its own key id', () => {
  const seen = new Set<number>();
  for (const slot of SLOTS)
    for (let leaf = 0; leaf < LEAVES_IN_KEY_ID; leaf++)
      for (let epochLow = 0; epochLow < 16; epochLow++) {
        const kid = encodeKeyId({ slot, leaf, epochLow });
        seen.add(kid);
        if (leaf % 97 === 0) expect(parseKeyId(kid)).toEqual({ slot, leaf, epochLow });
      }
  expect(seen.size).toBe(4 * 1024 * 16);
});

it('refuses key ids that are wider than ours, and leaves and epochs that do not fit', () => {
  expect(parseKeyId(0x10000)).toBeUndefined();
  expect(parseKeyId(2 ** 32 + 1)).toBeUndefined();
  expect(parseKeyId(1n << 60n)).toBeUndefined();
  expect(() => encodeKeyId({ slot: 'mic', leaf: 1024, epochLow: 0 })).toThrow(RangeError);
  expect(() => encodeKeyId({ slot: 'mic', leaf: 0, epochLow: 16 })).toThrow(RangeError);
});

it('adds 22 bytes at most to an audio frame, whoever sends it and however long the call', () => {
  const longest = encodeHeader(0xffff, MAX_COUNTER);
  expect(longest.length + TAG_BYTES).toBeLessThanOrEqual(22);
});
