// The policies as this process knows them: what holds for an account, asked at every step, without a way to the database.
import type { PolicyStore } from './policies.ts';
import { type Installation, inForce, type Rules } from './rules.ts';

interface Deps {
  readonly store: Pick<PolicyStore, 'all' | 'revision'>;
  readonly installation: Installation;
}

/** More: memory. Less: rules are combined anew more often. */
const MAX_KEPT = 10_000;

export class Rulebook {
  readonly #deps: Deps;
  #all: Awaited<ReturnType<PolicyStore['all']>> | undefined;
  readonly #kept = new Map<string | null, Rules>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** True when something has changed since it was asked last. Throws without the database: what was known goes on to hold. */
  async refresh(): Promise<boolean> {
    const { store } = this.#deps;
    if ((await store.revision()) === this.#all?.revision) return false;
    this.#all = await store.all();
    this.#kept.clear();
    return true;
  }

  /** For an account and the rooms it has made; null for what no account has made. Throws before it was ever refreshed. */
  of(account: string | null): Rules {
    const kept = this.#kept.get(account);
    if (kept) return kept;
    const rules = this.#combine(account);
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    this.#kept.set(account, rules);
    return rules;
  }

  #combine(account: string | null): Rules {
    if (!this.#all) throw new Error('the policies have not been read');
    const { organisation, groups, groupsOf } = this.#all;
    const own = account === null ? [] : (groupsOf.get(account) ?? []);
    const reaching = groups.filter(({ id }) => own.includes(id)).map(({ rules }) => rules);
    return inForce(this.#deps.installation, organisation.rules, reaching);
  }
}
