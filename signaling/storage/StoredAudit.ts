// The audit chain in a database. Whoever appends locks the chain's row first: two processes take turns, in either database,
// and two rows with one number cannot be stored at all.
import type { Insertable, Kysely, Selectable, Transaction } from 'kysely';
import { AuditBroken } from '../audit/AuditBroken.ts';
import type { AuditKey } from '../audit/AuditKey.ts';
import type { AuditStore } from '../audit/AuditLog.ts';
import { canonical } from '../audit/canonical.ts';
import {
  type AuditRecord,
  CHECKPOINT_EVERY,
  genesis,
  type Head,
  link,
  ORGANISATION,
  Row,
  rowFault,
  type STATEMENTS,
  Statement,
} from '../audit/chain.ts';
import { type Actor, type AuditEvent, audited, namesIn } from '../audit/events.ts';
import type { AuditQuery, AuditReader } from '../audit/reading.ts';
import type { Clock } from '../clock.ts';
import type { AuditTables } from './auditSchema.ts';
import type { Tables } from './schema.ts';

const PAGE = 1_000;
const STREAMED_AT_ONCE = 100;
const DAY_MS = 24 * 60 * 60 * 1000;

interface Deps {
  readonly db: Kysely<Tables>;
  readonly key: AuditKey;
  readonly clock: Pick<Clock, 'now'>;
}

type Written = (records: readonly AuditRecord[]) => void;

export class StoredAudit implements AuditStore, AuditReader {
  readonly #db: Kysely<Tables>;
  readonly #key: AuditKey;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #organisation: string;
  #written: Written = () => undefined;

  constructor({ db, key, clock }: Deps, organisation: string = ORGANISATION) {
    this.#db = db;
    this.#key = key;
    this.#clock = clock;
    this.#organisation = organisation;
  }

  /** Of what is appended here, by an export or a pruning. */
  hears(written: Written): void {
    this.#written = written;
  }

  append(events: readonly AuditEvent[]): Promise<AuditRecord[]> {
    return this.#db.transaction().execute((tx) => this.appendIn(tx, events));
  }

