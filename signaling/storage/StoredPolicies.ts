// Policies in a database. Whoever changes one locks the audit chain and counts up the revision first: so changes take turns, in
// either database, and every process sees that there was one. A refusal rolls all of it back.
import type { Kysely, Selectable, Transaction } from 'kysely';
import * as z from 'zod/mini';
import { Account, PolicyGroupName, PolicyRules } from '#protocol';
import type { AuditRecord } from '../audit/chain.ts';
import { type Actor, type AuditData, type AuditEvent, type AuditType, audited } from '../audit/events.ts';
import { changesOf } from '../policy/changes.ts';
import {
  type AllPolicies,
  type By,
  type Group,
  MAX_GROUPS,
  ORGANISATION,
  type PageOfMembers,
  type Policy,
  type PolicyStore,
  type Refused,
} from '../policy/policies.ts';
import { behind } from './paging.ts';
import type { StoredAudit } from './StoredAudit.ts';
import type { Tables } from './schema.ts';

interface Deps {
  readonly db: Kysely<Tables>;
  readonly chain: Pick<StoredAudit, 'appendIn' | 'lockIn'>;
  /** Hears of the rows that a change has written. */
  readonly written: (records: readonly AuditRecord[]) => void;
}

type Tx = Transaction<Tables>;
/** Notes one event of the change under way. */
type Note = <N extends AuditType>(type: N, data: AuditData<N>) => void;

const THE_ONE = 'one';

export class StoredPolicies implements PolicyStore {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  async revision(): Promise<number> {
    const row = await this.#deps.db.selectFrom('policy_revision').select('revision').executeTakeFirst();
    return row?.revision ?? 0;
  }

  async all(): Promise<AllPolicies> {
    // First: what changes while the rest is read has a later one, and is read again.
    const revision = await this.revision();
    const { db } = this.#deps;
    const rows = await db.selectFrom('policies').selectAll().orderBy('name').execute();
    const members = await db.selectFrom('policy_members').selectAll().execute();
    const groupsOf = new Map<string, string[]>();
    // After those above: of an account that is deleted in between, one of both has it.
    const deleted = await db.selectFrom('policy_deleted_members').selectAll().execute();
    for (const { policy, account } of [...members, ...deleted])
      groupsOf.set(account, [...(groupsOf.get(account) ?? []), policy]);
    const own = rows.find(({ id }) => id === ORGANISATION);
    return {
      organisation: own ? policyOf(own) : { id: ORGANISATION, version: 0, rules: {} },
      groups: rows.filter(({ id }) => id !== ORGANISATION).map(groupOf),
      groupsOf,
      revision,
    };
  }

  setOrganisation(rules: PolicyRules, version: number, who: By): Promise<Policy | Refused> {
    return this.#change(who, async (tx, note, by) => {
      const row = await rowOf(tx, ORGANISATION);
      if ((row?.version ?? 0) !== version) throw new Refusal('stale');
      const after = { id: ORGANISATION, version: version + 1, rules };
      const values = { ...after, name: null, rules: textOf(rules) };
      if (row) await tx.updateTable('policies').set(values).where('id', '=', ORGANISATION).execute();
      else await tx.insertInto('policies').values(values).execute();
      noteRules(note, by, after, row && policyOf(row).rules);
      return after;
    });
  }

  addGroup({ id, name, rules }: Pick<Group, 'id' | 'name' | 'rules'>, who: By): Promise<Group | Refused> {
    return this.#change(who, async (tx, note, by) => {
      const { groups } = await tx
        .selectFrom('policies')
        .select((row) => row.fn.countAll<number>().as('groups'))
        .where('id', '!=', ORGANISATION)
        .executeTakeFirstOrThrow();
      if (groups >= MAX_GROUPS) throw new Refusal('full');
      await requireFree(tx, name);
      await tx
        .insertInto('policies')
        .values({ id, name, version: 1, rules: textOf(rules) })
        .execute();
      note('policy:group-created', { ...by, group: id });
      noteRules(note, by, { id, rules });
      return { id, name, version: 1, rules };
    });
  }

  setGroup({ id, name, version, rules }: Group, who: By): Promise<Group | Refused> {
    return this.#change(who, async (tx, note, by) => {
      const before = await groupIn(tx, { id, version });
      if (name !== before.name) {
        await requireFree(tx, name);
        note('policy:group-renamed', { ...by, group: id });
      }
      const after = { id, name, version: version + 1, rules };
      await tx
        .updateTable('policies')
        .set({ name, version: after.version, rules: textOf(rules) })
        .where('id', '=', id)
        .execute();
      noteRules(note, by, after, before.rules);
      return after;
    });
  }

  deleteGroup(group: Pick<Group, 'id' | 'version'>, who: By): Promise<'deleted' | Refused> {
    return this.#change(who, async (tx, note, by) => {
      const before = await groupIn(tx, group);
      await tx.deleteFrom('policies').where('id', '=', group.id).execute();
      noteRules(note, by, { id: group.id, rules: {} }, before.rules);
      note('policy:group-deleted', { ...by, group: group.id });
      return 'deleted' as const;
    });
  }

  async members(group: string, { after, limit }: PageOfMembers): Promise<Account[] | Refused> {
    const { db } = this.#deps;
    if (group === ORGANISATION || !(await rowOf(db, group))) return 'unknown';
    const rows = await db
      .selectFrom('policy_members')
      .innerJoin('users', 'users.id', 'policy_members.account')
      .select(['users.id', 'users.name', 'users.email', 'users.role'])
      .where('policy', '=', group)
      .where(behind({ column: 'users.email', id: 'users.id' }, { descending: false, after }))
      .orderBy('users.email')
      .orderBy('users.id')
      .limit(limit)
      .execute();
    return rows.map((row) => z.parse(Account, row));
  }

  addMember(group: string, account: string, who: By): Promise<'added' | Refused> {
    return this.#change(who, async (tx, note, by) => {
      await groupIn(tx, { id: group });
      const found = await tx.selectFrom('users').select('id').where('id', '=', account).executeTakeFirst();
      if (!found) throw new Refusal('no-account');
      const added = await tx
        .insertInto('policy_members')
        .values({ policy: group, account })
        .onConflict((conflict) => conflict.columns(['policy', 'account']).doNothing())
        .returning('account')
        .execute();
      if (added.length > 0) note('policy:member-added', { ...by, group, account });
      return 'added' as const;
    });
  }

  removeMember(group: string, account: string, who: By): Promise<'removed' | Refused> {
    return this.#change(who, async (tx, note, by) => {
      await groupIn(tx, { id: group });
      const removed = await tx
        .deleteFrom('policy_members')
        .where('policy', '=', group)
        .where('account', '=', account)
        .returning('account')
        .execute();
      if (removed.length > 0) note('policy:member-removed', { ...by, group, account });
      return 'removed' as const;
    });
  }

  shortenRooms(): Promise<void> {
    const { db, chain } = this.#deps;
    return db.transaction().execute(async (tx) => {
      await chain.lockIn(tx);
      await shorten(tx);
    });
  }

  async #change<T>(
    { now, ...by }: By,
    work: (tx: Tx, note: Note, by: Actor) => Promise<T>,
  ): Promise<T | Refused> {
    const { db, chain, written } = this.#deps;
    try {
      const { result, records } = await db.transaction().execute(async (tx) => {
        // First, as Ledger.ts does: in whatever other order, two changes could wait for each other.
        await chain.lockIn(tx);
        await takeTurn(tx);
        const events: AuditEvent[] = [];
        const result = await work(tx, (type, data) => void events.push(audited(type, now, data)), by);
        await shorten(tx);
        return { result, records: await chain.appendIn(tx, events) };
      });
      written(records);
      return result;
    } catch (error) {
      if (error instanceof Refusal) return error.why;
      throw error;
    }
  }
}

