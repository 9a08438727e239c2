// The connection to signaling: dials in, comes back by itself, hands commands to the dispatcher, sends reports.

import type { Logger } from 'pino';
import { io, type Socket } from 'socket.io-client';
import {
  SFU_NAMESPACE,
  type SfuCommandName,
  type SfuHello,
  type SfuReport,
  type SfuReportName,
  sfuCommands,
} from '#protocol';
import type { Dispatch } from './dispatcher.ts';

export type Report = <N extends SfuReportName>(name: N, data: SfuReport<N>) => void;

/** Media flows on without signaling, but clients wait for it: more than this is felt. */
const RECONNECT_MAX_MS = 500;
/** A refusal (wrong secret, other version) does not mend itself quickly. */
const REFUSED_RETRY_MS = 2_000;
const REFUSED_LOG_EVERY_MS = 60_000;
/** Signaling that stays away this long is not coming back to these meetings; until then everything keeps flowing. */
const ALONE_MAX_MS = 3_600_000;

interface LinkOptions {
  readonly url: string;
  readonly hello: SfuHello;
  readonly dispatch: Dispatch;
  readonly log: Logger;
  /** Signaling has been away for too long: close all meetings. */
  readonly onAbandoned: () => void;
  readonly aloneMaxMs?: number;
}

interface Incoming {
  [command: string]: (raw: unknown, ack: unknown) => void;
}
interface Outgoing {
  [report: string]: (data: unknown) => void;
}

export class Link {
  readonly #options: LinkOptions;
  readonly #socket: Socket<Incoming, Outgoing>;
  #retry: NodeJS.Timeout | undefined;
  #abandon: NodeJS.Timeout | undefined;
  #closed = false;
  #refusedLoggedAt = Number.NEGATIVE_INFINITY;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#socket = io(options.url + SFU_NAMESPACE, {
      auth: { ...options.hello },
      transports: ['websocket'],
      forceNew: true,
      reconnectionDelay: RECONNECT_MAX_MS / 5,
      reconnectionDelayMax: RECONNECT_MAX_MS,
      timeout: 3_000,
    });
    this.#listen();
    this.#waitAlone();
  }

  /**
   * Dropped while signaling is away. Nothing is missed: after a reconnect it asks with meetings:keep what is left,
   * and streams end only by its own commands or with their meeting.
   */
  readonly report: Report = (name, data) => {
    if (this.#socket.connected) this.#socket.emit(name, data);
  };

  #listen(): void {
    for (const name of namesOf()) {
      this.#socket.on(name, (raw, ack) => void this.#answer(name, raw, ack));
    }
    this.#socket.on('connect', () => {
      clearTimeout(this.#abandon);
      this.#options.log.info('connected to signaling');
    });
    this.#socket.on('disconnect', () => {
      if (this.#closed) return; // By ourselves: no reason to dial again.
      this.#options.log.warn('signaling is away, media keeps flowing');
      this.#waitAlone();
      this.#dialAgain(RECONNECT_MAX_MS);
    });
    this.#socket.on('connect_error', (error) => {
      if (this.#socket.active) return; // The network; socket.io dials again by itself.
      this.#logRefusal(error);
      this.#dialAgain(REFUSED_RETRY_MS);
    });
  }

  async #answer(name: SfuCommandName, raw: unknown, ack: unknown): Promise<void> {
    const reply = await this.#options.dispatch(name, raw);
    if (typeof ack === 'function') ack(reply);
  }

  /** socket.io leaves it to us when the server closed the socket or refused it. */
  #dialAgain(delay: number): void {
    if (this.#socket.active || this.#closed) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#socket.connect(), delay);
  }

  #logRefusal(error: unknown): void {
    const now = performance.now();
    if (now - this.#refusedLoggedAt < REFUSED_LOG_EVERY_MS) return;
    this.#refusedLoggedAt = now;
    const reason = error instanceof Error ? error.message : 'unknown';
    this.#options.log.error(
      { reason },
      'signaling refuses this sfu: check that both have the same SFU_SECRET',
    );
  }

  #waitAlone(): void {
    clearTimeout(this.#abandon);
    this.#abandon = setTimeout(this.#options.onAbandoned, this.#options.aloneMaxMs ?? ALONE_MAX_MS);
    this.#abandon.unref();
  }

  /** Harmless when called again. */
  close(): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#abandon);
    this.#closed = true;
    this.#socket.disconnect();
  }
}

/** The table's own names, typed. */
function* namesOf(): Generator<SfuCommandName> {
  for (const name in sfuCommands) if (isCommand(name)) yield name;
}

const isCommand = (name: string): name is SfuCommandName => Object.hasOwn(sfuCommands, name);
