// From RTP packets back to encoded frames: RFC 3550 §5.1, VP8 payload descriptor RFC 7741 §4.2, Opus RFC 7587 (a packet is a frame).

export type Frame = {
  producerId: string;
  kind: 'audio' | 'video';
  ssrc: number;
  timestamp: number;
  /** Arrival at the tap, ms. */
  at: number;
  bytes: Uint8Array;
};

export type RtpPacket = {
  payloadType: number;
  sequence: number;
  timestamp: number;
  ssrc: number;
  marker: boolean;
  payload: Uint8Array;
};

export function parseRtp(packet: Uint8Array): RtpPacket {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const first = view.getUint8(0);
  if (first >> 6 !== 2) throw new Error('not RTP');
  const second = view.getUint8(1);
  let start = 12 + 4 * (first & 0x0f);
  if (first & 0x10) start += 4 + 4 * view.getUint16(start + 2);
  const padding = first & 0x20 ? view.getUint8(packet.byteLength - 1) : 0;
  return {
    payloadType: second & 0x7f,
    marker: (second & 0x80) !== 0,
    sequence: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    payload: packet.subarray(start, packet.byteLength - padding),
  };
}

/**
 *  X R N S R PID │ X: I L T K RSV │ I: M picture id (7 or 15 bits) │ L: TL0PICIDX │ T or K: TID Y KEYIDX
 */
export function parseVp8Descriptor(payload: Uint8Array): { startsFrame: boolean; size: number } {
  const first = payload[0] ?? 0;
  let size = 1;
  if (first & 0x80) {
    const extension = payload[size++] ?? 0;
    if (extension & 0x80) size += (payload[size] ?? 0) & 0x80 ? 2 : 1;
    if (extension & 0x40) size += 1;
    if (extension & 0x30) size += 1;
  }
  return { startsFrame: (first & 0x10) !== 0 && (first & 0x07) === 0, size };
}

/** Ahead of `other` in the 16-bit circle of sequence numbers? */
function after(sequence: number, other: number): boolean {
  return ((sequence - other) & 0xffff) < 0x8000;
}

/** Frames of one producer. Loopback keeps the order, so a gap means that the frame is given up. */
export class FrameBuilder {
  readonly #producer: { producerId: string; kind: 'audio' | 'video' };
  readonly #partial = new Map<number, { timestamp: number; next: number; parts: Uint8Array[] }>();
  /** Video frames with a packet missing. */
  broken = 0;

  constructor(producer: { producerId: string; kind: 'audio' | 'video' }) {
    this.#producer = { producerId: producer.producerId, kind: producer.kind };
  }

  add(bytes: Uint8Array): Frame[] {
    const packet = parseRtp(bytes);
    // Bandwidth probes are padding and nothing else. Retransmissions do not come through a pipe consumer.
    if (packet.payload.byteLength === 0) return [];
    if (this.#producer.kind === 'audio') return [this.#frame(packet, packet.payload)];
    return this.#addVideo(packet);
  }

  #addVideo(packet: RtpPacket): Frame[] {
    const { startsFrame, size } = parseVp8Descriptor(packet.payload);
    const part = packet.payload.slice(size);
    let partial = this.#partial.get(packet.ssrc);
    if (startsFrame && partial?.timestamp !== packet.timestamp) {
      if (partial) this.broken++;
      partial = { timestamp: packet.timestamp, next: packet.sequence, parts: [] };
      this.#partial.set(packet.ssrc, partial);
    }
    if (!partial || partial.timestamp !== packet.timestamp || partial.next !== packet.sequence) {
      if (partial && after(packet.sequence, partial.next) && this.#partial.delete(packet.ssrc)) this.broken++;
      return [];
    }
    partial.parts.push(part);
    partial.next = (packet.sequence + 1) & 0xffff;
    if (!packet.marker) return [];
    this.#partial.delete(packet.ssrc);
    return [this.#frame(packet, Buffer.concat(partial.parts))];
  }

  #frame(packet: RtpPacket, bytes: Uint8Array): Frame {
    const { ssrc, timestamp } = packet;
    return { ...this.#producer, ssrc, timestamp, at: performance.now(), bytes: new Uint8Array(bytes) };
  }
}
