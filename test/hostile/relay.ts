// A man in the middle between pages and signaling: pages talk to its doors, and every event passes through the test's rules.
// It knows Socket.IO and nothing of our protocol: names and arguments go through as they are, binary ones too.
import {
  createServer,
  type Server as HttpServer,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { Line } from './relayLine.ts';

/** One event on its way. `up`: from a page to the server. */
export type Said = {
  readonly line: Line;
  readonly kind: 'request' | 'answer' | 'push';
  readonly name: string;
  readonly args: readonly unknown[];
  /** Answers a request in the server's place; does nothing to answers and pushes. */
  readonly answer: (...args: unknown[]) => void;
};

/**
 * What a hostile server does with an event: calls `pass` never (drops it), once (as it is or altered), later (delays,
 * reorders) or often (replays). The next rule gets what was passed; behind the last one it is delivered.
 */
export type Rule = (said: Said, pass: (said: Said) => void) => void;

type Door = { readonly who: string; readonly origin: string; readonly http: HttpServer; readonly io: Server };

/** Above what the server accepts, so that it is the server that refuses. */
const MAX_BYTES = 64 * 1024 * 1024;

export class Relay {
  readonly #target: URL;
  readonly #doors = new Map<string, Door>();
  readonly #lines: Line[] = [];
  #rules: readonly Rule[] = [];
  /** Everything that came, oldest first, before any rule. */
  readonly heard: Said[] = [];

  constructor(target: string) {
    this.#target = new URL(target);
  }

  /** Answers the origin that this person's page is to use: a port of its own, so that the relay knows who speaks. */
  async door(who: string): Promise<string> {
    const known = this.#doors.get(who);
    if (known) return known.origin;
    const http = createServer((req, res) => this.#proxy(req, res));
    const io = new Server(http, {
      transports: ['websocket'],
      serveClient: false,
      maxHttpBufferSize: MAX_BYTES,
    });
    io.on('connection', (socket) => {
      const hear = (said: Said) => {
        this.heard.push(said);
        this.#judge(this.#rules, said);
      };
      this.#lines.push(new Line({ who, page: socket, target: this.#target.origin, hear }));
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const { port } = http.address() as AddressInfo;
    const door = { who, http, io, origin: `http://127.0.0.1:${port}` };
    this.#doors.set(who, door);
    return door.origin;
  }

  /** The same link through this person's door. */
  async through(who: string, link: string): Promise<string> {
    const { pathname, hash } = new URL(link);
    return `${await this.door(who)}${pathname}${hash}`;
  }

  /** Answers what takes the rule away again. Events that are under way keep the rules they began with. */
  rule(rule: Rule): () => void {
    this.#rules = [...this.#rules, rule];
    return () => {
      this.#rules = this.#rules.filter((r) => r !== rule);
    };
  }

  /** The connection that this person's page has now. */
  line(who: string): Line {
    const line = this.#lines.findLast((l) => l.who === who && l.open);
    if (!line) throw new Error(`${who} has no connection`);
    return line;
  }

  async close(): Promise<void> {
    this.#rules = [];
    for (const line of this.#lines) line.close();
    await Promise.all([...this.#doors.values()].map(({ io }) => io.close()));
  }

  #judge(rules: readonly Rule[], said: Said): void {
    const [rule, ...rest] = rules;
    if (rule) rule(said, (passed) => this.#judge(rest, passed));
    else said.line.deliver(said);
  }

  /** The page itself. The Host header stays the door's, for the server writes it into the page's policy. */
  #proxy(req: IncomingMessage, res: ServerResponse): void {
    const { hostname, port } = this.#target;
    const { method = 'GET', url = '/', headers } = req;
    const up = request({ host: hostname, port, method, path: url, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    up.on('error', () => res.destroy());
    req.pipe(up);
  }
}

/** A rule about some events only; everything else passes. */
export function about(which: Partial<Pick<Said, 'kind' | 'name'>> & { who?: string }, rule: Rule): Rule {
  return (said, pass) => {
    const { kind = said.kind, name = said.name, who = said.line.who } = which;
    if (kind === said.kind && name === said.name && who === said.line.who) rule(said, pass);
    else pass(said);
  };
}

export const drop: Rule = () => undefined;
