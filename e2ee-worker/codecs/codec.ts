// What a codec must leave readable so that packetizers and the SFU can tell key frames from delta frames.

export type FrameType = 'key' | 'delta';

export interface Codec {
  /** Bound into every frame: one codec's frame never opens as another's. Never renumber. */
  readonly id: number;
  /** Frames of 0 bytes are silence (Opus DTX) and pass untouched; encrypted, 5 packets a second would become 50. */
  readonly emptyIsSilence: boolean;
  /** The made-up bytes ahead of the SFrame. The whole real frame is inside it. */
  clear(type: FrameType): Uint8Array<ArrayBuffer>;
  /** Undefined when the bytes cannot be ours. */
  readClear(data: Uint8Array): Clear | undefined;
}

/** How many bytes lie ahead of the SFrame, and what they say. */
export interface Clear {
  readonly length: number;
  readonly type: FrameType;
}
