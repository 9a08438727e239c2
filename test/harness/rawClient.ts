// A client that speaks the protocol and nothing else: no page, no keys. Honest tools and attackers are built on it.
import { io, type Socket } from 'socket.io-client';
import {
  PROTOCOL_VERSION,
  type Push,
  type PushName,
  pushes,
  type Reply,
  type Req,
  type RequestName,
  type Res,
  RoomId,
  requests,
} from '#protocol';

/** The parts of an invite link. */
export function readLink(link: string): { origin: string; roomId: RoomId; fragment: string } {
  const url = new URL(link);
  const roomId = RoomId.parse(url.pathname.split('/').at(-1));
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

const ANSWER_MS = 20_000;

export class RawClient {
  /** Untyped: an attacker sends what it likes. `ask` and `on` are the typed way. */
  readonly socket: Socket;

  private constructor(socket: Socket) {
    this.socket = socket;
  }

  static async connect(origin: string): Promise<RawClient> {
    const socket = io(origin, { transports: ['websocket'], forceNew: true, reconnection: false });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('connect_error', reject);
    });
    return new RawClient(socket);
  }

  start(): Promise<Res<'session:start'>> {
    return this.ask('session:start', { protocol: PROTOCOL_VERSION });
  }

  /** Parsed by the product's own table, so that a server that answers otherwise is noticed. */
  async ask<N extends RequestName>(name: N, request: Req<N>): Promise<Res<N>> {
    const reply: Reply<unknown> = await this.socket.timeout(ANSWER_MS).emitWithAck(name, request);
    if (!reply.ok) throw new RequestRefused(name, reply.code, reply.detail);
    // The table's row for a generic name is a union of all rows to the compiler; `name` picks one.
    return requests[name].res.parse(reply.data) as Res<N>;
  }

  on<N extends PushName>(name: N, listener: (data: Push<N>) => void): void {
    const event: string = name;
    this.socket.on(event, (data: unknown) => listener(pushes[name].data.parse(data) as Push<N>));
  }

  close(): void {
    this.socket.disconnect();
  }
}
