// What the HTTP routes of accounts answer to pages (signaling/accounts/routes.ts).
import * as z from 'zod/mini';
import { listOf } from './lists.ts';

/** admin: everything; host: may create rooms; member: is known by name at doors. */
export const Role = z.enum(['admin', 'host', 'member']);
export type Role = z.infer<typeof Role>;

export const Account = z.strictObject({ id: z.string(), name: z.string(), email: z.string(), role: Role });
export type Account = z.infer<typeof Account>;

/** What hosts are told of whoever knocks and is signed in. */
export const KnockAccount = z.strictObject({
  name: z.string().check(z.maxLength(64)),
  email: z.string().check(z.maxLength(254)),
});
export type KnockAccount = z.infer<typeof KnockAccount>;

export const WhoAmI = z.strictObject({
  /** Somebody is admin. */
  claimed: z.boolean(),
  account: z.nullable(Account),
  mayCreateRooms: z.boolean(),
  /** Whether people without an account may join by a link. */
  guests: z.boolean(),
  /** What the company's sign-in is called, where there is one. */
  singleSignOn: z.nullable(z.string()),
});
export type WhoAmI = z.infer<typeof WhoAmI>;

/** Times in Unix ms. */
export const Session = z.strictObject({
  id: z.string(),
  createdAt: z.number(),
  expiresAt: z.number(),
  /** As the browser named itself. */
  userAgent: z.string(),
  current: z.boolean(),
});
export type Session = z.infer<typeof Session>;
export const SessionList = listOf(Session);

/** What an API key may be used for. Its account's role bounds it, too. */
export const Scope = z.enum([
  'accounts:read',
  'accounts:write',
  'rooms:read',
  'rooms:write',
  'policy:read',
  'policy:write',
  'audit:read',
  'webhooks:read',
  'webhooks:write',
  'signin:read',
  'live:read',
]);
export type Scope = z.infer<typeof Scope>;

export const ApiKey = z.strictObject({
  id: z.string(),
  name: z.string(),
  scopes: z.array(Scope),
  /** Requests; null for the usual number, which the server knows. */
  perMinute: z.nullable(z.int()),
  createdAt: z.number(),
  expiresAt: z.number(),
});
export type ApiKey = z.infer<typeof ApiKey>;
export const ApiKeyList = listOf(ApiKey);

export const MIN_PASSWORD = 12;
export const MAX_PASSWORD = 128;
