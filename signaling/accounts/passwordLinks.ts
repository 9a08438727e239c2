// One-time links for whoever has lost the password: what is done with them, and what a store of them must do.
// storage/StoredPasswordLinks.ts is the one that does it.
import type { Actor } from '../audit/events.ts';
import type { Clock } from '../clock.ts';
import { Problem } from '../problem.ts';
import type { Auth } from './auth.ts';
import { hashOf, newToken } from './token.ts';

/** More: whoever finds the message that it was sent in has longer. Less: its owner may be asleep. */
const PASSWORD_LINK_MS = 24 * 60 * 60 * 1000;

/** No link is made but with `done`. */
export type LinkMade = 'done' | 'unknown' | 'shut-out' | 'no-password';

/**
 * Tokens come here as hashes only. A link is good once, for the password that the account had when it was made, and while
 * whoever made it is admin. What changes is in the audit log.
 */
export interface PasswordLinkStore {
  /** Instead of an earlier one for that account. */
  make(
    tokenHash: string,
    link: { account: string; now: number; expiresAt: number },
    by: Actor,
  ): Promise<LinkMade>;
  /** Whether such a token would be taken: what costs time is done after this only. */
  isGood(tokenHash: string, now: number): Promise<boolean>;
  /** Sets the password, ends the link and all sessions of the account, or none of it. Answers its e-mail address. */
  use(tokenHash: string, passwordHash: string, now: number): Promise<string | undefined>;
}

interface Deps {
  readonly store: PasswordLinkStore;
  readonly clock: Pick<Clock, 'now'>;
}

/** Throws a Problem. */
export async function makePasswordLink(
  { store, clock }: Deps,
  account: string,
  by: Actor,
): Promise<{ token: string; expiresAt: number }> {
  const token = newToken();
  const now = clock.now();
  const expiresAt = now + PASSWORD_LINK_MS;
  const made = await store.make(hashOf(token), { account, now, expiresAt }, by);
  if (made === 'unknown') throw new Problem('NOT_FOUND');
  if (made === 'shut-out') throw new Problem('ACCOUNT_DISABLED');
  if (made === 'no-password') throw new Problem('NO_PASSWORD');
  return { token, expiresAt };
}

/** Answers the e-mail address to sign in with. Throws a Problem. */
export async function usePasswordLink(
  { store, clock, auth }: Deps & { auth: () => Promise<Pick<Auth, 'hash'>> },
  { token, password }: { token: string; password: string },
): Promise<{ email: string }> {
  const tokenHash = hashOf(token);
  if (!(await store.isGood(tokenHash, clock.now()))) throw new Problem('NO_INVITATION');
  const passwordHash = await (await auth()).hash(password);
  const email = await store.use(tokenHash, passwordHash, clock.now());
  if (email === undefined) throw new Problem('NO_INVITATION');
  return { email };
}
