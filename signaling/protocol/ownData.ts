// What a server holds about one account, row by row: all of it but what would let somebody in.
import * as z from 'zod/mini';
import { AuditEntry, ENDINGS, ROOM_STATES } from './admin.ts';
import { Suite } from './policy.ts';
import { Schedule } from './schedule.ts';

/** Unix ms. */
const time = z.int().check(z.gte(0));
const text = z.string();

export const OwnRoom = z.strictObject({
  id: text,
  state: z.enum(ROOM_STATES),
  lobby: z.boolean(),
  suite: Suite,
  visited: z.boolean(),
  createdAt: time,
  expiresAt: time,
  latestEnd: z.nullable(time),
  endedAt: z.nullable(time),
  ending: z.nullable(z.enum(ENDINGS)),
  schedule: z.nullable(Schedule),
  /** What a host has signed to move its end, in base64url: opaque to the server. */
  extension: z.nullable(text),
});
export type OwnRoom = z.infer<typeof OwnRoom>;

export const OwnData = z.strictObject({
  at: time,
  account: z.strictObject({
    id: text,
    name: text,
    email: text,
    role: text,
    createdAt: time,
    updatedAt: time,
    disabledAt: z.nullable(time),
  }),
  /** Password or the company's sign-in. Of a password the server has a hash, which is not shown. */
  signInMethods: z.array(
    z.strictObject({ id: text, provider: text, subject: text, createdAt: time, updatedAt: time }),
  ),
  /** Without their tokens. */
  sessions: z.array(
    z.strictObject({
      id: text,
      createdAt: time,
      updatedAt: time,
      expiresAt: time,
      address: z.nullable(text),
      userAgent: z.nullable(text),
    }),
  ),
  passkeys: z.array(
    z.strictObject({
      id: text,
      name: z.nullable(text),
      publicKey: text,
      credentialId: text,
      counter: z.int(),
      deviceType: text,
      backedUp: z.boolean(),
      transports: z.nullable(text),
      createdAt: z.nullable(time),
      aaguid: z.nullable(text),
    }),
  ),
  /** Without their hashes. */
  keys: z.array(
    z.strictObject({
      id: text,
      name: text,
      scopes: z.array(text),
      perMinute: z.nullable(z.int()),
      createdAt: time,
      expiresAt: time,
    }),
  ),
  /** Open ones that this account has made. */
  invitations: z.array(
    z.strictObject({ id: text, role: text, createdAt: time, expiresAt: z.nullable(time) }),
  ),
  /** Open ones for another password, without their hashes: for this account, or made by it. */
  passwordLinks: z.array(z.strictObject({ own: z.boolean(), createdAt: time, expiresAt: time })),
  /** Whose rules reach it and its rooms. */
  policyGroups: z.array(z.strictObject({ id: text, name: text })),
  /** Answers to requests with an Idempotency-Key; sealed, and gone after a day. */
  keptAnswers: z.array(z.strictObject({ about: z.nullable(text), begunAt: time })),
  /** Sign-ins and new passkeys that have begun and are gone within minutes. */
  begun: z.array(z.strictObject({ createdAt: time, expiresAt: time })),
  /** Made by this account. */
  rooms: z.array(OwnRoom),
  /** Rows of the audit log that name it. */
  audit: z.array(AuditEntry),
});
export type OwnData = z.infer<typeof OwnData>;
