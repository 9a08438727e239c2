// A client that speaks the protocol and nothing else: no page, no keys. Honest tools and attackers are built on it.
import { io, type Socket } from 'socket.io-client';
import {
  type ClientToServerEvents,
  PROTOCOL_VERSION,
  type Push,
  type PushName,
  pushes,
  type Reply,
  type Req,
  type RequestName,
  type Res,
  type RoomId,
  RoomId as RoomIdSchema,
  requests,
  type ServerToClientEvents,
} from '#protocol';

/** The parts of an invite link. */
export function readLink(link: string): { origin: string; roomId: RoomId; fragment: string } {
  const url = new URL(link);
  const roomId = RoomIdSchema.parse(url.pathname.split('/').at(-1));
  return { origin: url.origin, roomId, fragment: url.hash.slice(1) };
}

export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';
  readonly code: string;
  constructor(request: string, code: string, detail?: string) {
    super(`${request}: ${code}${detail ? ` (${detail})` : ''}`);
    this.code = code;
  }
}

export class RawClient {
  readonly socket: Socket<ServerToClientEvents, ClientToServerEvents>;

  private constructor(socket: Socket<ServerToClientEvents, ClientToServerEvents>) {
    this.socket = socket;
  }

  static async connect(origin: string): Promise<RawClient> {
    const socket: Socket<ServerToClientEvents, ClientToServerEvents> = io(origin, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('connect_error', reject);
    });
    return new RawClient(socket);
  }

  async start(): Promise<Res<'session:start'>> {
    return this.ask('session:start', { protocol: PROTOCOL_VERSION });
  }

  /** The answer is parsed by the product's own table, so that a server that answers otherwise is noticed. */
  async ask<N extends RequestName>(name: N, request: Req<N>): Promise<Res<N>> {
    const reply = await this.#send(name, request);
    if (!reply.ok) throw new RequestRefused(name, reply.code, reply.detail);
    const schema: { parse(data: unknown): unknown } = requests[name].res;
    return schema.parse(reply.data) as Res<N>;
  }

  #send<N extends RequestName>(name: N, request: Req<N>): Promise<Reply<Res<N>>> {
    // The emitter's overloads cannot be resolved for a name that is still generic.
    const emitter: { timeout(ms: number): { emitWithAck(n: string, r: unknown): Promise<unknown> } } = this
      .socket as never;
    return emitter.timeout(10_000).emitWithAck(name, request) as Promise<Reply<Res<N>>>;
  }

  on<N extends PushName>(name: N, listener: (data: Push<N>) => void): void {
    const schema: { parse(data: unknown): unknown } = pushes[name].data;
    const parse = (data: unknown) => listener(schema.parse(data) as Push<N>);
    this.socket.on(name, parse as never);
  }

  close(): void {
    this.socket.disconnect();
  }
}
