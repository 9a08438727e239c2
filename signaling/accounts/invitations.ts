// One-time links that make accounts.
import type { Role } from '#protocol';
import type { Actor } from '../audit/events.ts';
import type { AccountStore } from './accounts.ts';
import { hashOf, newToken } from './token.ts';

const INVITATION_MS = 7 * 24 * 60 * 60 * 1000;

interface Wish {
  readonly role: Role;
  readonly by: Actor;
  readonly now: number;
}

export async function invite(
  store: Pick<AccountStore, 'invite'>,
  { role, by, now }: Wish,
): Promise<{ id: string; token: string; expiresAt: number }> {
  const token = newToken();
  const id = hashOf(token);
  const expiresAt = now + INVITATION_MS;
  await store.invite(id, { role, now, expiresAt }, by);
  return { id, token, expiresAt };
}
