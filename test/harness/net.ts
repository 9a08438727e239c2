// Free ports and a TCP proxy that a test can cut, for networks that go away and come back.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

function portOf(server: Pick<Server, 'address'>): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

async function udpFree(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  const free = new Promise<boolean>((resolve) => {
    socket.once('error', () => resolve(false)).once('listening', () => resolve(true));
  });
  socket.bind(port, '0.0.0.0');
  const answer = await free;
  socket.close();
  return answer;
}

async function tcpFree(port: number): Promise<boolean> {
  const server = createServer();
  const free = new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).once('listening', () => resolve(true));
  });
  server.listen(port, '0.0.0.0');
  const answer = await free;
  server.close();
  return answer;
}

/** Below the ephemeral range of Linux, so that no outgoing connection and no server on any free port takes one in between. */
const inside = (from: number) => from + Math.floor(Math.random() * 10_000);

/** A TCP port nobody uses at this moment. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = inside(10_000);
    if (await tcpFree(port)) return port;
  }
  throw new Error('no free port');
}

/** The first of `count` neighbouring ports that are free for UDP and TCP: one for each media worker. */
export async function freeRtcPort(count: number): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const first = inside(20_000);
    const ports = Array.from({ length: count }, (_, i) => first + i);
    const free = await Promise.all(ports.flatMap((p) => [udpFree(p), tcpFree(p)]));
    if (free.every(Boolean)) return first;
  }
  throw new Error('no free ports for media');
}

/**
 * Between a browser and signaling: `cut` breaks every connection and refuses new ones until `mend`; `freeze` lets nothing through
 * until then, and tells nobody.
 */
export class Cable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** From where to where. */
  readonly #ways = new Map<Socket, Socket>();
  #whole = true;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async to(targetPort: number): Promise<Cable> {
    const server = createServer();
    const cable = new Cable(server);
    server.on('connection', (socket) => cable.#carry(socket, targetPort));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return cable;
  }

  get port(): number {
    return portOf(this.#server);
  }

  cut(): void {
    this.#whole = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  freeze(): void {
    for (const [one, other] of this.#ways) one.unpipe(other);
  }

  mend(): void {
    this.#whole = true;
    for (const [one, other] of this.#ways) one.unpipe(other).pipe(other);
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  #carry(near: Socket, targetPort: number): void {
    if (!this.#whole) {
      near.destroy();
      return;
    }
    const far = connect(targetPort, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(one);
      // An error is followed by close; the other end must notice either way.
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#sockets.delete(one);
        this.#ways.delete(one);
        other.destroy();
      });
      this.#ways.set(one, other);
      one.pipe(other);
    }
  }
}
