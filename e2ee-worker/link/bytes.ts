// Small byte helpers shared by link/, vault/ and mls/.
import { sha256 as hash } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** A fresh copy over a plain ArrayBuffer, which is what WebCrypto's types ask for. */
export const own = (b: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(b);

export const utf8 = (s: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(s);

export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.byteLength, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.byteLength;
  }
  return out;
}

/** Time depends on the lengths only: tags are compared with it. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.byteLength !== b.byteLength) return false;
  let diff = 0;
  for (let i = 0; i < a.byteLength; i++) diff |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return diff === 0;
}

export function u32(n: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, n);
  return out;
}

export const hex = bytesToHex;

/** In this thread: to WebCrypto a hash is a job for another one, which costs more and, on a busy machine, a wait. */
export const sha256 = (b: Uint8Array): Uint8Array<ArrayBuffer> => own(hash(b));

/** Best effort: JavaScript may have made copies that nobody can reach. */
export function wipe(...secrets: readonly (Uint8Array | undefined)[]): void {
  for (const s of secrets) s?.fill(0);
}
