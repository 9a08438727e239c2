// One courier for each webhook that there is. Other processes have those that admins make here within seconds.
import type { Cancel, Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Courier } from './Courier.ts';

interface Deps<T extends { readonly id: string }> {
  /** All there are. */
  readonly find: () => Promise<readonly T[]>;
  readonly make: (webhook: T) => Courier;
  readonly clock: Clock;
  readonly log: Pick<Log, 'error'>;
}

const LOOK_EVERY_MS = 2_000;

export class Couriers<T extends { readonly id: string }> {
  readonly #deps: Deps<T>;
  readonly #couriers = new Map<string, Courier>();
  readonly #cancel: Cancel;
  #busy = false;
  #closed = false;

  constructor(deps: Deps<T>) {
    this.#deps = deps;
    this.#cancel = deps.clock.every(LOOK_EVERY_MS, () => {
      if (!this.#busy) void this.refresh();
    });
  }

  /** There may be something to deliver. */
  look(): void {
    for (const courier of this.#couriers.values()) courier.look();
  }

  /** There may be others than before. */
  async refresh(): Promise<void> {
    const { find, make, log } = this.#deps;
    this.#busy = true;
    try {
      const there = new Map((await find()).map((webhook) => [webhook.id, webhook]));
      if (this.#closed) return;
      const gone = [...this.#couriers].filter(([id]) => !there.has(id));
      for (const [id] of gone) this.#couriers.delete(id);
      for (const [id, webhook] of there) if (!this.#couriers.has(id)) this.#couriers.set(id, make(webhook));
      await Promise.all(gone.map(([, courier]) => courier.close()));
    } catch (error) {
      log.error({ err: error }, 'the webhooks could not be read; the next look tries again');
    }
    this.#busy = false;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    await Promise.all([...this.#couriers.values()].map((courier) => courier.close()));
  }
}
