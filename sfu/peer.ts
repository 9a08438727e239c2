// One peer's media on this sfu: its two transports, what it sends (streams) and what it is offered (feeds).
// Who closes whom: closing the peer closes both transports; mediasoup then closes their producers and consumers, and
// the end of a producer ends its feeds at the other peers, each of which reports so through onFeedEnded.

import type { types } from 'mediasoup';
import {
  type ConsumerId,
  ConsumerId as ConsumerIdSchema,
  type Direction,
  type DtlsParameters,
  type Offer,
  type PeerId,
  ProducerId,
  type RtpCapabilities,
  RtpParameters,
  type SfuRes,
  type Slot,
  slotKind,
  TransportOptions,
  type Wanted,
} from '#protocol';
import { acceptCapabilities, acceptDtls, acceptParameters } from './accept.ts';
import { Feed } from './feed.ts';
import { type Ladder, ladderOf } from './layers.ts';
import { notFound, refused } from './refusal.ts';
import type { Station } from './workers.ts';

/** Start of the bandwidth estimate towards a receiver. More: overshoot on slow links. Less: soft first seconds. */
const INITIAL_OUTGOING_BITRATE = 1_000_000;
/**
 * The estimate towards a receiver never counts as less. On a line of 250 kbit/s it fell to mediasoup's own floor of 30, into which
 * not even the lowest layer of a shared screen fits: no picture was sent, and while none is sent the estimate hardly rises.
 * More: lines that have less lose packets, those of sound too. Less: no picture.
 */
const MIN_OUTGOING_BITRATE = 150_000;
/** Told to senders: camera in three layers, a shared screen and sound fit; a file-sized upload does not. */
const MAX_INCOMING_BITRATE = 8_000_000;
/**
 * At most two key frames a second per layer, however many receivers ask (a receiver that cannot decode asks
 * without end). More: newcomers wait longer for a picture. Less: senders spend their bitrate on key frames.
 */
const KEY_FRAME_DELAY_MS = 500;

export interface Stream {
  readonly peerId: PeerId;
  readonly slot: Slot;
  readonly producer: types.Producer;
  readonly ladder: Ladder;
}

/** Where a meeting lives. */
export interface Home {
  readonly router: types.Router;
  readonly station: Station;
}

interface PeerOptions {
  readonly id: PeerId;
  readonly rtpCapabilities: RtpCapabilities;
  readonly home: Home;
  readonly onFeedEnded: (to: PeerId, consumerId: ConsumerId) => void;
  readonly onOfferFailed: (error: unknown) => void;
}

interface Transports {
  readonly send: types.WebRtcTransport;
  readonly recv: types.WebRtcTransport;
}

export interface ProduceRequest {
  readonly slot: Slot;
  readonly rtpParameters: RtpParameters;
  readonly muted: boolean;
}

export class Peer {
  readonly id: PeerId;
  /** Settles when the peer:open that made this peer is done, so that its answer goes out before later offers. */
  readonly opened: Promise<void>;
  /** From here on new streams are offered to it; those before are in the answer to peer:open. */
  listening = false;
  readonly #options: PeerOptions;
  readonly #capabilities: types.RtpCapabilities;
  readonly #streams = new Map<Slot, Stream>();
  readonly #feeds = new Map<ConsumerId, Feed>();
  readonly #markOpened: () => void;
  #transports: Transports | undefined;
  #closed = false;

