// Receives: one consumer for each stream on offer, made at once and paused on the sfu until it is asked for.
import type { types } from 'mediasoup-client';
import {
  type ConsumerId,
  MAX_CONSUMERS,
  type MediaKind,
  type Offer,
  type PeerId,
  type Slot,
} from '#protocol';
import { libraryParameters } from './libraryTypes.ts';
import { attach, detach, type MakeTransform } from './transforms.ts';

/** A stream that can be shown or played once its frames open. Who sends it is the server's claim until then. */
export interface Remote {
  readonly consumerId: ConsumerId;
  readonly peerId: PeerId;
  readonly slot: Slot;
  readonly kind: MediaKind;
  readonly stream: MediaStream;
  /** Of its track; names it in statistics. */
  readonly trackId: string;
  readonly muted: boolean;
}

interface Deps {
  readonly transport: types.Transport;
  readonly makeTransform: MakeTransform;
  changed(): void;
  /** The browser or the transport did not take an offer; it is not shown. */
  failed(error: unknown): void;
}

interface Held {
  readonly consumer: types.Consumer;
  readonly remote: Remote;
}

export class Receiver {
  readonly #deps: Deps;
  /** Everything on offer, with its mute state, made or not yet. */
  readonly #known = new Map<ConsumerId, { offer: Offer; muted: boolean }>();
  readonly #held = new Map<ConsumerId, Held>();
  #negotiated: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  get remotes(): readonly Remote[] {
    return [...this.#held.values()].map(({ remote }) => remote);
  }

  /** Everything that may be asked for: also what the browser is still negotiating, so that asking costs no time. */
  get offers(): readonly Offer[] {
    return [...this.#known.values()].map(({ offer }) => offer);
  }

  /** Resolves when everything added so far has been negotiated, or has failed. */
  get negotiated(): Promise<unknown> {
    return this.#negotiated;
  }

  /** All in one go, so that mediasoup-client negotiates once. Offers that are known already are ignored. */
  add(offers: readonly Offer[]): void {
    if (offers.length === 0) return;
    const work: Promise<void>[] = [this.#negotiated.then(() => undefined)];
    for (const offer of offers) {
      if (this.#known.has(offer.consumerId) || this.#known.size >= MAX_CONSUMERS) continue;
      this.#known.set(offer.consumerId, { offer, muted: offer.muted });
      work.push(this.#consume(offer));
    }
    this.#negotiated = Promise.all(work);
    this.#deps.changed();
  }

  remove(ids: readonly ConsumerId[]): void {
    for (const id of ids) {
      this.#known.delete(id);
      const held = this.#held.get(id);
      if (held) end(held.consumer);
      this.#held.delete(id);
    }
    this.#deps.changed();
  }

  mute(peerId: PeerId, slot: Slot, muted: boolean): void {
    for (const [id, known] of this.#known) {
      if (known.offer.peerId !== peerId || known.offer.slot !== slot) continue;
      known.muted = muted;
      const held = this.#held.get(id);
      if (held) this.#held.set(id, { ...held, remote: { ...held.remote, muted } });
    }
    this.#deps.changed();
  }

  /** The transport is closed next, by its owner. Harmless when called again. */
  close(): void {
    this.#closed = true;
    for (const { consumer } of this.#held.values()) detach(consumer.rtpReceiver);
    this.#held.clear();
    this.#known.clear();
  }

  async #consume(offer: Offer): Promise<void> {
    try {
      const consumer = await this.#make(offer);
      const known = this.#known.get(offer.consumerId);
      if (this.#closed || !known) return end(consumer);
      this.#held.set(offer.consumerId, { consumer, remote: remoteOf(offer, consumer.track, known.muted) });
      this.#deps.changed();
    } catch (error) {
      if (this.#closed) return;
      this.#known.delete(offer.consumerId);
      this.#deps.failed(error);
    }
  }

  #make(offer: Offer): Promise<types.Consumer> {
    const { consumerId, producerId, peerId, slot, kind, rtpParameters } = offer;
    const codec = rtpParameters.codecs[0]?.mimeType ?? '';
    const { transport, makeTransform } = this.#deps;
    return transport.consume({
      id: consumerId,
      producerId,
      kind,
      rtpParameters: libraryParameters(rtpParameters),
      // Microphone and camera in one stream are kept in step; what is shared is a pair of its own.
      streamId: slot === 'mic' || slot === 'camera' ? peerId : `${peerId}-screen`,
      onRtpReceiver: (receiver) =>
        attach(receiver, makeTransform({ direction: 'receive', consumerId, peerId, slot, kind, codec })),
    });
  }
}

function remoteOf(offer: Offer, track: MediaStreamTrack, muted: boolean): Remote {
  const { consumerId, peerId, slot, kind } = offer;
  return { consumerId, peerId, slot, kind, stream: new MediaStream([track]), trackId: track.id, muted };
}

function end(consumer: types.Consumer): void {
  detach(consumer.rtpReceiver);
  consumer.close();
}
