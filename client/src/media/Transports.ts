// One pair of transports: from the answer to media:open until they are closed or replaced.
import type { types } from 'mediasoup-client';
import type { Direction, Offer, Res } from '#protocol';
import type { Connection } from '../net/Connection.ts';
import { FirstPicture } from './FirstPicture.ts';
import { IceKeeper } from './IceKeeper.ts';
import { libraryIce, libraryTransport } from './libraryTypes.ts';
import { Receiver } from './Receiver.ts';
import { Sender, type Wishes } from './Sender.ts';
import { heldBack, type MakeTransform } from './transforms.ts';

interface Deps {
  readonly device: types.Device;
  readonly request: Connection['request'];
  readonly makeTransform: MakeTransform;
  wishes(): Wishes;
  held(): boolean;
  /** Streams, their mute states or the connection have changed. */
  changed(): void;
  sendFailed(error: unknown): void;
  receiveFailed(error: unknown): void;
  /** Only a fresh pair can help. */
  giveUp(): void;
}

export class Transports {
  readonly sender: Sender;
  readonly receiver: Receiver;
  readonly #send: types.Transport;
  readonly #recv: types.Transport;
  readonly #keepers: readonly IceKeeper[];
  readonly #deps: Deps;
  readonly #offers: readonly Offer[];
  readonly #first: FirstPicture;
  #started = false;
  #closed = false;

  constructor(opened: Res<'media:open'>, deps: Deps) {
    this.#deps = deps;
    this.#offers = opened.offers;
    this.#first = new FirstPicture(opened.offers);
    const { device, request, makeTransform, wishes, held, changed } = deps;
    this.#send = device.createSendTransport({
      ...libraryTransport(opened.send),
      additionalSettings: heldBack,
    });
    this.#recv = device.createRecvTransport({
      ...libraryTransport(opened.recv),
      additionalSettings: heldBack,
    });
    this.#keepers = [this.#keep(this.#send, 'send'), this.#keep(this.#recv, 'recv')];
    this.sender = new Sender({
      transport: this.#send,
      codecs: device.rtpCapabilities.codecs ?? [],
      request,
      makeTransform,
      wishes,
      held,
      failed: (_slot, error) => deps.sendFailed(error),
    });
    this.receiver = new Receiver({
      transport: this.#recv,
      makeTransform,
      changed,
      failed: (error) => deps.receiveFailed(error),
    });
  }

  /**
   * Starts receiving what is on offer, then sending what is wished: both at once would each take longer, and the others'
   * pictures are what the person waits for. Resolves when receiving has been negotiated.
   */
  async start(): Promise<void> {
    this.receiver.add(this.#offers);
    await this.receiver.negotiated;
    void this.#sendAfterwards();
  }

  /** Frames of a stream open. */
  flows(consumerId: string): void {
    this.#first.flows(consumerId);
  }

  /** The wishes have changed, or whether they are held. */
  settle(): void {
    if (this.#started) this.sender.settle();
  }

  get sendBroken(): boolean {
    return this.#keepers[0]?.broken ?? true;
  }

  get receiveBroken(): boolean {
    return this.#keepers[1]?.broken ?? true;
  }

  get busy(): boolean {
    return this.sender.busy || this.receiver.remotes.length > 0;
  }

  /** After signaling came back, or (`anyway`) the network. */
  hurry(anyway: boolean): void {
    for (const keeper of this.#keepers) keeper.hurry(anyway);
    this.settle();
  }

  /** Loudness, 0 to 1, by track id of what is received, and of the own microphone under `own`. */
  async levels(): Promise<Map<string, number>> {
    if (this.#closed) return new Map();
    const reports = await Promise.all([this.#recv.getStats(), this.#send.getStats()]);
    const levels = new Map<string, number>();
    for (const report of reports) {
      for (const stats of report.values()) {
        if (stats.kind !== 'audio' || typeof stats.audioLevel !== 'number') continue;
        if (stats.type === 'inbound-rtp') levels.set(String(stats.trackIdentifier), stats.audioLevel);
        if (stats.type === 'media-source') levels.set('own', stats.audioLevel);
      }
    }
    return levels;
  }

  /** First the transforms, then the connections. Harmless when called again. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const keeper of this.#keepers) keeper.close();
    this.sender.close();
    this.receiver.close();
    this.#send.close();
    this.#recv.close();
  }

  #keep(transport: types.Transport, direction: Direction): IceKeeper {
    const { request, changed, giveUp } = this.#deps;
    // Answered before the server has: its packets would only meet a transport that is a moment late, and DTLS asks again.
    transport.on('connect', ({ dtlsParameters }, done) => {
      request('media:connect', { direction, dtlsParameters }).catch(() => this.#connectFailed());
      done();
    });
    return new IceKeeper({
      transport,
      restart: async () => libraryIce((await request('media:restart', { direction })).iceParameters),
      changed,
      giveUp: () => !this.#closed && giveUp(),
    });
  }

  async #sendAfterwards(): Promise<void> {
    await this.#first.awaited();
    this.#started = true;
    this.settle();
  }

  #connectFailed(): void {
    if (!this.#closed) this.#deps.giveUp();
  }
}
