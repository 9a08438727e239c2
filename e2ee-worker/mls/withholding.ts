// While somebody whom this host has sent out keeps the group's keys, because the server carries no commit that removes
// them, this page sends nothing.
import type { TimerName } from './committing.ts';
import type { Group } from './group.ts';
import type { Host } from './host.ts';
import type { Member } from './roster.ts';
import type { Timers } from './timers.ts';

/** A Remove takes two ways to the server and back. Less: slow networks fall silent. More: who was sent out hears on. */
export const WITHHOLD_MS = 2000;

export interface WithholdingDeps {
  readonly host: Host;
  readonly timers: Timers<TimerName>;
  readonly enqueue: (task: () => Promise<void>) => void;
  readonly group: () => Group;
  /** Since when this member has been there although this host has sent them out. */
  readonly defiedSince: (signatureKey: Uint8Array) => number | undefined;
  /** Something that people can see has changed. */
  readonly changed: () => void;
}

export class Withholding {
  readonly #d: WithholdingDeps;

  constructor(deps: WithholdingDeps) {
    this.#d = deps;
  }

  /** Because of whom nothing is sent. */
  get because(): Member[] {
    const now = this.#d.host.now();
    return this.#d.group().roster.members.filter((m) => this.#dueAt(m) <= now);
  }

  #dueAt({ node }: Member): number {
    return (this.#d.defiedSince(node.signaturePublicKey) ?? Number.POSITIVE_INFINITY) + WITHHOLD_MS;
  }

  /** Called after anything that may have changed whom this host has sent out. */
  plan(): void {
    const { host, timers, enqueue, changed, group } = this.#d;
    const now = host.now();
    const next = Math.min(
      ...group()
        .roster.members.map((m) => this.#dueAt(m))
        .filter((at) => at > now),
    );
    timers.set('withhold', next, () =>
      enqueue(async () => {
        if (this.because.length > 0) host.toMedia({ type: 'hold' });
        this.plan();
        changed();
      }),
    );
  }
}
