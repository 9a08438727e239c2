// The official vectors of RFC 9605 appendix C. They are not part of this repository (see the file's SOURCE.md beside it).
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cipherParams, decrypt, encrypt, writeNonce } from './cipher.ts';
import { headerLength, parseHeader, type Uint64, writeHeader } from './header.ts';
import { CIPHER_SUITE, deriveCipherKey, importBaseKey, NONCE_BYTES } from './keys.ts';
import { referenceHeader, referenceNonce, referenceSchedule, referenceSeal } from './reference.testing.ts';

const path = new URL('../../../shared/vectors/sframe-rfc9605.json', import.meta.url);
const found = existsSync(path);
const why = found ? '' : ` (SKIPPED: ${path.pathname} is absent)`;

type Json = bigint | string | Json[] | { [name: string]: Json };

/** Numbers become BigInt from their source text: 64 of the 289 headers do not fit a double. */
function parseWithBigInt(text: string): Json {
  return JSON.parse(text, (_, value, context?: { source?: string }) =>
    typeof value === 'number' ? BigInt(context?.source ?? Number.NaN) : value,
  );
}

function list(json: Json, name: string): Map<string, Json>[] {
  if (typeof json !== 'object' || Array.isArray(json)) throw new Error('vectors are no object');
  const value = json[name];
  if (!Array.isArray(value)) throw new Error(`no list of ${name}`);
  return value.map((entry) => new Map(Object.entries(entry)));
}
function int(vector: Map<string, Json>, name: string): bigint {
  const value = vector.get(name);
  if (typeof value !== 'bigint') throw new Error(`${name} is no integer`);
  return value;
}
function hex(vector: Map<string, Json>, name: string): Buffer {
  const value = vector.get(name);
  if (typeof value !== 'string') throw new Error(`${name} is no hex string`);
  return Buffer.from(value, 'hex');
}

function encodeHeader(kid: Uint64, ctr: Uint64): Buffer {
  const out = Buffer.alloc(headerLength(kid, ctr));
  writeHeader(out, kid, ctr);
  return out;
}

const vectors = found ? parseWithBigInt(readFileSync(path, 'utf8')) : { header: [], sframe: [] };
const headers = list(vectors, 'header');
const suite4 = list(vectors, 'sframe').filter((v) => int(v, 'cipher_suite') === BigInt(CIPHER_SUITE));

describe.skipIf(!found)(`RFC 9605 vectors${why}`, () => {
  it('has all 289 headers and one frame of our suite to check', () => {
    expect(headers).toHaveLength(289);
    expect(suite4).toHaveLength(1);
  });

  it('encodes and parses every header, beyond 2^53 too', () => {
    for (const vector of headers) {
      const [kid, ctr, encoded] = [int(vector, 'kid'), int(vector, 'ctr'), hex(vector, 'encoded')];
      expect(encodeHeader(kid, ctr)).toEqual(encoded);
      if (kid < 2 ** 48 && ctr < 2 ** 48) expect(encodeHeader(Number(kid), Number(ctr))).toEqual(encoded);
      expect(referenceHeader(kid, ctr)).toEqual(encoded);
      const parsed = parseHeader(encoded);
      expect(parsed && [BigInt(parsed.kid), BigInt(parsed.ctr)]).toEqual([kid, ctr]);
      expect(parsed?.length).toBe(encoded.length);
    }
  });

  it('derives, encrypts and decrypts suite 4 from base key to ciphertext', async () => {
    for (const v of suite4) {
      const [kid, ctr, metadata] = [int(v, 'kid'), int(v, 'ctr'), hex(v, 'metadata')];
      const header = encodeHeader(kid, ctr);
      const aad = new Uint8Array([...header, ...metadata]);
      const nonce = new Uint8Array(NONCE_BYTES);
      const baseKey = new Uint8Array(hex(v, 'base_key'));
      const secret = await importBaseKey(baseKey);
      expect(baseKey).toEqual(new Uint8Array(16));
      const sealing = await deriveCipherKey(secret, kid, 'encrypt');
      expect(Buffer.from(sealing.salt)).toEqual(hex(v, 'sframe_salt'));
      writeNonce(nonce, sealing.salt, Number(ctr));
      expect(Buffer.from(nonce)).toEqual(hex(v, 'nonce'));
      const sealed = await encrypt(sealing, cipherParams(nonce, aad), new Uint8Array(hex(v, 'pt')));
      expect(Buffer.concat([header, Buffer.from(sealed)])).toEqual(hex(v, 'ct'));
      const opening = await deriveCipherKey(secret, kid, 'decrypt');
      const body = new Uint8Array(hex(v, 'ct').subarray(header.length));
      expect(Buffer.from(await decrypt(opening, cipherParams(nonce, aad), body))).toEqual(hex(v, 'pt'));
    }
  });

  it('is agreed with by the reference, step by step', () => {
    for (const v of suite4) {
      const [kid, ctr, metadata] = [int(v, 'kid'), int(v, 'ctr'), hex(v, 'metadata')];
      const steps = referenceSchedule(hex(v, 'base_key'), kid);
      expect(steps.keyLabel).toEqual(hex(v, 'sframe_key_label'));
      expect(steps.saltLabel).toEqual(hex(v, 'sframe_salt_label'));
      expect(steps.secret).toEqual(hex(v, 'sframe_secret'));
      expect(steps.key).toEqual(hex(v, 'sframe_key'));
      expect(steps.salt).toEqual(hex(v, 'sframe_salt'));
      expect(referenceNonce(steps.salt, ctr)).toEqual(hex(v, 'nonce'));
      const frame = { kid, ctr, metadata, plaintext: hex(v, 'pt') };
      expect(referenceSeal(hex(v, 'base_key'), frame)).toEqual(hex(v, 'ct'));
    }
  });
});

describe('keys', () => {
  it('cannot be exported by the worker, or by anything that runs in it', async () => {
    const secret = await importBaseKey(new Uint8Array(16).fill(7));
    const { key } = await deriveCipherKey(secret, 1, 'encrypt');
    expect(secret.extractable).toBe(false);
    expect(key.extractable).toBe(false);
    await expect(crypto.subtle.exportKey('raw', key)).rejects.toThrow();
  });
});
