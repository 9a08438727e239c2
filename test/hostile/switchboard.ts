// Between the producers of an sfu and its consumers: takes what a producer sends apart into frames, and feeds each
// consumer from a producer of its own, into which a test puts what it likes.
//
//   producer ──▶ Source (pipe consumer, one layer, whole frames) ──route──▶ SplicedFeed (direct producer) ──▶ consumer ──▶ page
import { randomFillSync } from 'node:crypto';
import type { Consumer, DirectTransport, Producer, Router } from 'mediasoup/types';
import type { BendCommand, Feed } from './bendMessages.ts';
import { type Packets, Source } from './source.ts';
import { SplicedFeed } from './splicedFeed.ts';

type Flood = Extract<BendCommand, { bend: 'flood' }>;

type Burst = { all: number; perSecond: number; frame: (i: number) => Uint8Array | undefined };

const TICK_MS = 10;

export class Switchboard {
  readonly #producers = new Map<string, { router: Router; producer: Producer }>();
  readonly #bench = new Map<Router, Promise<DirectTransport>>();
  readonly #sources = new Map<string, Promise<Source>>();
  /** By consumer. */
  readonly #feeds = new Map<string, SplicedFeed>();
  readonly #kept = new Map<string, { frames: Packets[]; stop: () => void }>();

  producing(router: Router, producer: Producer): void {
    this.#producers.set(producer.id, { router, producer });
    producer.observer.on('close', () => this.#producers.delete(producer.id));
  }

  async splice(producerId: string): Promise<SplicedFeed> {
    const held = this.#producers.get(producerId);
    if (!held) throw new Error('that producer has ended');
    const source = await this.#source(producerId);
    const feed = await SplicedFeed.make(await this.#benchOf(held.router), source);
    held.producer.observer.on('close', () => feed.close());
    return feed;
  }

  connected(feed: SplicedFeed, consumer: Consumer): void {
    this.#feeds.set(consumer.id, feed);
    consumer.observer.on('close', () => {
      this.#feeds.delete(consumer.id);
      feed.close();
    });
  }

  get feeds(): Feed[] {
    return [...this.#feeds].map(([consumerId, { source }]) => {
      return { consumerId, producerId: source.producerId, kind: source.kind };
    });
  }

  async route(consumerId: string, producerIds: readonly string[]): Promise<number> {
    this.#feed(consumerId).routeFrom(await Promise.all(producerIds.map((id) => this.#source(id))));
    return 0;
  }

  async deafen(producerId: string, on: boolean): Promise<number> {
    const source = await this.#source(producerId);
    source.deaf = on;
    return source.lost;
  }

  async keep(producerId: string): Promise<number> {
    const source = await this.#source(producerId);
    const frames: Packets[] = [];
    const stop = source.listen((frame) => frames.push(frame));
    this.#kept.set(producerId, { frames, stop });
    return 0;
  }

  async kept(producerId: string): Promise<number> {
    return this.#keptOf(producerId).frames.length;
  }

  async enough(producerId: string): Promise<number> {
    const kept = this.#keptOf(producerId);
    kept.stop();
    return kept.frames.length;
  }

  async again(consumerId: string, producerId: string): Promise<number> {
    const { frames } = this.#keptOf(producerId);
    const feed = this.#feed(consumerId);
    for (const frame of frames) feed.insert(frame.map((packet) => packet.payload));
    return frames.length;
  }

  async inject(consumerId: string, frames: readonly Uint8Array[]): Promise<number> {
    return this.#send(consumerId, { all: frames.length, perSecond: 50, frame: (i) => frames[i] });
  }

  flood({ consumerId, prefixes, randomBytes, perSecond, seconds }: Flood): Promise<number> {
    const frame = (i: number) => {
      const prefix = prefixes[i % prefixes.length] ?? new Uint8Array();
      return Buffer.concat([prefix, randomFillSync(Buffer.alloc(randomBytes))]);
    };
    return this.#send(consumerId, { all: perSecond * seconds, perSecond, frame });
  }

  /** Resolves when the last one is sent. */
  #send(consumerId: string, { all, perSecond, frame }: Burst): Promise<number> {
    const feed = this.#feed(consumerId);
    const started = performance.now();
    let sent = 0;
    return new Promise((resolve) => {
      const timer = setInterval(() => {
        const due = Math.min(all, ((performance.now() - started) / 1000) * perSecond);
        for (; sent < due; sent++) feed.insert([frame(sent) ?? new Uint8Array()]);
        if (sent < all && !feed.closed) return;
        clearInterval(timer);
        resolve(sent);
      }, TICK_MS);
    });
  }

  #source(producerId: string): Promise<Source> {
    const known = this.#sources.get(producerId);
    if (known) return known;
    const held = this.#producers.get(producerId);
    if (!held) throw new Error('that producer has ended');
    const made = this.#benchOf(held.router).then((bench) => Source.of(bench, held));
    this.#sources.set(producerId, made);
    held.producer.observer.on('close', () => this.#sources.delete(producerId));
    return made;
  }

  #benchOf(router: Router): Promise<DirectTransport> {
    const bench = this.#bench.get(router) ?? router.createDirectTransport();
    this.#bench.set(router, bench);
    return bench;
  }

  #feed(consumerId: string): SplicedFeed {
    const feed = this.#feeds.get(consumerId);
    if (!feed) throw new Error(`no spliced consumer ${consumerId}`);
    return feed;
  }

  #keptOf(producerId: string) {
    const kept = this.#kept.get(producerId);
    if (!kept) throw new Error(`nothing was kept of ${producerId}`);
    return kept;
  }
}
