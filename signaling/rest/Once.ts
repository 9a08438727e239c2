// Creating requests with an Idempotency-Key: the first is carried out, the same again within a day gets the same answer. Answers
// may hold what is shown once only (a new API key), so they are kept sealed. storage/StoredAnswers.ts keeps them.
import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { Problem } from '../problem.ts';
import { Secret } from '../protocol/env.ts';
import type { About } from '../secrets/Secrets.ts';

/** More: the database remembers longer. Less: a program that was off over night makes things twice. */
export const KEPT_MS = 24 * 60 * 60 * 1000;
/** Of one account. More: memory of a day. Less: a large import is refused in the middle. */
const MAX_KEPT = 10_000;
/** A request that was cut short by the end of its process: after this it may be carried out anew. */
const GIVEN_UP_MS = 60_000;

export interface Begun {
  readonly id: string;
  readonly holder: string;
  readonly requestHash: string;
  readonly now: number;
}

export type Before =
  | { readonly state: 'new' | 'running' | 'other' | 'full' }
  | { readonly state: 'done'; readonly sealed: string };

export interface AnswerStore {
  /** `new`: it is the caller's now. `other`: the same key came with another request. `full`: the holder has `most` already. */
  begin(request: Begun, bounds: { keptSince: number; aliveSince: number; most: number }): Promise<Before>;
  /** `about`: the id of what was made. */
  finish(id: string, answer: { sealed: string; about: string | null }): Promise<void>;
  abandon(id: string): Promise<void>;
  forget(before: number): Promise<void>;
}

/** As secrets/Sealer.ts does it. */
export interface Sealing {
  seal(about: About, secret: Secret): string;
  /** Undefined when it was sealed with another key or for something else. */
  open(about: About, sealed: string): Secret | undefined;
}

interface Deps {
  readonly clock: Pick<Clock, 'now'>;
  readonly store: AnswerStore;
  readonly sealing: Sealing;
}

export interface Asked {
  /** An account. */
  readonly holder: string;
  readonly key: string;
  readonly route: string;
  readonly body: unknown;
}

export class Once {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Throws a Problem, or what `work` throws; then nothing is kept, and the same may be asked again. */
  async run({ holder, key, route, body }: Asked, work: () => Promise<unknown>) {
    const { clock, store, sealing } = this.#deps;
    const now = clock.now();
    const id = hash(holder, route, key);
    const request = { id, holder, requestHash: hash(JSON.stringify(body ?? null)), now };
    const bounds = { keptSince: now - KEPT_MS, aliveSince: now - GIVEN_UP_MS, most: MAX_KEPT };
    const before = await store.begin(request, bounds);
    if (before.state === 'running') throw new Problem('STILL_WORKING');
    if (before.state === 'other') throw new Problem('KEY_REUSED');
    if (before.state === 'full') throw new Problem('RATE_LIMITED', 'too many Idempotency-Keys in a day');
    const about = { purpose: 'kept-answer', id };
    if (before.state === 'done') {
      const kept = sealing.open(about, before.sealed);
      if (!kept) throw new Error('a kept answer was changed, or the key of secrets is another one');
      return { answer: JSON.parse(kept.reveal()) as unknown, again: true };
    }
    const answer = await work().catch(async (error: unknown) => {
      await store.abandon(id);
      throw error;
    });
    // When this fails, it is made and the answer is lost: for a minute nobody makes it a second time by asking again.
    const sealed = sealing.seal(about, new Secret(JSON.stringify(answer)));
    await store.finish(id, { sealed, about: idOf(answer) });
    return { answer, again: false };
  }

  async tidy(): Promise<void> {
    await this.#deps.store.forget(this.#deps.clock.now() - KEPT_MS);
  }
}

/** Hex: a name that Sealer takes. */
const hash = (...parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\0')).digest('hex');

/** Of what a route has made: `id`, or the one of its `room`. */
function idOf(answer: unknown): string | null {
  if (typeof answer !== 'object' || answer === null) return null;
  if ('room' in answer) return idOf(answer.room);
  return 'id' in answer && typeof answer.id === 'string' ? answer.id : null;
}
