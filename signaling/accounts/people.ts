// What admins may do with accounts, and what everybody may with the own one; what a store of that must do.
// storage/StoredPeople.ts is the one that does it.
import type { Invitation, Person, Role } from '#protocol';
import type { Actor } from '../audit/events.ts';

export interface PeopleFilter {
  /** Part of the name or of the e-mail address. */
  readonly search?: string | undefined;
  readonly role?: Role | undefined;
  readonly disabled?: boolean | undefined;
  /** Of these only. */
  readonly ids?: readonly string[] | undefined;
}

export type PeopleSort = 'email' | 'created';

export interface Page<S extends string> {
  readonly sort: S;
  readonly descending: boolean;
  /** The place of the last row of the page before: its value that is sorted by, and its id. */
  readonly after?: readonly [string | number, string] | undefined;
  readonly limit: number;
}

/** Nothing has changed but with `done`. */
export type Changed = 'done' | 'unknown' | 'last-admin';

/** What changes is in the audit log, by whoever it says. */
export interface PeopleStore {
  page(filter: PeopleFilter, page: Page<PeopleSort>, now: number): Promise<Person[]>;
  find(id: string, now: number): Promise<Person | undefined>;
  count(): Promise<number>;
  /** One that is disabled is signed out everywhere. One-time links that it has made as admin end with its being one. */
  change(id: string, to: { role?: Role; disabled?: boolean }, by: Actor, now: number): Promise<Changed>;
  /** With its sessions, passkeys, API keys, open invitations and kept answers. Its id stays where it stood in the audit log. */
  delete(id: string, by: Actor): Promise<Changed>;
  /** Of the account that signs in as `subject` with the company's sign-in. Nothing happens when no admin would be left. */
  setRoleOfSubject(providerId: string, subject: string, role: Role, now: number): Promise<void>;
  /** Open ones that admins have made, the latest first. */
  invitations(page: Omit<Page<'created'>, 'sort' | 'descending'>, now: number): Promise<Invitation[]>;
  /** False when there is no such invitation. */
  revokeInvitation(id: string, by: Actor): Promise<boolean>;
}
