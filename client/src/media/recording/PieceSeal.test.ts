// What lies on the disk while a recording is made is of use to nobody, and what was tampered with is not taken for the recording.
import { describe, expect, it } from 'vitest';
import { PieceSeal } from './PieceSeal.ts';

const pieces = [Uint8Array.of(0x1a, 0x45, 0xdf, 0xa3), new Uint8Array(0), new Uint8Array(70_000).fill(7)];

function sealed() {
  const seal = new PieceSeal();
  return { seal, all: pieces.map((piece) => seal.seal(piece)) };
}

describe('a sealed piece', () => {
  it('opens under its number, as it was', () => {
    const { seal, all } = sealed();
    expect(all.map((one, n) => seal.open(n, one))).toEqual(pieces);
  });

  it('does not show what is in it, and the same piece looks different each time', () => {
    const seal = new PieceSeal();
    const piece = new Uint8Array(1_000);
    const [first, second] = [seal.seal(piece), seal.seal(piece)];
    expect(first).not.toEqual(second);
    expect(first.filter((byte) => byte === 0).length).toBeLessThan(50);
  });

  it('does not open in the place of another', () => {
    const { seal, all } = sealed();
    const [first, , third] = all;
    if (!first || !third) throw new Error('not sealed');
    expect(() => seal.open(2, first)).toThrow();
    expect(() => seal.open(0, third)).toThrow();
  });

  it('does not open when any byte of it was changed, or it was cut', () => {
    const { seal, all } = sealed();
    const [first] = all;
    if (!first) throw new Error('not sealed');
    for (const i of first.keys()) {
      const changed = first.map((byte, at) => (at === i ? byte ^ 1 : byte));
      expect(() => seal.open(0, changed), `byte ${i}`).toThrow();
    }
    expect(() => seal.open(0, first.slice(0, -1))).toThrow();
    expect(() => seal.open(0, new Uint8Array(0))).toThrow();
  });

  it('does not open with the key of another recording', () => {
    const [first] = sealed().all;
    expect(() => first && new PieceSeal().open(0, first)).toThrow();
  });
});

it('the key is random, 32 bytes long, and zeros once it was wiped; nothing is sealed or opened after that', () => {
  let key = new Uint8Array(0);
  const seal = new PieceSeal((bytes) => {
    key = crypto.getRandomValues(bytes);
    return key;
  });
  const piece = seal.seal(Uint8Array.of(1));
  expect(key).toHaveLength(32);
  expect(key.some((byte) => byte !== 0)).toBe(true);
  seal.wipe();
  seal.wipe();
  expect(key.every((byte) => byte === 0)).toBe(true);
  expect(() => seal.open(0, piece)).toThrow('wiped');
  expect(() => seal.seal(piece)).toThrow('wiped');
});
