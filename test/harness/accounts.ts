// Accounts of an installation under test: its first admin by the printed link, and others by invitation.
import { expect } from '@playwright/test';
import type { PolicyRules } from '../../signaling/protocol/index.ts';
import type { Person } from './person.ts';
import type { Installation } from './server.ts';

const PASSWORD = 'correct horse battery';

/** The link that the start has printed; the last one, when it has started more than once. */
export function claimLink(installation: Installation): string {
  const links = [...installation.signaling.child.words().matchAll(/https?:\/\/\S+(\/claim#\S+)/g)];
  const path = links.at(-1)?.[1];
  if (!path) throw new Error('the start has printed no link for the first admin');
  return installation.url + path;
}

/** Opens a one-time link, makes the account and ends at its page. */
export async function acceptLink(person: Person, link: string): Promise<void> {
  await person.page.goto(link);
  await person.byId('account-name').fill(person.name);
  await person.byId('email').fill(emailOf(person));
  await person.byId('password').fill(PASSWORD);
  await person.byId('claim').click();
  await expect(person.byId('account-email')).toHaveText(emailOf(person));
}

export async function signIn(person: Person, url: string): Promise<void> {
  await person.page.goto(`${url}/sign-in`);
  await person.byId('email').fill(emailOf(person));
  await person.byId('password').fill(PASSWORD);
  await person.byId('sign-in').click();
  await expect(person.byId('to-account')).toHaveText(new RegExp(person.name));
}

const emailOf = ({ name }: Person): string => `${name.toLowerCase()}@example.org`;

/** As the admin's page would: a request with the admin's cookie. */
async function asAdmin(
  admin: Person,
  method: 'get' | 'post' | 'put' | 'delete',
  path: string,
  data?: unknown,
) {
  const url = new URL(path, admin.page.url());
  const answer = await admin.page.request[method](url.href, { data, headers: { origin: url.origin } });
  expect(answer.ok(), `${path} answers ${answer.status()}`).toBe(true);
  return answer.json();
}

/** The organisation's policy is that from now on; the server has it within a second. */
export async function rule(admin: Person, rules: PolicyRules): Promise<void> {
  const { version } = await asAdmin(admin, 'get', '/api/v1/policy');
  await asAdmin(admin, 'put', '/api/v1/policy', { version, rules });
}

/** A one-time link for another account. */
export async function invite(admin: Person, role: 'host' | 'member'): Promise<string> {
  const { token } = await asAdmin(admin, 'post', '/api/v1/accounts/invitations', { role });
  return new URL(`/claim#${token}`, admin.page.url()).href;
}

/** The kinds of what the audit log has of it, the latest first. */
export async function auditTypes(admin: Person): Promise<string[]> {
  const { items } = await asAdmin(admin, 'get', '/api/v1/audit?limit=200');
  return items.map(({ type }: { type: string }) => type);
}

/** The audit log has these kinds in this order, among others, now or soon. */
export async function recorded(admin: Person, types: readonly string[]): Promise<void> {
  const inOrder = async () => {
    let next = 0;
    for (const type of (await auditTypes(admin)).reverse()) if (type === types[next]) next++;
    return types.slice(0, next);
  };
  await expect.poll(inOrder, { timeout: 5_000 }).toEqual(types);
}

/** As a program would, with the cookie of somebody who may: answers the address for the first host. */
export async function reserveRoom(maker: Person, wish: { lobby: boolean }): Promise<string> {
  const { url } = await asAdmin(maker, 'post', '/api/v1/rooms', wish);
  // The server names itself localhost when nobody has told it its name.
  return new URL(new URL(url).pathname + new URL(url).hash, maker.page.url()).href;
}

/** When the only room that there is ends, as the server has it in its database; Unix ms. */
export async function endOfTheRoom(admin: Person): Promise<number> {
  const { items } = await asAdmin(admin, 'get', '/api/v1/rooms');
  expect(items).toHaveLength(1);
  return items[0].expiresAt;
}

export async function signOutByAdmin(admin: Person, person: Person): Promise<void> {
  const { items } = await asAdmin(admin, 'get', `/api/v1/accounts?search=${emailOf(person)}`);
  const found = items.find(({ email }: { email: string }) => email === emailOf(person));
  await asAdmin(admin, 'delete', `/api/v1/accounts/${found.id}/sessions`);
}