  constructor(options: PeerOptions) {
    this.id = options.id;
    this.#options = options;
    this.#capabilities = acceptCapabilities(options.rtpCapabilities);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.opened = promise;
    this.#markOpened = resolve;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get streams(): Stream[] {
    return [...this.#streams.values()];
  }

  /** Makes the transports, then offers what `streams` returns at that moment. Called once. */
  async open(streams: () => Stream[]): Promise<SfuRes<'peer:open'>> {
    try {
      const [send, recv] = await Promise.all([this.#createTransport(), this.#createTransport()]);
      this.#transports = { send, recv };
      this.#assertOpen();
      this.listening = true;
      const limited = Promise.all([
        send.setMaxIncomingBitrate(MAX_INCOMING_BITRATE),
        recv.setMinOutgoingBitrate(MIN_OUTGOING_BITRATE),
      ]);
      const [offers] = await Promise.all([
        Promise.all(streams().map((stream) => this.offer(stream))),
        limited,
      ]);
      this.#assertOpen();
      return { send: optionsOf(send), recv: optionsOf(recv), offers: offers.filter((o) => this.#alive(o)) };
    } finally {
      this.#markOpened();
    }
  }

  async #createTransport(): Promise<types.WebRtcTransport> {
    const { router, station } = this.#options.home;
    const transport = await router.createWebRtcTransport({
      webRtcServer: station.server,
      preferUdp: true,
      initialAvailableOutgoingBitrate: INITIAL_OUTGOING_BITRATE,
      enableSctp: false,
    });
    if (this.#closed) transport.close();
    return transport;
  }

  /**
   * A paused feed of another peer's stream, or undefined when this peer cannot decode it or the stream has ended. One that
   * fails is left out: it must not fail the sender's request, nor what a newcomer is answered of everybody else.
   */
  async offer(stream: Stream): Promise<Offer | undefined> {
    const { recv } = this.#open();
    const wish = { producerId: stream.producer.id, rtpCapabilities: this.#capabilities };
    try {
      if (stream.producer.closed || !this.#options.home.router.canConsume(wish)) return undefined;
      const consumer = await recv.consume({ ...wish, paused: true });
      return consumer.closed ? undefined : this.#keep(consumer, stream);
    } catch (error) {
      if (isWorkerGone(error)) throw error;
      // Otherwise the stream ended, or this peer was closed, while the worker was being asked.
      if (!stream.producer.closed && !this.#closed) this.#options.onOfferFailed(error);
      return undefined;
    }
  }

  #keep(consumer: types.Consumer, stream: Stream): Offer {
    const consumerId = ConsumerIdSchema.parse(consumer.id);
    this.#feeds.set(consumerId, new Feed(consumer, stream));
    this.#options.home.station.countConsumer(consumer);
    consumer.observer.once('close', () => this.#feeds.delete(consumerId));
    consumer.once('producerclose', () => this.#options.onFeedEnded(this.id, consumerId));
    return {
      consumerId,
      producerId: ProducerId.parse(stream.producer.id),
      peerId: stream.peerId,
      slot: stream.slot,
      kind: slotKind[stream.slot],
      rtpParameters: RtpParameters.parse(consumer.rtpParameters),
      muted: consumer.producerPaused,
    };
  }

  #alive(offer: Offer | undefined): offer is Offer {
    return offer !== undefined && this.#feeds.has(offer.consumerId);
  }

  connect(direction: Direction, dtlsParameters: DtlsParameters): Promise<void> {
    const transport = this.#open()[direction];
    return asked(transport.connect({ dtlsParameters: acceptDtls(dtlsParameters) }));
  }

  restart(direction: Direction): Promise<types.IceParameters> {
    return this.#open()[direction].restartIce();
  }

  /** An earlier stream in the slot ends first: a slot is one stream. */
  async produce({ slot, rtpParameters, muted }: ProduceRequest): Promise<Stream> {
    const { send } = this.#open();
    const kind = slotKind[slot];
    const accepted = acceptParameters(kind, rtpParameters);
    this.#endStream(slot);
    const keyFrames = kind === 'video' ? { keyFrameRequestDelay: KEY_FRAME_DELAY_MS } : {};
    const producer = await asked(
      send.produce({ kind, rtpParameters: accepted, paused: muted, ...keyFrames }),
    );
    this.#assertOpen();
    const ladder = ladderOf(rtpParameters.encodings ?? []);
    const stream: Stream = { peerId: this.id, slot, producer, ladder };
    this.#streams.set(slot, stream);
    return stream;
  }

  async mute(slot: Slot, muted: boolean): Promise<void> {
    const { producer } = this.#stream(slot);
    await (muted ? producer.pause() : producer.resume());
  }

  endStream(slot: Slot): void {
    this.#stream(slot);
    this.#endStream(slot);
  }

  #endStream(slot: Slot): void {
    this.#streams.get(slot)?.producer.close();
    this.#streams.delete(slot);
  }

  /** The complete list: what is in it flows at the size it is shown, what is not stops. Unknown ids have just ended. */
  async receive(wanted: Wanted): Promise<void> {
    this.#open();
    const tiles = new Map(wanted.map((w) => [w.consumerId, w]));
    await Promise.all([...this.#feeds].map(([id, feed]) => feed.show(tiles.get(id))));
  }

  async requestKeyFrame(consumerId: ConsumerId): Promise<void> {
    this.#open();
    const feed = this.#feeds.get(consumerId);
    if (!feed) throw notFound('consumer');
    await feed.requestKeyFrame();
  }

  /** At once: both transports stop before this returns. Harmless when called again. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#transports?.send.close();
    this.#transports?.recv.close();
    this.#streams.clear();
    this.#feeds.clear();
    this.#markOpened();
  }

  #stream(slot: Slot): Stream {
    this.#open();
    const stream = this.#streams.get(slot);
    if (!stream) throw notFound('stream');
    return stream;
  }

  #open(): Transports {
    this.#assertOpen();
    if (!this.#transports) throw notFound('transport');
    return this.#transports;
  }

  #assertOpen(): void {
    if (this.#closed) throw notFound('peer');
  }
}

const optionsOf = ({ id, iceParameters, iceCandidates, dtlsParameters }: types.WebRtcTransport) =>
  TransportOptions.parse({ id, iceParameters, iceCandidates, dtlsParameters });

const isWorkerGone = (error: unknown) => error instanceof Error && error.name === 'WorkerClosedError';

/** Errors of calls that carry a client's parameters are about those parameters, unless the worker is gone. */
async function asked<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    if (cause instanceof Error && !isWorkerGone(cause)) {
      throw refused(cause.message.slice(0, 200), { cause });
    }
    throw cause;
  }
}
