// Two clients: Node's own, and one that costs as little as can be, so that the servers alone are measured: requests that are
// written beforehand, over connections that stay open, and of an answer no more is read than its status and where it ends.
import { once } from 'node:events';
import { type Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';

/** Every answer here has one. */
const LENGTH = /\r\ncontent-length: (\d+)\r\n/i;

export class Connection {
  readonly #socket: Socket;
  #read: Buffer = Buffer.alloc(0);
  #waiting: { resolve(body: string): void; reject(why: Error): void } | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', (error) => this.#waiting?.reject(error));
    socket.on('close', () => this.#waiting?.reject(new Error('the server hung up')));
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Connection(socket);
  }

  /** One at a time. Answers the body; whatever is not 200 is an error. */
  ask(request: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#read = this.#read.length === 0 ? chunk : Buffer.concat([this.#read, chunk]);
    const end = this.#read.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#read.toString('latin1', 0, end + 2);
    const length = Number(LENGTH.exec(head)?.[1]);
    if (this.#read.length < end + 4 + length) return;
    const body = this.#read.toString('utf8', end + 4);
    this.#read = Buffer.alloc(0);
    if (head.startsWith('HTTP/1.1 200 ')) this.#waiting?.resolve(body);
    else this.#waiting?.reject(new Error(`${head.split('\r\n')[0]}: ${body}`));
  }
}

export interface Wanted {
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export function written({ method = 'GET', path, headers = {}, body }: Wanted): string {
  const text = body === undefined ? '' : JSON.stringify(body);
  const all = {
    host: '127.0.0.1',
    ...headers,
    ...(text ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } : {}),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${text}`;
}

/** How a program asks that has better to do than measuring: by Node's own client, over connections that stay open. */
export function byNode(port: number, { path, headers = {} }: Wanted, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request({ agent, port, host: '127.0.0.1', path, headers }, (answer) => {
      answer.resume();
      answer.on('end', () =>
        answer.statusCode === 200 ? resolve() : reject(new Error(`${path}: ${answer.statusCode}`)),
      );
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** Each asks again as soon as it is answered; answers how many answers came in a second. */
export async function perSecond(askers: readonly (() => Promise<unknown>)[], forMs: number): Promise<number> {
  const began = performance.now();
  let answers = 0;
  const asking = askers.map(async (ask) => {
    while (performance.now() - began < forMs) {
      await ask();
      answers += 1;
    }
  });
  await Promise.all(asking);
  return answers / ((performance.now() - began) / 1_000);
}
