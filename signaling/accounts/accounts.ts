// Accounts: who may do what to the installation, and what a store of them must do. storage/StoredAccounts.ts is the one that
// does it. Whether somebody may come into a meeting is not decided here: that is the group's affair.

import type { Account, ApiKey, Role, Scope } from '#protocol';
import type { Actor } from '../audit/events.ts';

/**
 * However much it is used. Longer: a stolen cookie is good for longer, and whoever has left the company keeps what its sign-in gave
 * them. Shorter: people type more passwords.
 */
export const LONGEST_SESSION_MS = 7 * 24 * 60 * 60 * 1000;

/** The session that a request or a socket came with. */
export interface SignedIn {
  readonly account: Account;
  readonly sessionId: string;
  /** When the account signed in, in Unix ms. */
  readonly since: number;
}

/** The API key that a request came with: it may what its account may, within its scopes. */
export interface KeyHolder {
  readonly account: Account;
  readonly keyId: string;
  readonly scopes: readonly Scope[];
  /** Requests that it may make; null for the usual number. */
  readonly perMinute: number | null;
}

export interface NewAccount extends Pick<Account, 'id' | 'name' | 'email'> {
  /** As better-auth's `password.hash` makes it. */
  readonly passwordHash: string;
}

export interface KeptSession {
  readonly id: string;
  readonly createdAt: number;
  /** When it was last made longer: once an hour while it is used. */
  readonly seenAt: number;
  readonly expiresAt: number;
  /** As the browser named itself. */
  readonly userAgent: string;
}

export type Accepted = { readonly role: Role } | 'no-invitation' | 'email-taken';

/** Tokens come here as hashes only. What changes is in the audit log, by whoever it says. */
export interface AccountStore {
  hasAdmin(): Promise<boolean>;
  /** An invitation for the first admin, instead of earlier ones; good until somebody is admin. */
  inviteFirstAdmin(tokenHash: string, now: number): Promise<void>;
  invite(
    tokenHash: string,
    invitation: { role: Role; now: number; expiresAt: number },
    by: Actor,
  ): Promise<void>;
  /** Sessions, one-time links, API keys and what a sign-in has begun, whose time is over; rules of deleted accounts without an open room. */
  forgetExpired(now: number): Promise<void>;
  /** Whether such a token would be accepted: what costs time is done after this only. */
  isInvited(tokenHash: string, now: number): Promise<boolean>;
  /** Makes the account and ends the invitation, both or neither. */
  accept(tokenHash: string, account: NewAccount, now: number): Promise<Accepted>;
  /** The id of the account. */
  findByEmail(email: string): Promise<string | undefined>;
  /** Of an account that signs in with one. */
  passwordHashOf(accountId: string): Promise<string | undefined>;
  /** False when the account has `most` already. */
  addKey(accountId: string, keyHash: string, key: ApiKey, most: number): Promise<boolean>;
  keysOf(accountId: string): Promise<ApiKey[]>;
  /** False when the account has no such key. `by`: an admin, where it is not the account itself. */
  deleteKey(accountId: string, keyId: string, by?: Actor): Promise<boolean>;
  keyHolder(keyHash: string, now: number): Promise<KeyHolder | undefined>;
  /** The latest first. */
  sessionsOf(accountId: string, now: number): Promise<KeptSession[]>;
  /** False when the account has no such session. */
  endSession(accountId: string, sessionId: string, by: Actor): Promise<boolean>;
  /** How many there were; undefined when there is no such account. */
  endSessionsOf(accountId: string, by: Actor): Promise<number | undefined>;
  /** Those of these sessions that are neither ended nor over, with the roles that their accounts have now. */
  liveAmong(sessionIds: readonly string[], now: number): Promise<ReadonlyMap<string, Role>>;
}
