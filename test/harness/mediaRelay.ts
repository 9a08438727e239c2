// A stretch of network between pages and the media server, which can be cut. What a page sends over TCP is always refused.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Page } from '@playwright/test';

const HOST = '127.0.0.1';

type End = { address: string; port: number };
/** From one end of a page to the media server and back. */
type Way = { upstream: Socket; gone: boolean };

export class MediaRelay {
  readonly #near = createSocket('udp4');
  /** By the page's end. */
  readonly #ways = new Map<string, Way>();
  readonly #rtcPort: number;
  #whole = true;

  private constructor(rtcPort: number) {
    this.#rtcPort = rtcPort;
    this.#near.on('message', (packet, from) => this.#out(packet, from));
  }

  static async to(rtcPort: number): Promise<MediaRelay> {
    const relay = new MediaRelay(rtcPort);
    relay.#near.bind(0, HOST);
    await once(relay.#near, 'listening');
    return relay;
  }

  /** The page's media goes this way and no other. Before it is opened. */
  async before(page: Page): Promise<void> {
    await page.addInitScript(sendMediaTo, { host: HOST, port: this.#near.address().port });
  }

  /** Packets are lost, both ways, until `mend`. `forGood`: the ends in use now are never heard again, as with another address. */
  cut({ forGood = false } = {}): void {
    this.#whole = false;
    for (const way of this.#ways.values()) way.gone ||= forGood;
  }

  mend(): void {
    this.#whole = true;
  }

  close(): void {
    this.#near.close();
    for (const { upstream } of this.#ways.values()) upstream.close();
  }

  #out(packet: Buffer, from: End): void {
    if (!this.#whole) return;
    const way = this.#ways.get(nameOf(from)) ?? this.#open(from);
    if (!way.gone) way.upstream.send(packet, this.#rtcPort, HOST);
  }

  #open(end: End): Way {
    const way: Way = { upstream: createSocket('udp4'), gone: false };
    this.#ways.set(nameOf(end), way);
    way.upstream.on('message', (packet) => {
      if (this.#whole && !way.gone) this.#near.send(packet, end.port, end.address);
    });
    return way;
  }
}

const nameOf = ({ address, port }: End) => `${address}:${port}`;

/** Runs in the page: whatever address the media server names, media is sent to this one. */
function sendMediaTo({ host, port }: { host: string; port: number }): void {
  const real = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function (description) {
    const sdp = description.sdp?.replace(/^(a=candidate:\S+ \d+ \S+ \d+) \S+ \d+/gm, `$1 ${host} ${port}`);
    return Reflect.apply(real, this, [{ ...description, type: description.type, sdp }]);
  };
}
