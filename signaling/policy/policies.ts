// What admins have ruled: for the organisation, and for named groups of accounts. storage/StoredPolicies.ts keeps it.
import type { Account, PolicyRules } from '#protocol';
import type { Page } from '../accounts/people.ts';
import type { Actor } from '../audit/events.ts';

/** In place of a group's id. */
export const ORGANISATION = 'organisation';
/** More: each change reads all of them, in every process. */
export const MAX_GROUPS = 200;

export interface Policy {
  /** A group's, or ORGANISATION. */
  readonly id: string;
  /** Counts changes; 0 of an organisation that has never been given a policy. Whoever changes it says what it has seen. */
  readonly version: number;
  readonly rules: PolicyRules;
}

export interface Group extends Policy {
  readonly name: string;
}

/** All of it, as it was at one moment or later. */
export interface AllPolicies {
  readonly organisation: Policy;
  /** By name. */
  readonly groups: readonly Group[];
  /** Account → ids of its groups. */
  readonly groupsOf: ReadonlyMap<string, readonly string[]>;
  /** Another one: something has changed. */
  readonly revision: number;
}

/** `after`: the e-mail address and id of the last one before. */
export type PageOfMembers = Pick<Page<'email'>, 'after' | 'limit'>;

/** Who, and when in Unix ms. */
export interface By extends Actor {
  readonly now: number;
}

/**
 * `stale`: it has another version by now. `name-taken`, `no-account`: as they say. `unknown`: there is no such group. `full`: there are
 * MAX_GROUPS. With any of these nothing has changed.
 */
export type Refused = 'stale' | 'name-taken' | 'no-account' | 'unknown' | 'full';

/**
 * Every change is one transaction with its rows in the audit log, and shortens the lives of open rooms that are longer than
 * the rules now allow.
 */
export interface PolicyStore {
  all(): Promise<AllPolicies>;
  revision(): Promise<number>;
  setOrganisation(rules: PolicyRules, version: number, who: By): Promise<Policy | Refused>;
  addGroup(group: Pick<Group, 'id' | 'name' | 'rules'>, who: By): Promise<Group | Refused>;
  setGroup(group: Group, who: By): Promise<Group | Refused>;
  deleteGroup(group: Pick<Group, 'id' | 'version'>, who: By): Promise<'deleted' | Refused>;
  /** Accounts in it, by e-mail address. */
  members(group: string, page: PageOfMembers): Promise<Account[] | Refused>;
  /** Harmless when it is one already. */
  addMember(group: string, account: string, who: By): Promise<'added' | Refused>;
  /** Harmless when it is none. */
  removeMember(group: string, account: string, who: By): Promise<'removed' | Refused>;
  /** Again, for rooms that a process has made or extended before it heard of a change. */
  shortenRooms(): Promise<void>;
}
