// The pushes that a peer may not have heard yet, so that a resumed connection misses nothing.
import type { Push, PushName } from '#protocol';

/** Where pushes of a peer go while it is here. */
export interface Link {
  push<N extends PushName>(name: N, data: Push<N>): void;
  /** For good: the page does not come back by itself. */
  end(): void;
  /** As if the network had failed: the page tries again. */
  cut(): void;
}

interface Entry {
  readonly bytes: number;
  send(link: Link): void;
}

/** More: a few dead pages may hold much memory for 30 s. Less: a page that was away in a busy meeting has to reload. */
const MAX_ENTRIES = 4_000;
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * A dead connection is noticed only seconds after it died; what was sent meanwhile is lost. TCP keeps order, so a
 * pong proves that everything sent before its ping has arrived. Everything later is kept and sent again on resume:
 * in order, at least once. Payload bytes are shared between the outboxes of all peers, not copied.
 */
export class Outbox {
  #unheard: Entry[] = [];
  #bytes = 0;
  #beforePing = 0;

  /** False when the peer has fallen too far behind to be resumed. */
  add<N extends PushName>(name: N, data: Push<N>): boolean {
    const bytes = payloadBytes(data);
    if (this.#unheard.length >= MAX_ENTRIES || this.#bytes + bytes > MAX_BYTES) return false;
    this.#unheard.push({ bytes, send: (link) => link.push(name, data) });
    this.#bytes += bytes;
    return true;
  }

  get halfFull(): boolean {
    return this.#unheard.length * 2 >= MAX_ENTRIES || this.#bytes * 2 >= MAX_BYTES;
  }

  pinged(): void {
    this.#beforePing = this.#unheard.length;
  }

  ponged(): void {
    for (const heard of this.#unheard.splice(0, this.#beforePing)) this.#bytes -= heard.bytes;
    this.#beforePing = 0;
  }

  /** Sends everything again; it stays until a pong of the new connection. */
  resend(link: Link): void {
    this.#beforePing = 0;
    for (const entry of this.#unheard) entry.send(link);
  }

  clear(): void {
    this.#unheard = [];
    this.#bytes = 0;
    this.#beforePing = 0;
  }
}

/** Also of arrivals inside a push: strangers choose how large those are. */
function payloadBytes(data: unknown): number {
  if (data instanceof Uint8Array) return data.byteLength;
  if (typeof data !== 'object' || data === null) return 0;
  return Object.values(data).reduce((sum: number, value) => sum + payloadBytes(value), 0);
}
