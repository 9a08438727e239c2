// Writes and reads the fixed layouts of authority.ts. Both sides must come to the same bytes: what does not fit throws.
export const ID_BYTES = 16;

interface IdSchema<T> {
  parse(text: string): T;
}

/** The fields one after the other. The caller has checked kind and length of the whole. */
export class FieldReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** A copy. */
  take(n: number): Uint8Array<ArrayBuffer> {
    this.#at += n;
    return Uint8Array.from(this.#bytes.subarray(this.#at - n, this.#at));
  }

  id<T>(schema: IdSchema<T>): T {
    return schema.parse(idToText(this.take(ID_BYTES)));
  }

  optionalId<T>(schema: IdSchema<T>): T | undefined {
    const raw = this.take(ID_BYTES);
    return isZeros(raw) ? undefined : schema.parse(idToText(raw));
  }

  /** Big endian. Above 2^53 it is rounded, and still above 2^53. */
  number(n: number): number {
    return this.take(n).reduce((sum, b) => sum * 256 + b, 0);
  }

  before(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  rest(): Uint8Array {
    return this.#bytes.subarray(this.#at);
  }
}

export const byte = (n: number): Uint8Array => Uint8Array.of(n);

/** A field of a fixed length: a shorter one would move all others. */
export function fixed(bytes: Uint8Array, n: number): Uint8Array {
  if (bytes.byteLength !== n) throw new Error(`expected ${n} bytes, not ${bytes.byteLength}`);
  return bytes;
}

/** Throws when the text is not the canonical form of 16 bytes: two texts must never name one thing. */
export function idToBytes(id: string): Uint8Array {
  const raw = Uint8Array.from(atob(id.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  if (raw.byteLength !== ID_BYTES || idToText(raw) !== id) {
    throw new Error('expected an id of 16 bytes in base64url');
  }
  return raw;
}

/**
 * Zeros stand for "all", so nothing may be called by them: a server that named a meeting so would get a certificate for
 * the whole room out of a promotion in that meeting.
 */
export function optionalIdToBytes(id: string | undefined): Uint8Array {
  if (id === undefined) return new Uint8Array(ID_BYTES);
  const raw = idToBytes(id);
  if (isZeros(raw)) throw new Error('expected an id that is not all zeros');
  return raw;
}

export function number32(n: number): Uint8Array {
  if (!Number.isInteger(n) || n < 0 || n >= 2 ** 32) throw new Error('expected a whole number below 2^32');
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, n);
  return out;
}

export function number64(n: number): Uint8Array {
  if (!Number.isSafeInteger(n) || n < 0) throw new Error('expected a whole number below 2^53');
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(n));
  return out;
}

export function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.byteLength, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.byteLength;
  }
  return out;
}

const isZeros = (raw: Uint8Array): boolean => raw.every((b) => b === 0);

function idToText(raw: Uint8Array): string {
  return btoa(String.fromCharCode(...raw))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
