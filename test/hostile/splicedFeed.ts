// Feeds one consumer: one RTP stream of the sfu's own making, whole frames one after the other, wherever they come from.
import type { DirectTransport, Producer, RtpParameters } from 'mediasoup/types';
import type { Packets, Source } from './source.ts';

/** Bits of the first and the second byte of an RTP packet (RFC 3550 §5.1). */
const PADDED = 0x20;
const MARKER = 0x80;
/** RTCP payload-specific feedback, which key frame requests are (RFC 4585 §6.1). */
const PSFB = 206;
/** Ticks between two frames whose own distance is unknown, in the clocks of VP8 and Opus. */
const STEP = { video: 3000, audio: 960 };
const TICKS_PER_MS = { video: 90, audio: 48 };

let nextSsrc = 0x0ba5_0001;

export class SplicedFeed {
  readonly source: Source;
  readonly #producer: Producer;
  readonly #ssrc: number;
  #routes: (() => void)[] = [];
  #feeding: readonly Source[] = [];
  #sequence = 1;
  #timestamp = 90_000;
  #sentAt = performance.now();

  private constructor(source: Source, producer: Producer, bench: DirectTransport) {
    this.source = source;
    this.#producer = producer;
    this.#ssrc = producer.rtpParameters.encodings?.[0]?.ssrc ?? 0;
    const onRtcp = (packet: Buffer) => {
      if (packet[1] === PSFB && packet.readUInt32BE(8) === this.#ssrc) this.#wantKeyFrame();
    };
    bench.on('rtcp', onRtcp);
    producer.observer.on('close', () => bench.off('rtcp', onRtcp));
    this.routeFrom([source]);
  }

  static async make(bench: DirectTransport, source: Source): Promise<SplicedFeed> {
    const rtpParameters = oneStream(source.rtpParameters, nextSsrc++);
    return new SplicedFeed(source, await bench.produce({ kind: source.kind, rtpParameters }), bench);
  }

  /** Of the stream that the consumer is to be made of. */
  get producerId(): string {
    return this.#producer.id;
  }

  get closed(): boolean {
    return this.#producer.closed;
  }

  routeFrom(sources: readonly Source[]): void {
    for (const stop of this.#routes) stop();
    this.#feeding = sources;
    this.#routes = sources.map((source) => {
      // Its clock is led on from where this stream is: a jump would be taken for a frame that waited.
      let offset: number | undefined;
      return source.listen((frame) => {
        const theirs = frame[0]?.timestamp ?? 0;
        offset ??= (this.#timestamp + STEP[source.kind] - theirs) | 0;
        this.#send(frame, (theirs + offset) >>> 0);
      });
    });
    this.#wantKeyFrame();
  }

  /** A frame out of nowhere, or out of the past, with the next sequence numbers and a time of now. */
  insert(payloads: readonly Uint8Array[]): void {
    if (this.closed) return;
    const waited = (performance.now() - this.#sentAt) * TICKS_PER_MS[this.source.kind];
    const timestamp = (this.#timestamp + Math.max(1, Math.floor(waited))) >>> 0;
    this.#timestamp = timestamp;
    for (const [i, payload] of payloads.entries()) {
      // The sfu's worker has no room for extensions in a packet that brings none.
      const header = Buffer.from(this.source.header);
      header[0] = (header[0] ?? 0) & ~PADDED;
      header[1] = ((header[1] ?? 0) & ~MARKER) | (i === payloads.length - 1 ? MARKER : 0);
      this.#put(Buffer.concat([header, payload]), timestamp);
    }
  }

  close(): void {
    this.routeFrom([]);
    this.#producer.close();
  }

  #send(frame: Packets, timestamp: number): void {
    if (this.closed) return;
    this.#timestamp = timestamp;
    for (const { bytes } of frame) this.#put(Buffer.from(bytes), timestamp);
  }

  #put(packet: Buffer, timestamp: number): void {
    packet.writeUInt16BE(this.#sequence, 2);
    packet.writeUInt32BE(timestamp, 4);
    packet.writeUInt32BE(this.#ssrc, 8);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#sentAt = performance.now();
    this.#producer.send(packet);
  }

  #wantKeyFrame(): void {
    for (const source of this.#feeding) if (source.kind === 'video') source.wantKeyFrame();
  }
}

/** One layer, no retransmission of its own: the worker keeps what it sent to the page. */
function oneStream({ codecs, headerExtensions = [] }: RtpParameters, ssrc: number): RtpParameters {
  return { codecs: codecs.slice(0, 1), headerExtensions, encodings: [{ ssrc }] };
}
