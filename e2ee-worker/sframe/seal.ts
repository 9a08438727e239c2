// A frame on its way out: [made-up clear bytes] ‖ SFrame header ‖ ciphertext of the whole frame ‖ tag.
import type { Slot } from '#protocol';
import type { Codec, FrameType } from '../codecs/index.ts';
import type { DropReason } from '../messages.ts';
import { encrypt } from './cipher.ts';
import { encodeHeader } from './header.ts';
import type { SealKey } from './keyRing.ts';
import { type TrackIdentity, trackMetadata } from './metadata.ts';

/** The new bytes of the frame, `untouched` for silence, or why it must not leave. */
export type Outcome = ArrayBuffer | 'untouched' | DropReason;

export interface SealKeys {
  sealKey(slot: Slot): Promise<SealKey | undefined>;
}

export function sealer(keys: SealKeys, track: TrackIdentity) {
  const metadata = trackMetadata(track);
  return async (frame: ArrayBuffer, type: FrameType): Promise<Outcome> => {
    const key = await keys.sealKey(track.slot);
    if (key === undefined) return 'no-key';
    if (frame.byteLength === 0 && track.codec.emptyIsSilence) return 'untouched';
    return seal(key, { codec: track.codec, type, metadata: metadata[type] }, frame);
  };
}

interface SealedAs {
  codec: Codec;
  type: FrameType;
  metadata: Uint8Array;
}

async function seal(key: SealKey, as: SealedAs, plaintext: ArrayBuffer): Promise<ArrayBuffer | DropReason> {
  const ctr = key.life.over ? undefined : key.counter.take();
  if (ctr === undefined) return 'no-key';
  const header = encodeHeader(key.kid, BigInt(ctr));
  const ciphertext = await encrypt(key, { header, ctr, metadata: as.metadata }, plaintext);
  if (key.life.over) return 'no-key';
  const clear = as.codec.clear(as.type);
  const out = new Uint8Array(clear.length + header.length + ciphertext.byteLength);
  out.set(clear);
  out.set(header, clear.length);
  out.set(new Uint8Array(ciphertext), clear.length + header.length);
  return out.buffer;
}
