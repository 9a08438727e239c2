// What several messages of page and workers are made of.
import * as z from 'zod/mini';
import { CERTIFICATE_BYTES, exactBytes, Imposed, MAX_CHAT_CHARS, TICKET_BYTES } from '#protocol';

/** Longest display name, in UTF-8 bytes, after trimming and removal of control and bidi characters. */
export const MAX_NAME_BYTES = 128;

/** Of the text of a chat message, as a string has them: a character may take two. */
export const MAX_CHAT_UNITS = 2 * MAX_CHAT_CHARS;

export const port = z.custom<MessagePort>(
  (v) => typeof MessagePort !== 'undefined' && v instanceof MessagePort,
);
export const text = (max: number) => z.string().check(z.maxLength(max));
export const time = z.number().check(z.int(), z.gte(0));
export const count = z.number().check(z.int(), z.gte(0));

/** SHA-256 of a signature key, in hex. */
export const KeyHash = z.string().check(z.regex(/^[0-9a-f]{64}$/));

/** base64url of 16 bytes link secret ‖ 16 bytes hash of the root host key: the URL fragment without `#`. */
export const LinkFragment = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/));

/** The rules of a meeting, signed by a host and part of the group (mls/policy.ts). */
export const Settings = z.strictObject({
  /** The same fields as what can be imposed above them. */
  ...Imposed.shape,
  /** Nobody new: only those who were in before, hosts, and those whom a host admits from now on. */
  locked: z.boolean(),
  /** Newcomers come in with their microphone off. */
  muteOnEntry: z.boolean(),
});
export type Settings = z.infer<typeof Settings>;

export const right = z.union([exactBytes(TICKET_BYTES), exactBytes(CERTIFICATE_BYTES)]);
export const digits = (n: number) => z.array(z.string().check(z.regex(/^\d{5}$/))).check(z.length(n));
/** 4 groups of 5 digits. */
export const code = digits(4);

/** How sure this device is of who somebody is, from what it remembers of keys and names. */
export const Mark = z.enum([
  /** Oneself. */
  'self',
  /** This key was never met here. */
  'new',
  /** This key was met here before; the name may be another one. */
  'met',
  /** The person was verified under this name: two-person code compared. */
  'verified',
  /** Another key has used this name here. */
  'name-reused',
  /** Another key was verified under this name, and this one was not: a loud warning. */
  'impostor',
]);
export type Mark = z.infer<typeof Mark>;
