// A worker thread that is asked things: every question is answered, or rejected with the reason why nobody will answer it.
import type { Worker } from 'node:worker_threads';
import type { CrowdCommand, CrowdReport } from './crowdMessages.ts';

export class AskedThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve: (v: unknown) => void; reject: (e: Error) => void }>();
  #next = 0;
  /** Why nothing will be answered any more. */
  #gone: Error | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (report: CrowdReport) => {
      const waiting = this.#waiting.get(report.id);
      this.#waiting.delete(report.id);
      if (report.ok) waiting?.resolve(report.value);
      else waiting?.reject(new Error(report.message));
    });
    worker.on('error', (cause) => this.#lost(new Error(`The thread has broken: ${cause}.`, { cause })));
    worker.on('messageerror', (cause) =>
      this.#lost(new Error(`The thread has answered something unreadable: ${cause}.`, { cause })),
    );
    worker.on('exit', (code) => this.#lost(new Error(`The thread has ended with exit code ${code}.`)));
  }

  /** The thread is ours: what it answers to a command is what its `answer` says. */
  ask<T>(command: CrowdCommand): Promise<T> {
    if (this.#gone) return Promise.reject(this.#gone);
    const id = this.#next++;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: (value) => resolve(value as T), reject });
      this.#worker.postMessage({ id, command });
    });
  }

  /** Whoever asked a thread that is gone was told so; ending it is no second failure. */
  async end(): Promise<void> {
    if (!this.#gone) await this.ask({ do: 'disperse' });
    await this.#worker.terminate();
  }

  /** The first reason counts: after an error comes an exit. */
  #lost(reason: Error): void {
    this.#gone ??= reason;
    for (const { reject } of this.#waiting.values()) reject(this.#gone);
    this.#waiting.clear();
  }
}
