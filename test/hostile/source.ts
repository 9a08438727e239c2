// What one producer sends, as whole frames of its lowest layer.
import type { Consumer, DirectTransport, Producer, Router } from 'mediasoup/types';
import { parseRtp, type RtpPacket } from '../harness/rtp.ts';

/** One frame. */
export type Packets = readonly (RtpPacket & { bytes: Buffer })[];

export class Source {
  readonly #tap: Consumer;
  readonly #ssrc: number;
  readonly #listeners = new Set<(frame: Packets) => void>();
  #partial: (RtpPacket & { bytes: Buffer })[] = [];
  /** Requests for key frames are lost, and counted. */
  deaf = false;
  lost = 0;
  /** Of the latest packet, extensions included: what is made up looks the same to whoever forwards it. */
  header: Buffer = Buffer.alloc(0);
  readonly producerId: string;

  private constructor(producer: Producer, tap: Consumer) {
    this.producerId = producer.id;
    this.#tap = tap;
    // The lowest layer is the one that is always sent.
    this.#ssrc = tap.rtpParameters.encodings?.[0]?.ssrc ?? 0;
    tap.on('rtp', (packet) => this.#take(packet));
  }

  static async of(bench: DirectTransport, from: { producer: Producer; router: Router }): Promise<Source> {
    const { rtpCapabilities } = from.router;
    // `pipe` forwards every layer as it came, instead of one chosen and rewritten layer.
    const tap = await bench.consume({ producerId: from.producer.id, rtpCapabilities, pipe: true });
    return new Source(from.producer, tap);
  }

  get kind(): 'audio' | 'video' {
    return this.#tap.kind;
  }

  get rtpParameters() {
    return this.#tap.rtpParameters;
  }

  listen(listener: (frame: Packets) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  wantKeyFrame(): void {
    if (this.deaf) this.lost += 1;
    if (this.#tap.closed || this.deaf) return;
    // As often as anybody likes: the worker puts off what comes too soon, and forgets none. It fails when its producer has
    // ended; whoever waits for a key frame then waits for nothing.
    this.#tap.requestKeyFrame().catch(() => undefined);
  }

  #take(bytes: Buffer): void {
    const packet = { ...parseRtp(bytes), bytes };
    if (packet.ssrc !== this.#ssrc || packet.payload.byteLength === 0) return;
    this.header = bytes.subarray(0, packet.payload.byteOffset - bytes.byteOffset);
    if (this.#partial.length > 0 && this.#partial[0]?.timestamp !== packet.timestamp) this.#partial = [];
    this.#partial.push(packet);
    if (this.kind === 'video' && !packet.marker) return;
    const frame = this.#partial;
    this.#partial = [];
    for (const listener of this.#listeners) listener(frame);
  }
}
