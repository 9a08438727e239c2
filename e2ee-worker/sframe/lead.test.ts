// The lead that is used again says the same as one that is made anew, for every counter and every header.
import { expect, it } from 'vitest';
import { writeNonce } from './cipher.ts';
import { randomFrom, seed } from './fixtures.testing.ts';
import { headerLength, parseHeader, writeHeader } from './header.ts';
import { NONCE_BYTES } from './keys.ts';
import { Lead } from './lead.ts';

const metadata = Uint8Array.of(1, 2, 3);
const EDGES = [0, 1, 7, 8, 9, 255, 256, 257, 65_535, 65_536, 2 ** 24 - 1, 2 ** 24, 2 ** 32, 2 ** 40 + 5];

function bytesOf(source: BufferSource | undefined): number[] {
  return [...(source as Uint8Array)];
}

function header(kid: number, ctr: number): number[] {
  const out = new Uint8Array(headerLength(kid, ctr));
  writeHeader(out, kid, ctr);
  return [...out];
}

it(`writes clear bytes, header, AAD and nonce of any counter that it covers (seed ${seed})`, () => {
  const random = randomFrom(seed);
  let covered = 0;
  for (const first of EDGES) {
    for (const kid of [3, 200, 0xffff]) {
      const clear = random.bytes(random.below(2));
      const salt = random.bytes(NONCE_BYTES);
      const lead = new Lead({ clear, kid, ctr: first, metadata, salt });
      for (const ctr of [
        first,
        ...EDGES.filter((c) => lead.covers(c)),
        ...EDGES.filter((c) => lead.covers(c)),
      ]) {
        lead.count(ctr);
        const nonce = new Uint8Array(NONCE_BYTES);
        writeNonce(nonce, salt, ctr);
        expect(bytesOf(lead.sent)).toEqual([...clear, ...header(kid, ctr)]);
        expect(bytesOf(lead.params.additionalData)).toEqual([...header(kid, ctr), ...metadata]);
        expect(bytesOf(lead.params.iv)).toEqual([...nonce]);
        covered++;
      }
    }
  }
  expect(covered).toBeGreaterThan(150);
});

it('covers the counters with as many bytes, and of those without bytes none', () => {
  for (const first of EDGES) {
    const lead = new Lead({
      clear: new Uint8Array(0),
      kid: 9,
      ctr: first,
      metadata,
      salt: new Uint8Array(NONCE_BYTES),
    });
    for (const ctr of EDGES) {
      const alike = first > 7 && headerLength(9, ctr) === headerLength(9, first);
      expect(lead.covers(ctr), `${ctr} after ${first}`).toBe(alike);
    }
  }
});

it(`reads what the general parser reads, 20,000 headers right, damaged or too long (seed ${seed})`, () => {
  const random = randomFrom(seed);
  let read = 0;
  for (let i = 0; i < 20_000; i++) {
    const kid = random.pick([3, 9, 200, 0x100, 0xffff]);
    const ctr = random.below(256 ** (1 + random.below(3)));
    const lead = new Lead({ clear: Uint8Array.of(7), kid, ctr, metadata, salt: new Uint8Array(NONCE_BYTES) });
    const at = random.below(3);
    const data = Uint8Array.from([
      ...random.bytes(at),
      ...header(kid, random.below(70_000)),
      ...random.bytes(20),
    ]);
    if (random.below(3) === 0) data[at + random.below(6)] = random.below(256);
    const parsed = parseHeader(data, at);
    const known = parsed?.kid === kid && lead.covers(Number(parsed.ctr)) ? parsed.ctr : undefined;
    expect(lead.counterIn(data, at), `case ${i}`).toBe(known);
    if (known !== undefined) read++;
  }
  expect(read).toBeGreaterThan(2_000);
});
