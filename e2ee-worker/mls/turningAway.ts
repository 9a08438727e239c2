// Sends those away who hold a place in the lobby and cannot have the link: hosts do not see them, so nobody else would.
import { MAX_WAITING, type PeerId } from '#protocol';
import type { Host } from './host.ts';

/** One in this long. Less: a flood makes the host's page exceed what the server takes from it. More: places stay taken. */
const GAP_MS = 200;

export class TurningAway {
  readonly #host: Host;
  readonly #mayAct: () => boolean;
  readonly #todo = new Set<PeerId>();
  #lastAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;

  /** A host that comes back hears of knocks before the group knows it for one. */
  constructor(host: Host, mayAct: () => boolean) {
    this.#host = host;
    this.#mayAct = mayAct;
  }

  add(peerId: PeerId): void {
    if (this.#todo.size < MAX_WAITING) this.#todo.add(peerId);
    this.go();
  }

  left(peerId: PeerId): void {
    this.#todo.delete(peerId);
  }

  clear(): void {
    this.#todo.clear();
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Also when we may have become a host. */
  go(): void {
    const [peerId] = this.#todo;
    if (peerId === undefined || this.#cancel || !this.#mayAct()) return;
    const wait = this.#lastAt + GAP_MS - this.#host.now();
    if (wait > 0) {
      this.#cancel = this.#host.setTimer(wait, () => {
        this.#cancel = undefined;
        this.go();
      });
      return;
    }
    this.#lastAt = this.#host.now();
    this.#todo.delete(peerId);
    this.#host.emit({ type: 'ask-server', name: 'host:refuse', data: { peerId, block: false } });
    this.go();
  }
}
