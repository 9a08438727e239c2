// Runs in a browser page: an intruder with real transports, a room id and no link secret. No key, no transform.
import { Device, type types } from 'mediasoup-client';
import { io, type Socket } from 'socket.io-client';
import {
  claimBody,
  type Offer,
  type PeerId,
  type Reply,
  type Req,
  type RequestName,
  type Res,
  type RoomId,
  signedBytes,
} from '#protocol';

/** A device key of its own: any will do where the link lets people in. */
async function claimFor(roomId: RoomId, peerId: PeerId): Promise<{ key: Uint8Array; signature: Uint8Array }> {
  const { privateKey, publicKey } = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
  const body = signedBytes('claim', claimBody(roomId, peerId));
  return {
    key: new Uint8Array(await crypto.subtle.exportKey('raw', publicKey)),
    signature: new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, body)),
  };
}

export class GhostPage {
  readonly #socket: Socket = io({ transports: ['websocket'] });
  readonly #device = new Device();
  readonly #heard: string[] = [];
  readonly #offers: Offer[] = [];
  #transport: types.Transport | undefined;

  async #ask<N extends RequestName>(name: N, request: Req<N>): Promise<Res<N>> {
    const reply: Reply<Res<N>> = await this.#socket.emitWithAck(name, request);
    if (!reply.ok) throw new Error(`${name}: ${reply.code}`);
    return reply.data;
  }

  async haunt(roomId: RoomId, protocol: number): Promise<void> {
    this.#socket.on('group:committed', () => this.#heard.push('group:committed'));
    this.#socket.on('group:welcomed', () => this.#heard.push('group:welcomed'));
    this.#socket.on('media:offered', ({ offers }: { offers: Offer[] }) => void this.#consumeAll(offers));
    const { peerId } = await this.#ask('session:start', { protocol });
    const look = await this.#ask('room:look', { roomId });
    await this.#device.load({ routerRtpCapabilities: look.rtpCapabilities as types.RtpCapabilities });
    const keyPackage = crypto.getRandomValues(new Uint8Array(300));
    const linkProof = crypto.getRandomValues(new Uint8Array(32));
    const claim = await claimFor(roomId, peerId);
    await this.#ask('meeting:join', { roomId, keyPackage, linkProof, claim, suite: 'x25519' });
    const { recv, offers } = await this.#ask('media:open', {
      rtpCapabilities: this.#device.recvRtpCapabilities as Req<'media:open'>['rtpCapabilities'],
    });
    this.#transport = this.#device.createRecvTransport(recv as types.TransportOptions);
    this.#transport.on('connect', ({ dtlsParameters }, done, failed) => {
      this.#ask('media:connect', { direction: 'recv', dtlsParameters }).then(() => done(), failed);
    });
    await this.#consumeAll(offers);
  }

  async #consumeAll(offers: readonly Offer[]): Promise<void> {
    this.#offers.push(...offers);
    for (const offer of offers) {
      const { consumerId: id, producerId, kind } = offer;
      const rtpParameters = offer.rtpParameters as types.RtpParameters;
      const consumer = await this.#transport?.consume({ id, producerId, kind, rtpParameters });
      if (!consumer) continue;
      const element = document.createElement(kind);
      element.autoplay = true;
      element.srcObject = new MediaStream([consumer.track]);
      document.body.append(element);
    }
  }

  async askForMedia(): Promise<void> {
    const wanted = this.#offers.map(({ consumerId }) => ({ consumerId, width: 640, height: 360 }));
    await this.#ask('media:receive', { wanted });
  }

  get heard(): readonly string[] {
    return this.#heard;
  }

  get offered(): number {
    return this.#offers.length;
  }
}

declare global {
  interface Window {
    ghost: GhostPage;
  }
}

window.ghost = new GhostPage();