class Refusal extends Error {
  readonly why: Refused;

  constructor(why: Refused) {
    super(why);
    this.why = why;
  }
}

async function takeTurn(tx: Tx): Promise<void> {
  await tx
    .insertInto('policy_revision')
    .values({ id: THE_ONE, revision: 1 })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((row) => ({ revision: row('policy_revision.revision', '+', 1) })),
    )
    .execute();
}

function rowOf(db: Kysely<Tables>, id: string): Promise<Selectable<Tables['policies']> | undefined> {
  return db.selectFrom('policies').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Throws Refusal when there is none, or it has another version than the caller has seen. */
async function groupIn(tx: Tx, { id, version }: { id: string; version?: number }): Promise<Group> {
  const row = id === ORGANISATION ? undefined : await rowOf(tx, id);
  if (!row) throw new Refusal('unknown');
  if (version !== undefined && row.version !== version) throw new Refusal('stale');
  return groupOf(row);
}

async function requireFree(tx: Tx, name: string): Promise<void> {
  z.parse(PolicyGroupName, name);
  const taken = await tx.selectFrom('policies').select('id').where('name', '=', name).executeTakeFirst();
  if (taken) throw new Refusal('name-taken');
}

function noteRules(
  note: Note,
  by: Actor,
  { id, rules }: Pick<Policy, 'id' | 'rules'>,
  before: PolicyRules = {},
): void {
  for (const change of changesOf(before, rules)) note('policy:changed', { ...by, scope: id, ...change });
}

/** Rooms that are open and would live longer than a policy allows that reaches them. */
async function shorten(tx: Tx): Promise<void> {
  const rows = await tx.selectFrom('policies').select(['id', 'rules']).execute();
  for (const { id, rules } of rows) {
    const { maxLifetimeMs } = readRules(rules);
    if (maxLifetimeMs === undefined) continue;
    const update = tx
      .updateTable('rooms')
      .set((room) => ({ expires_at: room('created_at', '+', maxLifetimeMs) }))
      .where('state', '=', 'open')
      .where((room) => room('expires_at', '>', room('created_at', '+', maxLifetimeMs)));
    const members = tx
      .selectFrom('policy_members')
      .select('account')
      .where('policy', '=', id)
      .union(tx.selectFrom('policy_deleted_members').select('account').where('policy', '=', id));
    await (id === ORGANISATION ? update : update.where('owner', 'in', members)).execute();
  }
}

function policyOf({ id, version, rules }: Selectable<Tables['policies']>): Policy {
  return { id, version, rules: readRules(rules) };
}

function groupOf(row: Selectable<Tables['policies']>): Group {
  return { ...policyOf(row), name: row.name ?? '' };
}

const readRules = (text: string): PolicyRules => z.parse(PolicyRules, JSON.parse(text));

/** Parsed, as whoever writes what cannot be read leaves an installation without a policy. */
const textOf = (rules: PolicyRules): string => JSON.stringify(z.parse(PolicyRules, rules));
