// Has the server send those away who wait for nothing, because they cannot have the link or are blocked: hosts do not see them,
// so nobody else would.
import type { DoorErrand } from '#e2ee/messages.ts';
import { MAX_WAITING, type PeerId } from '#protocol';
import type { Host } from './host.ts';

/** One in this long. Less: a flood makes the host's page exceed what the server takes from it. More: places stay taken. */
const GAP_MS = 200;

type Away = Extract<DoorErrand, { name: 'host:refuse' | 'host:remove' }>;

export class TurningAway {
  readonly #host: Host;
  readonly #mayAct: () => boolean;
  readonly #todo = new Map<PeerId, Away>();
  #lastAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;

  /** A host that comes back hears of knocks before the group knows it for one. */
  constructor(host: Host, mayAct: () => boolean) {
    this.#host = host;
    this.#mayAct = mayAct;
  }

  /** From the door. `block`: the server is to remember it. */
  refuse(peerId: PeerId, block: boolean): void {
    this.#add({ type: 'ask-server', name: 'host:refuse', data: { peerId, block } });
  }

  /** Let in by the server; the group would never add it. */
  block(peerId: PeerId): void {
    this.#add({ type: 'ask-server', name: 'host:remove', data: { peerId, how: 'block' } });
  }

  /** Let in by the server, which has forgotten that a host is to be asked. */
  sendBack(peerId: PeerId): void {
    this.#add({ type: 'ask-server', name: 'host:remove', data: { peerId, how: 'lobby' } });
  }

  #add(errand: Away): void {
    if (this.#todo.size < MAX_WAITING) this.#todo.set(errand.data.peerId, errand);
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
    const [next] = this.#todo;
    if (!next || this.#cancel || !this.#mayAct()) return;
    const wait = this.#lastAt + GAP_MS - this.#host.now();
    if (wait > 0) {
      this.#cancel = this.#host.setTimer(wait, () => {
        this.#cancel = undefined;
        this.go();
      });
      return;
    }
    this.#lastAt = this.#host.now();
    const [peerId, errand] = next;
    this.#todo.delete(peerId);
    this.#host.emit(errand);
    this.go();
  }
}
