// The codecs that can be encrypted. Everything else is refused frame by frame: there is no way round.
import type { MediaKind } from '#protocol';
import { av1 } from './av1.ts';
import type { Codec } from './codec.ts';
import { opus, vp9 } from './opaque.ts';
import { vp8 } from './vp8.ts';

export type { Clear, Codec, FrameType } from './codec.ts';

const codecs = new Map<string, Codec>([
  ['audio/opus', opus],
  ['video/vp8', vp8],
  ['video/vp9', vp9],
  ['video/av1', av1],
]);

/** `name` as in SDP or as a MIME type, in any case: `VP8`, `video/VP8`. */
export function findCodec(kind: MediaKind, name: string): Codec | undefined {
  const lower = name.toLowerCase();
  return codecs.get(lower.startsWith(`${kind}/`) ? lower : `${kind}/${lower}`);
}
