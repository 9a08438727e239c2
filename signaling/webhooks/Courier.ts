// Brings the audit log to a webhook, in order and as a whole: what is not taken is brought again, at longer and longer intervals,
// also after a restart. Of several processes one does it at a time. A receiver may see a message twice, with the same id.
import { randomInt } from 'node:crypto';
import type { Delivery } from '#protocol';
import type { AuditRecord } from '../audit/chain.ts';
import type { Cancel, Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Route } from './connect.ts';
import { deliver } from './deliver.ts';
import type { Message, Receiver } from './post.ts';

export interface Claim {
  readonly webhook: string;
  /** Number of the last row that was delivered. */
  readonly delivered: number;
  /** Last row of what was tried before, and is tried again as it was. */
  readonly sending: number | null;
  readonly attempts: number;
  /** Until then nobody else delivers. Also tells this claim from others. */
  readonly until: number;
}

/** What outlives the process. storage/StoredWebhooks.ts is the one that does it. */
export interface WebhookStore {
  /** Undefined when it is not due, or another process is at it. */
  claim(webhook: string, now: number, until: number): Promise<Claim | undefined>;
  /** Before the first try of these rows. */
  begin(claim: Claim, through: number): Promise<void>;
  settle(claim: Claim, next: { delivered: number; attempts: number; at: number }): Promise<void>;
  log(webhook: string, attempt: Delivery): Promise<void>;
}

interface Deps extends Pick<Route, 'network' | 'allowed'> {
  readonly webhook: string;
  readonly to: Receiver;
  readonly store: WebhookStore;
  /** Null: all, and the signed statements of the log. */
  readonly types: readonly string[] | null;
  /** Records behind row `after`, in order, through row `through` if given. */
  readonly records: (after: number, through: number | null) => Promise<readonly AuditRecord[]>;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn' | 'error'>;
}

/** Longer than one delivery can take; as long as a process that died keeps the others from it. */
const CLAIM_MS = 30_000;
/** Rows that another process has written, and what is due again. */
const LOOK_EVERY_MS = 2_000;
const RETRY_FIRST_MS = 5_000;
const RETRY_MAX_MS = 60 * 60 * 1000;

export class Courier {
  readonly #deps: Deps;
  readonly #cancel: Cancel;
  #state: 'idle' | 'running' | 'asked again' | 'closed' = 'idle';
  #done: Promise<void> = Promise.resolve();
  readonly #stop = new AbortController();

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#cancel = deps.clock.every(LOOK_EVERY_MS, () => this.look());
  }

  /** There may be something to deliver. */
  look(): void {
    if (this.#state === 'running') this.#state = 'asked again';
    if (this.#state !== 'idle') return;
    this.#state = 'running';
    this.#done = this.#run();
  }

  async close(): Promise<void> {
    this.#cancel();
    this.#state = 'closed';
    this.#stop.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    try {
      while ((await this.#deliverNext()) || this.#askedAgain());
    } catch (error) {
      this.#deps.log.error(
        { err: error },
        'the webhook could not be looked after; the next look tries again',
      );
    }
    if (this.#state !== 'closed') this.#state = 'idle';
  }

  #askedAgain(): boolean {
    if (this.#state !== 'asked again') return false;
    this.#state = 'running';
    return true;
  }

  /** True when there may be more. */
  async #deliverNext(): Promise<boolean> {
    const { store, clock, webhook, records, types } = this.#deps;
    if (this.#state === 'closed') return false;
    const now = clock.now();
    const claim = await store.claim(webhook, now, now + CLAIM_MS);
    if (!claim) return false;
    const batch = await records(claim.delivered, claim.sending);
    const last = batch.findLast((record) => record.kind === 'row');
    if (last?.kind !== 'row') {
      await store.settle(claim, { delivered: claim.delivered, attempts: claim.attempts, at: now });
      return false;
    }
    const wanted = batch.filter((record) => !types || (record.kind === 'row' && types.includes(record.type)));
    if (wanted.length === 0) {
      await store.settle(claim, { delivered: last.seq, attempts: 0, at: now });
      return true;
    }
    if (claim.sending === null) await store.begin(claim, last.seq);
    return this.#deliver(claim, last.seq, messageOf(last.organisation, wanted, last.seq));
  }

  async #deliver(claim: Claim, through: number, message: Message): Promise<boolean> {
    const { store, clock, webhook, to, log } = this.#deps;
    const tried = await deliver(to, message, { ...this.#deps, stop: this.#stop.signal });
    const attempt = claim.attempts + 1;
    await store.log(webhook, { ...tried, attempt });
    const taken = tried.fault === null;
    if (taken) await store.settle(claim, { delivered: through, attempts: 0, at: clock.now() });
    else {
      const at = clock.now() + restAfter(attempt);
      await store.settle(claim, { delivered: claim.delivered, attempts: attempt, at });
      log.warn({ webhook, attempt, fault: tried.fault, retry: new Date(at) }, 'a webhook was not delivered');
    }
    return taken;
  }
}

function messageOf(organisation: string, records: readonly AuditRecord[], through: number): Message {
  const first = records.find((record) => record.kind === 'row');
  const from = first?.kind === 'row' ? first.seq : through;
  const data = { organisation, records };
  return {
    id: `audit_${organisation}_${from}_${through}`,
    body: JSON.stringify({ type: 'audit.records', timestamp: new Date(first?.at ?? 0).toISOString(), data }),
  };
}

/** Doubles, and differs a little: those who failed together do not come back together. */
function restAfter(attempt: number): number {
  const rest = Math.min(RETRY_FIRST_MS * 2 ** Math.min(attempt - 1, 20), RETRY_MAX_MS);
  return rest + randomInt(Math.ceil(rest / 5));
}
