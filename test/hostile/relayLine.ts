// One page's connection to the relay, and the connection to the server that the relay keeps for it.
import type { Socket as PageSocket } from 'socket.io';
import { io, type Socket } from 'socket.io-client';
import type { Said } from './relay.ts';

type Ends = {
  readonly who: string;
  readonly page: PageSocket;
  readonly target: string;
  hear(said: Said): void;
};

type Ack = (...args: unknown[]) => void;

const noAnswer: Ack = () => undefined;

export class Line {
  readonly who: string;
  readonly #page: PageSocket;
  readonly #server: Socket;
  readonly #hear: Ends['hear'];

  constructor({ who, page, target, hear }: Ends) {
    this.who = who;
    this.#page = page;
    this.#hear = hear;
    // What is sent before it is connected waits in its buffer, in order.
    this.#server = io(target, { transports: ['websocket'], forceNew: true, reconnection: false });
    // Its `next` is never called: what happens to a request is for the rules to say.
    page.use(([name, ...args]) => hear(this.#requested(String(name), args)));
    this.#server.onAny((name: unknown, ...args: unknown[]) =>
      hear({ line: this, kind: 'push', name: String(name), args, answer: noAnswer }),
    );
    page.on('disconnect', () => this.#server.disconnect());
    // Thrown out by the server, or the network between: the page is to see which.
    this.#server.on('disconnect', (reason) => {
      if (reason === 'io server disconnect') page.disconnect(true);
      else page.conn.close();
    });
    this.#server.on('connect_error', () => page.conn.close());
  }

  get open(): boolean {
    return this.#page.connected;
  }

  /** A push that the server never made. */
  push(name: string, ...args: unknown[]): void {
    this.#page.emit(name, ...args);
  }

  /** A request that the page never made. */
  ask(name: string, ...args: unknown[]): Promise<unknown> {
    return this.#server.emitWithAck(name, ...args);
  }

  /** As after the last rule: a request goes to the server, an answer or a push to the page. */
  deliver(said: Said): void {
    if (said.kind === 'push') this.#page.emit(said.name, ...said.args);
    else if (said.kind === 'answer') said.answer(...said.args);
    else this.#forward(said);
  }

  close(): void {
    this.#server.disconnect();
    this.#page.disconnect(true);
  }

  #forward({ name, args, answer }: Said): void {
    if (answer === noAnswer) this.#server.emit(name, ...args);
    else
      this.#server.emit(name, ...args, (...reply: unknown[]) =>
        this.#hear({ line: this, kind: 'answer', name, args: reply, answer }),
      );
  }

  #requested(name: string, args: unknown[]): Said {
    const ack = args.at(-1);
    if (typeof ack !== 'function') return { line: this, kind: 'request', name, args, answer: noAnswer };
    let answered = false;
    const answer: Ack = (...reply) => {
      // Only the first answer counts to Socket.IO; a replayed request has two.
      if (!answered) ack(...reply);
      answered = true;
    };
    return { line: this, kind: 'request', name, args: args.slice(0, -1), answer };
  }
}
