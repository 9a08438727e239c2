// A refused commit that has won its epoch: nobody's can follow on it, so a host tells the server, which takes it back.
import type { TimerName } from './committing.ts';
import type { Group } from './group.ts';
import type { Host } from './host.ts';
import { isHost } from './hosts.ts';
import type { Identity } from './identity.ts';
import type { Timers } from './timers.ts';

/** News that makes a refused commit right has come by then. Less: a slow network costs somebody their place. */
export const REJECT_MS = 5000;

export interface RejectingDeps {
  readonly host: Host;
  readonly id: Identity;
  readonly timers: Timers<TimerName>;
  readonly enqueue: (task: () => Promise<void>) => void;
  readonly group: () => Group;
}

export class Rejecting {
  readonly #d: RejectingDeps;

  constructor(deps: RejectingDeps) {
    this.#d = deps;
  }

  /** Also when it is read in the log once more: what was said of it may have been lost. */
  refused(epoch: number): void {
    const { host, timers, enqueue, group, id } = this.#d;
    if (epoch !== group().epoch || timers.has('reject')) return;
    timers.set('reject', host.now() + REJECT_MS, () =>
      enqueue(async () => {
        if (group().epoch === epoch && isHost(group().policy, id.device.publicKey))
          host.emit({ type: 'ask-server', name: 'host:reject', data: { epoch } });
      }),
    );
  }

  /** Somebody's commit could be followed, or none is any more. */
  stop(): void {
    this.#d.timers.clear('reject');
  }
}
