// One meeting: a router on one worker, and the peers on it.
// Who closes whom: closing the meeting closes its peers and its router. A worker that dies closes the router, which
// ends the meeting through onLost. Signaling closes meetings and peers; a meeting never ends by itself.
import {
  type ConsumerId,
  MAX_CONSUMERS,
  MAX_PEERS,
  type PeerId,
  type RtpCapabilities,
  type SfuRes,
} from '#protocol';
import { Line } from './line.ts';
import { type Home, Peer, type ProduceRequest, type Stream } from './peer.ts';
import { notFound, notHeld, Refusal } from './refusal.ts';

interface MeetingOptions {
  readonly home: Promise<Home>;
  /** The worker died under it. */
  readonly onLost: () => void;
  readonly onFeedsEnded: (to: PeerId, consumerIds: ConsumerId[]) => void;
  readonly onOfferFailed: (error: unknown) => void;
}

export class Meeting {
  /** Settles when the router exists, or with the reason why it will not. */
  readonly ready: Promise<void>;
  readonly #options: MeetingOptions;
  readonly #peers = new Map<PeerId, Peer>();
  readonly #lines = new Map<PeerId, Line>();
  readonly #ended = new Map<PeerId, ConsumerId[]>();
  #closed = false;

  constructor(options: MeetingOptions) {
    this.#options = options;
    this.ready = this.#settle();
  }

  async #settle(): Promise<void> {
    const { router } = await this.#options.home;
    if (this.#closed) throw notHeld(); // Closed while it opened; close() sees to the router.
    router.once('workerclose', () => this.#lose());
    if (router.closed) this.#lose();
  }

  /** Everything a peer asks runs one after the other, once there is a router; only closing does not wait. */
  async inLine<T>(peerId: PeerId, job: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(peerId) ?? new Line();
    this.#lines.set(peerId, line);
    try {
      return await line.run(async () => {
        await this.ready;
        // The peer may have been closed during that wait, before it was known to be one.
        if (line.wasCut) throw notFound('peer');
        return job();
      });
    } catch (error) {
      throw this.#asRefusal(error, line);
    } finally {
      if (line.idle && this.#lines.get(peerId) === line) this.#lines.delete(peerId);
    }
  }

  /** What was closed under a running job makes the worker answer in many ways; to signaling it is just gone. */
  #asRefusal(error: unknown, line: Line): unknown {
    if (error instanceof Refusal) return error;
    if (this.#closed) return notHeld();
    return line.wasCut ? notFound('peer') : error;
  }

  /** Throws NOT_FOUND before peer:open and after peer:close. */
  peer(peerId: PeerId): Peer {
    this.#assertOpen();
    const peer = this.#peers.get(peerId);
    if (!peer) throw notFound('peer');
    return peer;
  }

  /** What the peer had before is closed first. */
  async openPeer(peerId: PeerId, rtpCapabilities: RtpCapabilities): Promise<SfuRes<'peer:open'>> {
    const home = await this.#options.home;
    this.#assertOpen();
    this.#dropPeer(peerId);
    if (this.#peers.size >= MAX_PEERS)
      throw new Refusal('ROOM_FULL', 'the meeting has as many peers as it may have');
    const onFeedEnded = (to: PeerId, consumerId: ConsumerId) => this.#collectEnded(to, consumerId);
    const { onOfferFailed } = this.#options;
    const peer = new Peer({ id: peerId, rtpCapabilities, home, onFeedEnded, onOfferFailed });
    this.#peers.set(peerId, peer);
    try {
      return await peer.open(() => this.#others(peer).flatMap((other) => other.streams));
    } catch (error) {
      peer.close();
      if (this.#peers.get(peerId) === peer) this.#peers.delete(peerId);
      throw error;
    }
  }

  /**
   * Each pair of stream and receiver meets exactly once: a receiver that listens already is offered the stream here,
   * one that does not yet finds it when it begins to.
   */
  async produce(peerId: PeerId, request: ProduceRequest): Promise<{ stream: Stream; offers: Offered[] }> {
    const peer = this.peer(peerId);
    const stream = await peer.produce(request);
    const receivers = this.#others(peer).filter((other) => other.listening);
    const offers = await Promise.all(receivers.map((receiver) => offerTo(receiver, stream)));
    if (peer.closed) throw notFound('peer');
    return { stream, offers: offers.filter((offered) => offered !== undefined) };
  }

  /** At once, ahead of everything that waits in the peer's line. */
  closePeer(peerId: PeerId): void {
    this.#lines.get(peerId)?.cut();
    this.#lines.delete(peerId);
    this.#dropPeer(peerId);
  }

  #dropPeer(peerId: PeerId): void {
    this.#peers.get(peerId)?.close();
    this.#peers.delete(peerId);
    this.#ended.delete(peerId);
  }

  #others(peer: Peer): Peer[] {
    return [...this.#peers.values()].filter((other) => other !== peer && !other.closed);
  }

  /** Feeds of one departed peer end in the same turn of the event loop: one report for each receiver, not one each. */
  #collectEnded(to: PeerId, consumerId: ConsumerId): void {
    if (this.#closed || !this.#peers.has(to)) return;
    if (this.#ended.size === 0) setImmediate(() => this.#reportEnded());
    this.#ended.set(to, [...(this.#ended.get(to) ?? []), consumerId]);
  }

  #reportEnded(): void {
    const ended = [...this.#ended];
    this.#ended.clear();
    if (this.#closed) return;
    for (const [to, ids] of ended) this.#options.onFeedsEnded(to, ids.slice(0, MAX_CONSUMERS));
  }

  #lose(): void {
    if (this.#closed) return;
    this.close();
    this.#options.onLost();
  }

  /** Harmless when called again. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const peer of this.#peers.values()) peer.close();
    this.#peers.clear();
    // The home may still be on its way, or never come: #settle closes it or opening has failed already.
    this.#options.home.then(
      ({ router }) => router.close(),
      () => undefined,
    );
  }

  #assertOpen(): void {
    if (this.#closed) throw notHeld();
  }
}

type Offered = SfuRes<'producer:create'>['offers'][number];

/** After the answer to its own peer:open, so that a page never hears of a stream before it has a transport. */
async function offerTo(receiver: Peer, stream: Stream): Promise<Offered | undefined> {
  await receiver.opened;
  if (receiver.closed) return undefined;
  try {
    const offer = await receiver.offer(stream);
    return offer && { to: receiver.id, offer };
  } catch (error) {
    if (receiver.closed) return undefined;
    throw error;
  }
}
