// A stretch of network between one page and the media server, which can forget its flows as a firewall or a NAT box does.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Page } from '@playwright/test';

type Flow = { upstream: Socket; dead: boolean };
type Address = { ip: string; port: number };

/** What the server says where media goes, in its answers to media:open. */
const CANDIDATE = /"ip":"([\d.]+)"((?:,"(?!port")\w+":[^,{}]+)*),"port":(\d+)/g;

export class MediaRelay {
  readonly #near = createSocket('udp4');
  readonly #flows = new Map<string, Flow>();
  #target: Address | undefined;
  /** Names of the page's requests to signaling, in order. */
  readonly asked: string[] = [];

  /** Media of this page goes through the relay and no other way: its TCP port is closed. Before the page is opened. */
  static async before(page: Page): Promise<MediaRelay> {
    const relay = new MediaRelay();
    relay.#near.on('message', (packet, from) =>
      relay.#forward(packet, { ip: from.address, port: from.port }),
    );
    relay.#near.bind(0, '0.0.0.0');
    await once(relay.#near, 'listening');
    await page.routeWebSocket(/socket\.io/, (near) => {
      const far = near.connectToServer();
      near.onMessage((message) => {
        relay.#note(message);
        far.send(message);
      });
      far.onMessage((message) => near.send(typeof message === 'string' ? relay.#redirect(message) : message));
    });
    return relay;
  }

  /** From now on packets of every flow there is are lost, both ways and for good; new flows go through. */
  forget(): number {
    const alive = [...this.#flows.values()].filter((flow) => !flow.dead);
    for (const flow of alive) flow.dead = true;
    return alive.length;
  }

  close(): void {
    this.#near.close();
    for (const { upstream } of this.#flows.values()) upstream.close();
  }

  #note(message: string | Buffer): void {
    const name = typeof message === 'string' ? /^42\d*\["([\w:]+)"/.exec(message)?.[1] : undefined;
    if (name) this.asked.push(name);
  }

  #redirect(message: string): string {
    return message.replace(CANDIDATE, (_, ip: string, between: string, port: string) => {
      this.#target = { ip, port: Number(port) };
      return `"ip":"${ip}"${between},"port":${this.#near.address().port}`;
    });
  }

  #forward(packet: Buffer, from: Address): void {
    if (!this.#target) return;
    const flow = this.#flows.get(`${from.ip}:${from.port}`) ?? this.#open(from, this.#target);
    if (!flow.dead) flow.upstream.send(packet, this.#target.port, this.#target.ip);
  }

  #open(from: Address, { ip }: Address): Flow {
    const upstream = createSocket('udp4');
    const flow = { upstream, dead: false };
    this.#flows.set(`${from.ip}:${from.port}`, flow);
    upstream.on('message', (packet) => {
      if (!flow.dead) this.#near.send(packet, from.port, from.ip);
    });
    // The server may close its port first (ECONNREFUSED): for a network that is only loss.
    upstream.on('error', () => undefined);
    upstream.bind(0, ip === '127.0.0.1' ? ip : '0.0.0.0');
    return flow;
  }
}
