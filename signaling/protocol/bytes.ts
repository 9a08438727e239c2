// Bounded opaque bytes. Socket.IO hands over a Buffer in Node and an ArrayBuffer in browsers; both become Uint8Array.
import * as z from 'zod/mini';

const view = z.pipe(
  z.union([z.instanceof(Uint8Array), z.instanceof(ArrayBuffer)]),
  z.transform((b): Uint8Array => (b instanceof Uint8Array ? b : new Uint8Array(b))),
);

/** 1 to `max` bytes. */
export const bytes = (max: number) =>
  view.check(z.refine((b) => b.byteLength > 0 && b.byteLength <= max, `expected 1 to ${max} bytes`));

/** Exactly `n` bytes. */
export const exactBytes = (n: number) =>
  view.check(z.refine((b) => b.byteLength === n, `expected ${n} bytes`));
