// Many simulated members over a few threads: as many threads as the machine has cores, for members share no core in life.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { until } from '../harness/until.ts';
import { AskedThread } from './askedThread.ts';
import type { CommitSize, MemberState } from './crowdMessages.ts';

/** So many come at once that the one who commits can still be heard. More: the server gives up on those who wait for 30 s. */
export const BATCH = 20;

class Thread extends AskedThread {
  readonly names = new Set<string>();

  constructor() {
    super(new Worker(join(import.meta.dirname, 'crowdThread.ts')));
  }
}

export class Crowd {
  #link = '';
  readonly #threads: readonly Thread[];
  #born = 0;

  /** Of up to `size` members. Without a `link` the first makes the room: see `found`. */
  constructor(size: number, link = '') {
    this.#link = link;
    const count = size < 10 ? 1 : availableParallelism();
    this.#threads = Array.from({ length: count }, () => new Thread());
  }

  /** The first member, in a room of its own. */
  async found(origin: string): Promise<void> {
    const [thread] = this.#threads;
    if (!thread) throw new Error('no threads');
    const name = `member ${this.#born++}`;
    thread.names.add(name);
    this.#link = await thread.ask<string>({ do: 'found', origin, name });
  }

  /** All at once; resolves when the server has taken all of them, which is before they are in the group. */
  async arrive(count: number): Promise<void> {
    const lists = this.#threads.map((): string[] => []);
    for (let i = 0; i < count; i++) {
      const name = `member ${this.#born++}`;
      const thread = this.#born % this.#threads.length;
      lists[thread]?.push(name);
      this.#threads[thread]?.names.add(name);
    }
    await Promise.all(
      this.#threads.map((t, i) => t.ask({ do: 'join', link: this.#link, names: lists[i] ?? [] })),
    );
  }

  /** As many more as it takes to be `size`; resolves when all are in the group. */
  async fill(size: number): Promise<void> {
    for (let here = this.#born; here < size; here = this.#born) {
      await this.arrive(Math.min(BATCH, size - here));
      await this.calm(this.#born, 0);
    }
  }

  async state(): Promise<MemberState[]> {
    return (await Promise.all(this.#threads.map((t) => t.ask<MemberState[]>({ do: 'state' })))).flat();
  }

  async commits(): Promise<CommitSize[]> {
    return (await Promise.all(this.#threads.map((t) => t.ask<CommitSize[]>({ do: 'commits' })))).flat();
  }

  /** When the last of all came to an epoch without `name`, on the shared clock. */
  async without(name: string): Promise<number> {
    const times = this.#threads.map((t) => t.ask<number>({ do: 'without', name }));
    return Math.max(...(await Promise.all(times)));
  }

  /** When it was sent, on the shared clock. */
  async leave(name: string): Promise<number> {
    const thread = this.#threads.find((t) => t.names.delete(name));
    if (!thread) throw new Error(`${name} is nowhere`);
    return thread.ask<number>({ do: 'leave', name });
  }

  /** Was removed: waited for no more. */
  async setAside(name: string): Promise<void> {
    const thread = this.#threads.find((t) => t.names.delete(name));
    if (!thread) throw new Error(`${name} is nowhere`);
    await thread.ask({ do: 'set-aside', name });
  }

  /** All are in one group of `size` on one epoch, and no commit has come for `quietMs`: nothing is under way. */
  async calm(size: number, quietMs: number): Promise<MemberState[]> {
    let epoch = -1;
    let since = 0;
    let last: MemberState[] = [];
    const calm = async () => {
      last = await this.state();
      const epochs = new Set(last.map((m) => m.epoch));
      const now = [...epochs][0] ?? -1;
      const same = epochs.size === 1 && last.length === size && last.every((m) => m.size === size);
      if (!same || now !== epoch) since = performance.now();
      epoch = same ? now : -1;
      return same && performance.now() - since >= quietMs && last;
    };
    const what = () => `${size} members in calm: ${last.map((m) => `${m.size}@${m.epoch}`).join(' ')}`;
    return until(calm, { timeoutMs: 600_000, everyMs: 200, what });
  }

  async end(): Promise<void> {
    await Promise.all(this.#threads.map((t) => t.end()));
  }
}
