// Where events go: a bounded queue in front of the store, so that no meeting waits for the disk. What must be kept before it is
// acknowledged is awaited.
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { AuditRecord } from './chain.ts';
import { type AuditData, type AuditEvent, type AuditType, audited } from './events.ts';

/** The chain. storage/StoredAudit.ts is the one that does it. */
export interface AuditStore {
  /** In one transaction, behind whatever is there; answers the rows, and a signed statement when one was due. */
  append(events: readonly AuditEvent[]): Promise<readonly AuditRecord[]>;
}

/** What the parts of the server see of it. */
export interface Audit {
  /** Kept soon, and written again and again while the database does not answer; kill -9 may lose the last milliseconds. */
  note<N extends AuditType>(type: N, data: AuditData<N>): void;
  /** Resolves when it is kept. Rejects when it is not. */
  record<N extends AuditType>(type: N, data: AuditData<N>): Promise<void>;
  /** `waiting` for the database, and `lost` since then. */
  backlog(): { readonly waiting: number; readonly lost: number };
}

interface Deps {
  readonly store: AuditStore;
  readonly clock: Clock;
  readonly log: Pick<Log, 'error'>;
  /** Hears of every record that this process has written, of those of the log in the order of the chain. Must not throw. */
  readonly written?: (records: readonly AuditRecord[]) => void;
}

interface Waiting {
  readonly event: AuditEvent;
  /** Of those that somebody waits for. */
  readonly done?: { resolve(): void; reject(error: unknown): void };
}

/** More: memory while the database is away. Less: a longer absence loses events (their number is noted). */
const MAX_WAITING = 10_000;
/** One transaction; in SQLite it blocks this process for some milliseconds. */
const BATCH = 100;
const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 30_000;

export class AuditLog implements Audit {
  readonly #deps: Deps;
  readonly #max: number;
  #waiting: Waiting[] = [];
  #lost = 0;
  #state: 'idle' | 'writing' | 'resting' = 'idle';
  #retryMs = RETRY_FIRST_MS;
  #idle: (() => void)[] = [];

  constructor(deps: Deps, max = MAX_WAITING) {
    this.#deps = deps;
    this.#max = max;
  }

  note<N extends AuditType>(type: N, data: AuditData<N>): void {
    const event = audited(type, this.#deps.clock.now(), data);
    if (this.#waiting.length >= this.#max) this.#lost += 1;
    else this.#add({ event });
  }

  record<N extends AuditType>(type: N, data: AuditData<N>): Promise<void> {
    const event = audited(type, this.#deps.clock.now(), data);
    if (this.#waiting.length >= this.#max) return Promise.reject(new Error('the audit log is full'));
    return new Promise((resolve, reject) => this.#add({ event, done: { resolve, reject } }));
  }

  /** Of rows that were written past this queue, together with what they tell of: `written` hears of them, if a moment late. */
  wrote(records: readonly AuditRecord[]): void {
    this.#deps.written?.(records);
  }

  backlog() {
    return { waiting: this.#waiting.length, lost: this.#lost };
  }

  /** Resolves when nothing waits any more; false when the database did not take it. */
  async close(): Promise<boolean> {
    if (this.#state === 'resting') void this.#write();
    if (this.#state !== 'idle') await new Promise<void>((resolve) => this.#idle.push(resolve));
    return this.#waiting.length === 0;
  }

  #add(waiting: Waiting): void {
    this.#waiting.push(waiting);
    // Whoever waits for an answer does not wait for the next try, too.
    if (this.#state === 'idle' || (waiting.done && this.#state === 'resting')) void this.#write();
  }

  async #write(): Promise<void> {
    this.#state = 'writing';
    // What is noted in the same breath goes into one transaction, and not into the middle of a request.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#state === 'writing' && this.#waiting.length > 0) await this.#writeBatch();
    if (this.#state === 'writing') this.#state = 'idle';
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #writeBatch(): Promise<void> {
    const { store, written, clock } = this.#deps;
    const batch = this.#waiting.splice(0, BATCH);
    const lost = this.#lost;
    const events = batch.map(({ event }) => event);
    if (lost > 0) events.push(audited('audit:lost', clock.now(), { events: lost }));
    try {
      const records = await store.append(events);
      this.#lost -= lost;
      this.#retryMs = RETRY_FIRST_MS;
      for (const { done } of batch) done?.resolve();
      written?.(records);
    } catch (error) {
      this.#failed(batch, error);
    }
  }

  /** Who waits is told, and may do it again; the rest is tried again. */
  #failed(batch: readonly Waiting[], error: unknown): void {
    const { log, clock } = this.#deps;
    log.error({ err: error, events: batch.length }, 'audit events could not be written; they wait');
    for (const { done } of batch) done?.reject(error);
    this.#waiting = [...batch.filter(({ done }) => !done), ...this.#waiting];
    this.#state = 'resting';
    clock.after(this.#retryMs, () => {
      if (this.#state === 'resting') void this.#write();
    });
    this.#retryMs = Math.min(2 * this.#retryMs, RETRY_MAX_MS);
  }
}
