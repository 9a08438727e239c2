// One pair of transports: from the answer to media:open until they are closed or replaced.
import type { types } from 'mediasoup-client';
import type { Direction, Res } from '#protocol';
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

interface Way {
  readonly transport: types.Transport;
  readonly keeper: IceKeeper;
  /** Resolves when packets can go for the first time. */
  readonly connected: Promise<void>;
}

export class Transports {
  readonly receiver: Receiver;
  readonly #deps: Deps;
  readonly #opened: Res<'media:open'>;
  readonly #first: FirstPicture;
  readonly #in: Way;
  /** Made when its turn has come. */
  #out: (Way & { readonly sender: Sender }) | undefined;
  #closed = false;

  constructor(opened: Res<'media:open'>, deps: Deps) {
    const { device, makeTransform, changed } = deps;
    this.#deps = deps;
    this.#opened = opened;
    this.#first = new FirstPicture(opened.offers);
    const options = { ...libraryTransport(opened.recv), additionalSettings: heldBack };
    this.#in = this.#kept(device.createRecvTransport(options), 'recv');
    this.receiver = new Receiver({
      transport: this.#in.transport,
      makeTransform,
      changed,
      failed: (error) => deps.receiveFailed(error),
    });
  }

  /**
   * Starts receiving what is on offer, then sending what is wished: both at once would each take longer, and the others'
   * pictures are what the person waits for. Making a connection alone blocks the page for as long as a commit takes the
   * group worker. Resolves when what is on offer can come.
   */
  async start(): Promise<void> {
    this.receiver.add(this.#opened.offers);
    await this.receiver.negotiated;
    void this.#sendAfterwards();
    if (this.#opened.offers.length > 0) await this.#in.connected;
  }

  /** Frames of a stream open. */
  flows(consumerId: string): void {
    this.#first.flows(consumerId);
  }

  /** The wishes have changed, or whether they are held. */
  settle(): void {
    this.#out?.sender.settle();
  }

  get sendBroken(): boolean {
    return this.#out?.keeper.broken ?? false;
  }

  get receiveBroken(): boolean {
    return this.#in.keeper.broken;
  }

  get busy(): boolean {
    return this.#out?.sender.busy || this.receiver.remotes.length > 0;
  }

  /** After signaling came back, or (`anyway`) the network. */
  hurry(anyway: boolean): void {
    for (const way of this.#ways) way.keeper.hurry(anyway);
    this.settle();
  }

  /** Loudness, 0 to 1, by track id of what is received, and of the own microphone under `own`. */
  async levels(): Promise<Map<string, number>> {
    if (this.#closed) return new Map();
    const reports = await Promise.all(this.#ways.map(({ transport }) => transport.getStats()));
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
    for (const way of this.#ways) way.keeper.close();
    this.#out?.sender.close();
    this.receiver.close();
    for (const way of this.#ways) way.transport.close();
  }

  get #ways(): readonly Way[] {
    return this.#out ? [this.#in, this.#out] : [this.#in];
  }

  #kept(transport: types.Transport, direction: Direction): Way {
    const { request, changed, giveUp } = this.#deps;
    // Answered before the server has: its packets would only meet a transport that is a moment late, and DTLS asks again.
    transport.on('connect', ({ dtlsParameters }, done) => {
      request('media:connect', { direction, dtlsParameters }).catch(() => this.#connectFailed());
      done();
    });
    const keeper = new IceKeeper({
      transport,
      restart: async () => libraryIce((await request('media:restart', { direction })).iceParameters),
      changed,
      giveUp: () => !this.#closed && giveUp(),
    });
    const connected = new Promise<void>((resolve) => {
      transport.on('connectionstatechange', (state) => state === 'connected' && resolve());
    });
    return { transport, keeper, connected };
  }

  async #sendAfterwards(): Promise<void> {
    await this.#first.awaited();
    if (this.#closed) return;
    const { device, request, makeTransform, wishes, held, sendFailed } = this.#deps;
    const options = { ...libraryTransport(this.#opened.send), additionalSettings: heldBack };
    const way = this.#kept(device.createSendTransport(options), 'send');
    const sender = new Sender({
      transport: way.transport,
      codecs: device.rtpCapabilities.codecs ?? [],
      request,
      makeTransform,
      wishes,
      held,
      failed: (_slot, error) => sendFailed(error),
    });
    this.#out = { ...way, sender };
    this.settle();
  }

  #connectFailed(): void {
    if (!this.#closed) this.#deps.giveUp();
  }
}
