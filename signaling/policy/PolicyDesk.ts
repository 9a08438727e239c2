// What admins do with policies. Whoever calls has checked that an admin asks, and names who it is for the audit log.
import type { Account, PolicyRules } from '#protocol';
import type { Actor } from '../audit/events.ts';
import type { Clock } from '../clock.ts';
import { newUuid } from '../newId.ts';
import { Problem, type ProblemCode } from '../problem.ts';
import type { By, Group, PageOfMembers, Policy, PolicyStore, Refused } from './policies.ts';

interface Deps {
  readonly store: PolicyStore;
  readonly clock: Pick<Clock, 'now'>;
}

const PROBLEMS: Readonly<Record<Refused, ProblemCode>> = {
  stale: 'STALE',
  'name-taken': 'NAME_TAKEN',
  'no-account': 'NOT_FOUND',
  unknown: 'NOT_FOUND',
  full: 'TOO_MANY_GROUPS',
};

/**
 * Every process enforces a change within two seconds (Enforcement.ts). Methods throw a Problem: NOT_FOUND; STALE when the
 * policy has another `version` by now; NAME_TAKEN; TOO_MANY_GROUPS.
 */
export class PolicyDesk {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  async organisation(): Promise<Policy> {
    return (await this.#deps.store.all()).organisation;
  }

  /** Answers it with its new version. */
  async setOrganisation(by: Actor, wanted: { rules: PolicyRules; version: number }): Promise<Policy> {
    return done(await this.#deps.store.setOrganisation(wanted.rules, wanted.version, this.#who(by)));
  }

  /** By name. */
  async groups(): Promise<readonly Group[]> {
    return (await this.#deps.store.all()).groups;
  }

  async group(id: string): Promise<Group> {
    const found = (await this.groups()).find((group) => group.id === id);
    if (!found) throw new Problem('NOT_FOUND');
    return found;
  }

  async addGroup(by: Actor, wanted: { name: string; rules: PolicyRules }): Promise<Group> {
    const { name, rules } = wanted;
    return done(await this.#deps.store.addGroup({ id: newUuid(), name, rules }, this.#who(by)));
  }

  /** `version`: that which the admin has seen. */
  async setGroup(by: Actor, wanted: Group): Promise<Group> {
    return done(await this.#deps.store.setGroup(wanted, this.#who(by)));
  }

  async deleteGroup(by: Actor, group: Pick<Group, 'id' | 'version'>): Promise<void> {
    done(await this.#deps.store.deleteGroup(group, this.#who(by)));
  }

  async members(group: string, page: PageOfMembers): Promise<Account[]> {
    return done(await this.#deps.store.members(group, page));
  }

  async addMember(by: Actor, group: string, account: string): Promise<void> {
    done(await this.#deps.store.addMember(group, account, this.#who(by)));
  }

  async removeMember(by: Actor, group: string, account: string): Promise<void> {
    done(await this.#deps.store.removeMember(group, account, this.#who(by)));
  }

  #who(by: Actor): By {
    return { ...by, now: this.#deps.clock.now() };
  }
}

function done<T>(answer: T | Refused): T {
  if (isRefused(answer)) throw new Problem(PROBLEMS[answer]);
  return answer;
}

const isRefused = (answer: unknown): answer is Refused =>
  typeof answer === 'string' && Object.hasOwn(PROBLEMS, answer);
