// The only place where a client's network bytes become typed values: limit, parse, check state and role, run, answer.

import type { Socket } from 'socket.io';
import * as z from 'zod/mini';
import type { PeerState, Right } from '#protocol';
import {
  type ErrorCode,
  PROTOCOL_VERSION,
  type Reply,
  type Req,
  type RequestName,
  type Res,
  requests,
} from '#protocol';
import type { Connection } from './Connection.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { Queue } from './queue.ts';
import { Refusal } from './refusal.ts';
import { seldom } from './seldom.ts';

export interface Call {
  readonly connection: Connection;
  /** Runs right after the answer is on its way: for pushes that make sense only behind it. */
  afterReply(run: () => void): void;
}

export type Handlers = {
  readonly [N in RequestName]: (call: Call, req: Req<N>) => Res<N> | Promise<Res<N>>;
};

/** The same table, typed so that a name picks its schema. */
const table: {
  readonly [N in RequestName]: {
    states: readonly PeerState[];
    hostsOnly?: true;
    needs?: Right;
    req: z.ZodMiniType<Req<N>>;
  };
} = requests;

/** What a mistake costs of the peer's patience bucket (limits.ts). */
const COST_OF_BAD_REQUEST = 5;
const COST_OF_TOO_MANY = 1;

const FAULT_LOG_MS = 1_000;

interface Deps {
  readonly clock: Clock;
  readonly handlers: Handlers;
  readonly log: Log;
  /** Why the installation does not let this connection do that, or nothing when it does. */
  refuses(connection: Connection, right: Right): Promise<ErrorCode | undefined>;
  /** The peer's own fault, too often: throws it out. */
  misbehaved(connection: Connection): void;
}

export class Dispatcher {
  readonly #deps: Deps;
  readonly #faults: ReturnType<typeof seldom>;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#faults = seldom(deps.clock, FAULT_LOG_MS);
  }

  listen(socket: Socket, connection: Connection): void {
    const queue = new Queue();
    // Socket.IO's `next` is never called: no event name from the wire ever reaches an event emitter.
    socket.use((packet: readonly unknown[]) => this.#received(connection, queue, packet));
  }

  #received(connection: Connection, queue: Queue, [name, ...args]: readonly unknown[]): void {
    const ack = takeAck(args);
    const size = connection.takeReceived();
    const { allowance } = connection;
    if (!allowance.messages.take() || !allowance.bytes.take(size) || queue.length >= allowance.waiting) {
      ack({ ok: false, code: 'RATE_LIMITED' });
      this.#blame(connection, COST_OF_TOO_MANY);
      return;
    }
    queue.add(isMedia(name) ? 'media' : 'other', async () => {
      if (connection.superseded) return;
      const after: (() => void)[] = [];
      ack(await this.#answer({ connection, afterReply: (run) => after.push(run) }, name, args));
      this.#runAll(after);
    });
  }

  #runAll(after: readonly (() => void)[]): void {
    try {
      for (const run of after) run();
    } catch (error) {
      this.#deps.log.error({ err: error }, 'what follows a reply failed');
    }
  }

  async #answer(call: Call, name: unknown, args: readonly unknown[]): Promise<Reply<unknown>> {
    try {
      if (!isRequest(name)) throw new BadRequest('there is no such request');
      if (args.length !== 1) throw new BadRequest('expected one argument');
      return { ok: true, data: await this.#run(call, name, args[0]) };
    } catch (error) {
      if (error instanceof BadRequest) this.#blame(call.connection, COST_OF_BAD_REQUEST);
      if (error instanceof Refusal) return refused(error);
      this.#faults((skipped) => {
        this.#deps.log.error({ err: error, request: String(name), skipped }, 'a request failed');
      });
      return { ok: false, code: 'INTERNAL' };
    }
  }

  async #run<N extends RequestName>(call: Call, name: N, raw: unknown): Promise<Res<N>> {
    const row = table[name];
    const parsed = z.safeParse(row.req, raw);
    if (!parsed.success) throw otherVersion(name, raw) ?? new BadRequest(whereWrong(parsed.error));
    if (!row.states.includes(call.connection.state)) throw new Refusal('NOT_ALLOWED');
    if (row.hostsOnly && call.connection.peer?.role !== 'host') throw new Refusal('NOT_ALLOWED');
    const refused = row.needs && (await this.#deps.refuses(call.connection, row.needs));
    if (refused) throw new Refusal(refused);
    return this.#deps.handlers[name](call, parsed.data);
  }

  #blame(connection: Connection, cost: number): void {
    if (!connection.allowance.patience.take(cost)) this.#deps.misbehaved(connection);
  }
}

/** The peer's fault, as opposed to a refusal that honest peers meet in a race. */
class BadRequest extends Refusal {
  constructor(detail: string) {
    super('BAD_REQUEST', detail);
  }
}

function refused({ code, detail }: Refusal): Reply<unknown> {
  return detail === undefined ? { ok: false, code } : { ok: false, code, detail };
}

/** Takes Socket.IO's acknowledgement off the arguments. It alone can be a function: the wire carries none. */
function takeAck(args: unknown[]): (reply: Reply<unknown>) => void {
  const last = args.at(-1);
  if (typeof last !== 'function') return () => undefined;
  args.pop();
  return (reply) => last(reply);
}

function isRequest(name: unknown): name is RequestName {
  return typeof name === 'string' && Object.hasOwn(requests, name);
}

function isMedia(name: unknown): boolean {
  return typeof name === 'string' && name.startsWith('media:');
}

/** A page of another version may greet in another shape: it should still learn that a reload helps. */
function otherVersion(name: RequestName, raw: unknown): Refusal | undefined {
  if (name !== 'session:start') return undefined;
  const greeting = z.safeParse(z.looseObject({ protocol: z.number() }), raw);
  const other = greeting.success && greeting.data.protocol !== PROTOCOL_VERSION;
  return other ? new Refusal('UPGRADE_REQUIRED') : undefined;
}

/** Where it is wrong and what was expected; what was given is not repeated. */
function whereWrong(error: z.core.$ZodError): string {
  const issue = error.issues[0];
  if (!issue) return 'malformed';
  return `${issue.path.map(String).join('.').slice(0, 80)}: ${issue.code}`;
}
