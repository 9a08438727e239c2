// A client of the real server that writes Engine.IO and Socket.IO packets by hand: what no library would send.
import { until } from '../harness/until.ts';

/** `42…`: a message of Engine.IO (4) that is an event of Socket.IO (2). */
const EVENT = '42';
const ANSWER = '43';

export class Engine {
  readonly #socket: WebSocket;
  /** Every text packet, oldest first. */
  readonly #texts: string[] = [];
  #nextAck = 1;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }) => {
      if (typeof data !== 'string') return;
      // 2: a ping, which wants a pong.
      if (data === '2') socket.send('3');
      else this.#texts.push(data);
    });
  }

  /** Connected to the main namespace. */
  static async connect(origin: string): Promise<Engine> {
    const url = new URL('/socket.io/?EIO=4&transport=websocket', origin);
    url.protocol = 'ws:';
    const engine = new Engine(new WebSocket(url));
    await engine.hears((text) => text.startsWith('0'));
    engine.send('40');
    await engine.hears((text) => text.startsWith('40'));
    return engine;
  }

  get closed(): boolean {
    return this.#socket.readyState === WebSocket.CLOSED;
  }

  send(...packets: readonly (string | Uint8Array<ArrayBuffer>)[]): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    for (const packet of packets) this.#socket.send(packet);
  }

  /** Sends an event whose array of name and arguments is `json`, letter by letter; answers the reply, or `closed`. */
  async ask(json: string): Promise<unknown> {
    const ack = this.#nextAck++;
    this.send(`${EVENT}${ack}${json}`);
    const prefix = `${ANSWER}${ack}[`;
    const reply = await this.hears((text) => text.startsWith(prefix));
    if (reply === 'closed') return reply;
    const [answer]: unknown[] = JSON.parse(reply.slice(prefix.length - 1));
    return answer;
  }

  async isClosed(what: string): Promise<void> {
    await until(() => this.closed, { timeoutMs: 5_000, what: () => `the server to close after ${what}` });
  }

  close(): void {
    this.#socket.close();
  }

  /** Waits for a text packet; answers it, or `closed`. */
  hears(is: (text: string) => boolean): Promise<string> {
    return until(() => this.#texts.find(is) ?? (this.closed && 'closed'), {
      timeoutMs: 5_000,
      everyMs: 10,
      what: () => `a packet from the server; last: ${this.#texts.at(-1)?.slice(0, 200)}`,
    });
  }
}
