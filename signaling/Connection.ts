// One socket of a client: bound to a peer by session:start, measured, and gone when the socket is.

import type { Socket } from 'socket.io';
import type { PeerState, Push, PushName } from '#protocol';
import type { Caller } from './accounts/AccountDesk.ts';
import type { Allowance } from './limits.ts';
import type { Link } from './outbox.ts';
import type { Peer } from './peer.ts';

/** Above the largest honest request with all its attachments; a peer that sends more without finishing one is cut off. */
const MAX_UNFINISHED_BYTES = 2 * 1024 * 1024;

export interface Opening {
  readonly caller: Caller;
  readonly network: string;
  readonly allowance: Allowance;
}

export class Connection implements Link {
  /** What it comes from; see networkOf. */
  readonly network: string;
  readonly #socket: Socket;
  #allowance: Allowance;
  #peer: Peer | undefined;
  #received = 0;
  /** Changes when an admin gives the account another role. */
  caller: Caller;

  constructor(socket: Socket, { caller, network, allowance }: Opening) {
    this.network = network;
    this.#socket = socket;
    this.caller = caller;
    this.#allowance = allowance;
    socket.conn.on('packet', (packet: { data?: unknown }) => this.#count(packet.data));
    // See Outbox: a pong proves that what was sent before its ping has arrived.
    socket.conn.on('packetCreate', (packet: { type: string }) => {
      if (packet.type === 'ping' && this.#peer?.link === this) this.#peer.outbox.pinged();
    });
    socket.conn.on('heartbeat', () => {
      if (this.#peer?.link === this) this.#peer.outbox.ponged();
    });
  }

  get peer(): Peer | undefined {
    return this.#peer;
  }

  get allowance(): Allowance {
    return this.#allowance;
  }

  get state(): PeerState {
    return this.#peer?.state ?? 'new';
  }

  /** The peer has moved to another socket, or is gone: what is still in the queue of this one is void. */
  get superseded(): boolean {
    const peer = this.#peer;
    return peer !== undefined && (peer.gone || (peer.link !== undefined && peer.link !== this));
  }

  bind(peer: Peer): void {
    this.#peer = peer;
    this.#allowance = peer.allowance;
  }

  /** Bytes received since it was last asked. */
  takeReceived(): number {
    const received = this.#received;
    this.#received = 0;
    return received;
  }

  push<N extends PushName>(name: N, data: Push<N>): void {
    this.#socket.emit(name, data);
  }

  end(): void {
    this.#socket.disconnect(true);
  }

  cut(): void {
    this.#socket.conn.close();
  }

  #count(data: unknown): void {
    if (typeof data === 'string' || data instanceof Uint8Array) this.#received += data.length;
    if (this.#received > MAX_UNFINISHED_BYTES) this.end();
  }
}
