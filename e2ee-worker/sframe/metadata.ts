// What a frame is bound to besides its bytes: RFC 9605 §4.4.3 `metadata`, known to both ends and never sent.
//
//    +-----------------+------+-------+----------------------------+
//    | kind            | slot | codec | canonical clear bytes      |
//    | 0 audio, 1 video|      | id    | VP8, AV1: 1 byte; others: 0|
//    +-----------------+------+-------+----------------------------+
//
// A camera frame offered as a screen, or a delta frame marked as a key frame, fails its tag. Nothing that the SFU rewrites
// (SSRC, payload type, sequence number) is in here. Canonical: what our sender writes, see codecs/av1.ts.
import { type MediaKind, SLOTS, type Slot } from '#protocol';
import type { Codec, FrameType } from '../codecs/index.ts';

export interface TrackIdentity {
  slot: Slot;
  kind: MediaKind;
  codec: Codec;
}

/** Both values of a track, made once: it is on every frame's path. */
export function trackMetadata({ slot, kind, codec }: TrackIdentity): Record<FrameType, Uint8Array> {
  const fixed = [kind === 'audio' ? 0 : 1, SLOTS.indexOf(slot), codec.id];
  const withClear = (type: FrameType) => Uint8Array.of(...fixed, ...codec.clear(type));
  return { key: withClear('key'), delta: withClear('delta') };
}