  /** In a transaction that changes something else, too: both happen or neither. */
  async appendIn(tx: Transaction<Tables>, events: readonly AuditEvent[]): Promise<AuditRecord[]> {
    if (events.length === 0) return [];
    const before = await this.lockIn(tx);
    const rows = link(before, events);
    const last = rows.at(-1);
    if (!last) return [];
    await tx.insertInto('audit_rows').values(rows.map(stored)).execute();
    const names = rows.flatMap(namesOf);
    if (names.length > 0) await tx.insertInto('audit_names').values(names).execute();
    await tx
      .updateTable('audit_chains')
      .set({ count: last.seq, hash: last.hash })
      .where('organisation', '=', this.#organisation)
      .execute();
    const records: AuditRecord[] = [];
    for (const row of rows) {
      records.push(row);
      if (row.seq % CHECKPOINT_EVERY === 0) records.push(await this.#checkpoint(tx, row));
    }
    return records;
  }

  /**
   * Notes that it was made, and yields the whole chain from then, with the signed end. Throws when rows are removed while it
   * reads, as their time is over: begin again.
   */
  async *export(by: Actor): AsyncGenerator<AuditRecord> {
    const { made, end } = await this.#db.transaction().execute(async (tx) => {
      await this.#mustBeSound(tx);
      const made = await this.appendIn(tx, [audited('audit:exported', this.#clock.now(), by)]);
      return { made, end: this.#key.state('export', await this.lockIn(tx), this.#clock.now()) };
    });
    this.#written(made);
    const [pruned] = await this.#statements('pruned', 0);
    if (pruned) yield pruned;
    let next = (pruned?.count ?? 0) + 1;
    while (next <= end.count) {
      const rows = await this.#rows(next, end.count);
      const checkpoints = await this.#statements('checkpoint', next);
      // A gap in the middle is the verifier's to find; nothing at all is no page.
      if (rows.length === 0) break;
      for (const row of rows) {
        yield row;
        const checkpoint = checkpoints.find(({ count }) => count === row.seq);
        if (checkpoint) yield checkpoint;
        next = row.seq + 1;
      }
    }
    yield end;
  }

  /** A hundred records behind row `after`, through row `through` if given. */
  async after(after: number, through: number | null): Promise<AuditRecord[]> {
    const page = await this.#rows(after + 1, through ?? Number.MAX_SAFE_INTEGER);
    const rows = page.slice(0, STREAMED_AT_ONCE);
    const checkpoints = await this.#statements('checkpoint', after + 1);
    return rows.flatMap((row) => [row, ...checkpoints.filter(({ count }) => count === row.seq)]);
  }

  /** The latest first. */
  async page({ types, about, from, to, before, limit }: AuditQuery): Promise<Row[]> {
    const below = before ?? Number.MAX_SAFE_INTEGER;
    const rows = await this.#db
      .selectFrom('audit_rows')
      .selectAll('audit_rows')
      .where('audit_rows.organisation', '=', this.#organisation)
      .where('audit_rows.seq', '<', below)
      .$if(types !== undefined, (query) => query.where('audit_rows.type', 'in', types ?? []))
      .$if(from !== undefined, (query) => query.where('audit_rows.at', '>=', from ?? 0))
      .$if(to !== undefined, (query) => query.where('audit_rows.at', '<', to ?? 0))
      .$if(about !== undefined, (query) =>
        query
          .innerJoin('audit_names', (join) =>
            join
              .onRef('audit_names.organisation', '=', 'audit_rows.organisation')
              .onRef('audit_names.seq', '=', 'audit_rows.seq'),
          )
          .where('audit_names.name', '=', about ?? '')
          // By the index of names, so that a name of few rows is not looked for in all.
          .where('audit_names.seq', '<', below)
          .orderBy('audit_names.seq', 'desc'),
      )
      .orderBy('audit_rows.seq', 'desc')
      .limit(limit)
      .execute();
    return rows.map(restored);
  }

  get publicKey(): string {
    return this.#key.publicKey;
  }

  /** Number of the last row. */
  async count(): Promise<number> {
    const head = await this.#db
      .selectFrom('audit_chains')
      .select('count')
      .where('organisation', '=', this.#organisation)
      .executeTakeFirst();
    return head?.count ?? 0;
  }

  /**
   * Removes the rows in front that are older than so many days; answers how many. What is left still verifies. Throws AuditBroken
   * when those that would go, or the newest, are not what was written: then nothing goes.
   */
  async prune(days: number): Promise<number> {
    const { made, rows } = await this.#pruneRows(days);
    this.#written(made);
    return rows;
  }

  #pruneRows(days: number): Promise<{ made: AuditRecord[]; rows: number }> {
    const now = this.#clock.now();
    return this.#db.transaction().execute(async (tx) => {
      const { count } = await this.#mustBeSound(tx);
      const [pruned] = await this.#statements('pruned', 0, tx);
      const from = pruned?.count ?? 0;
      const kept = await this.#firstSince(tx, now - days * DAY_MS);
      const through = kept === undefined ? count : kept - 1;
      const last = (await this.#rows(through, through, tx))[0];
      if (through <= from || !last) return { made: [], rows: 0 };
      await this.#mustFollow(tx, { since: pruned, through, count });
      const made = await this.appendIn(tx, [
        audited('audit:pruned', now, { through, rows: through - from, days }),
      ]);
      const head: Head = { organisation: this.#organisation, count: through, hash: last.hash };
      await this.#replacePruned(tx, this.#key.state('pruned', head, now));
      return { made, rows: through - from };
    });
  }

  async #replacePruned(tx: Transaction<Tables>, statement: Statement): Promise<void> {
    const { organisation, count } = statement;
    await tx
      .deleteFrom('audit_statements')
      .where('organisation', '=', organisation)
      .where('count', '<=', count)
      .execute();
    await tx.insertInto('audit_statements').values(statement).execute();
    await tx
      .deleteFrom('audit_rows')
      .where('organisation', '=', organisation)
      .where('seq', '<=', count)
      .execute();
    await tx
      .deleteFrom('audit_names')
      .where('organisation', '=', organisation)
      .where('seq', '<=', count)
      .execute();
  }

  /**
   * The last statement that there must be is there and ours, and the rows behind it follow it up to the head. What is before it, its
   * signature covers: a verifier finds what was changed there.
   */
  async #mustBeSound(tx: Transaction<Tables>): Promise<Head> {
    const head = await this.lockIn(tx);
    const [pruned] = await this.#statements('pruned', 0, tx);
    const due = head.count - (head.count % CHECKPOINT_EVERY);
    const [checkpoint] = due > (pruned?.count ?? 0) ? await this.#statements('checkpoint', due, tx) : [];
    const last = checkpoint ?? pruned;
    if (due > (pruned?.count ?? 0) && checkpoint?.count !== due)
      throw new AuditBroken(`behind row ${due} the signed checkpoint is missing`);
    if (last && !this.#key.hasSigned(last))
      throw new AuditBroken(`the statement about row ${last.count} is not signed by this installation`);
    let at: Head = last ?? genesis(this.#organisation);
    for (const row of await this.#rows(at.count + 1, head.count, tx)) at = follow(row, at);
    if (at.count !== head.count || at.hash !== head.hash)
      throw new AuditBroken(`row ${head.count}, the last one, is not there or was changed`);
    return head;
  }

  /**
   * Rows that are to go follow each other up to the first checkpoint that covers them all: else an older time, written into a row
   * by whoever can, would have the server sign that away. Behind the last checkpoint #mustBeSound has followed them.
   */
  async #mustFollow(
    tx: Transaction<Tables>,
    { since, through, count }: { since: Statement | undefined; through: number; count: number },
  ): Promise<void> {
    if (since && !this.#key.hasSigned(since))
      throw new AuditBroken(`that rows up to ${since.count} were removed is not signed by this installation`);
    let at: Head = since ?? genesis(this.#organisation);
    const covering = Math.ceil(through / CHECKPOINT_EVERY) * CHECKPOINT_EVERY;
    const to = Math.min(covering, count);
    while (at.count < to) {
      const rows = await this.#rows(at.count + 1, to, tx);
      const checkpoints = await this.#statements('checkpoint', at.count + 1, tx);
      if (rows.length === 0) throw new AuditBroken(`row ${at.count + 1} was removed`);
      for (const row of rows) {
        at = follow(row, at);
        if (at.count % CHECKPOINT_EVERY === 0) this.#mustBeSigned(at, checkpoints);
      }
    }
  }

  #mustBeSigned({ count, hash }: Head, checkpoints: readonly Statement[]): void {
    const checkpoint = checkpoints.find((each) => each.count === count);
    if (!checkpoint) throw new AuditBroken(`behind row ${count} the signed checkpoint is missing`);
    if (!this.#key.hasSigned(checkpoint) || checkpoint.hash !== hash)
      throw new AuditBroken(`row ${count} is not the one that was signed: it or one before it was replaced`);
  }

  /** Until the transaction ends, nobody else appends. */
  async lockIn(tx: Transaction<Tables>): Promise<Head> {
    const locked = await this.#touch(tx);
    if (locked) return locked;
    await tx
      .insertInto('audit_chains')
      .values(genesis(this.#organisation))
      .onConflict((conflict) => conflict.column('organisation').doNothing())
      .execute();
    const made = await this.#touch(tx);
    if (!made) throw new Error('the audit chain could not be begun');
    return made;
  }

  /** An update, as SQLite has no `for update`. */
  #touch(tx: Transaction<Tables>): Promise<Head | undefined> {
    return tx
      .updateTable('audit_chains')
      .set((row) => ({ count: row.ref('count') }))
      .where('organisation', '=', this.#organisation)
      .returning(['organisation', 'count', 'hash'])
      .executeTakeFirst();
  }

  async #checkpoint(tx: Transaction<Tables>, { seq, hash }: Row): Promise<Statement> {
    const head = { organisation: this.#organisation, count: seq, hash };
    const statement = this.#key.state('checkpoint', head, this.#clock.now());
    await tx.insertInto('audit_statements').values(statement).execute();
    return statement;
  }

  async #rows(from: number, to: number, db: Kysely<Tables> = this.#db): Promise<Row[]> {
    const rows = await db
      .selectFrom('audit_rows')
      .selectAll()
      .where('organisation', '=', this.#organisation)
      .where('seq', '>=', from)
      .where('seq', '<=', to)
      .orderBy('seq')
      .limit(PAGE)
      .execute();
    return rows.map(restored);
  }

  async #statements(
    kind: (typeof STATEMENTS)[number],
    from: number,
    db: Kysely<Tables> = this.#db,
  ): Promise<Statement[]> {
    const rows = await db
      .selectFrom('audit_statements')
      .selectAll()
      .where('organisation', '=', this.#organisation)
      .where('kind', '=', kind)
      .where('count', '>=', from)
      .orderBy('count')
      .limit(PAGE)
      .execute();
    return rows.map((row) => Statement.parse(row));
  }

  async #firstSince(tx: Transaction<Tables>, at: number): Promise<number | undefined> {
    const { first } = await tx
      .selectFrom('audit_rows')
      .select((row) => row.fn.min('seq').as('first'))
      .where('organisation', '=', this.#organisation)
      .where('at', '>=', at)
      .executeTakeFirstOrThrow();
    return first ?? undefined;
  }
}

/** The head behind this row. Throws AuditBroken. */
function follow(row: Row, at: Head): Head {
  const fault = rowFault(row, at);
  if (fault !== undefined) throw new AuditBroken(fault);
  return { organisation: row.organisation, count: row.seq, hash: row.hash };
}

const namesOf = ({ organisation, seq, data }: Row): AuditTables['audit_names'][] =>
  namesIn(data).map((name) => ({ organisation, name, seq }));

function stored({ kind: _, data, ...row }: Row): Insertable<AuditTables['audit_rows']> {
  return { ...row, data: canonical(data) };
}

function restored({ data, ...row }: Selectable<AuditTables['audit_rows']>): Row {
  return Row.parse({ ...row, kind: 'row', data: JSON.parse(data) });
}
