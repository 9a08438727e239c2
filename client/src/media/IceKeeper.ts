// Keeps one transport connected: restarts ICE when the network broke, and gives up when that does not help.
import type { types } from 'mediasoup-client';

/** A connection that broke does not return by itself when the address changed (facts, Faults). */
const PAUSES_MS = [0, 1_000, 2_000, 4_000, 4_000];

interface Deps {
  readonly transport: Pick<types.Transport, 'on' | 'connectionState' | 'restartIce'>;
  /** Asks the server; throws RequestFailed. */
  restart(): Promise<types.IceParameters>;
  /** The state of the connection has changed. */
  changed(): void;
  /** Restarting did not help: only new transports can. */
  giveUp(): void;
}

export class IceKeeper {
  readonly #deps: Deps;
  #attempts = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(deps: Deps) {
    this.#deps = deps;
    deps.transport.on('connectionstatechange', () => this.#changed());
  }

  /** It was connected, or should be by now, and is not. */
  get broken(): boolean {
    return isBroken(this.#deps.transport.connectionState);
  }

  /** The server is back: start again without a pause. `anyway`: the network is another, which ICE notices seconds later. */
  hurry(anyway = false): void {
    if (!this.broken && !(anyway && this.#deps.transport.connectionState === 'connected')) return;
    this.#attempts = 0;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#schedule();
  }

  /** Harmless when called again. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #changed(): void {
    if (this.#closed) return;
    if (this.#deps.transport.connectionState === 'connected') {
      this.#attempts = 0;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    } else if (this.broken) this.#schedule();
    this.#deps.changed();
  }

  #schedule(): void {
    if (this.#closed || this.#timer !== undefined) return;
    const pause = PAUSES_MS[this.#attempts];
    if (pause === undefined) {
      this.#deps.giveUp();
      return;
    }
    this.#attempts += 1;
    this.#timer = setTimeout(() => void this.#restart(), pause);
  }

  async #restart(): Promise<void> {
    try {
      const iceParameters = await this.#deps.restart();
      if (!this.#closed) await this.#deps.transport.restartIce({ iceParameters });
    } catch {
      // No answer, or the transport is gone on the server: the next attempt tells; after the last comes giveUp.
    }
    this.#timer = undefined;
    if (!this.#closed && this.broken) this.#schedule();
  }
}

const isBroken = (state: types.ConnectionState): boolean => state === 'disconnected' || state === 'failed';
