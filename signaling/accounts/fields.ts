// What may stand in fields that people fill in.
import * as z from 'zod/mini';
import { MAX_PASSWORD, MIN_PASSWORD } from '#protocol';

/** One line, not only blanks: no control characters, no halves of characters. */
export const line = (max: number) =>
  z
    .string()
    .check(z.minLength(1), z.maxLength(max), z.regex(/^[^\S\p{Cc}]*[^\s\p{Cc}\p{Cs}][^\p{Cc}\p{Cs}]*$/u));

/** As the sign-in library takes it: an account with another address could never sign in. */
export const Email = z.email().check(z.maxLength(254));

/** Of a one-time link. */
export const Token = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/));

export const Password = z.string().check(z.minLength(MIN_PASSWORD), z.maxLength(MAX_PASSWORD));
