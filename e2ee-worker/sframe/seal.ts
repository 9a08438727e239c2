// A frame on its way out: [made-up clear bytes] ‖ SFrame header ‖ ciphertext of the whole frame ‖ tag.
import type { Slot } from '#protocol';
import type { FrameType } from '../codecs/index.ts';
import type { DropReason } from '../messages.ts';
import { encrypt } from './cipher.ts';
import { headerLength, writeHeader } from './header.ts';
import type { SealKey } from './keyRing.ts';
import { type TrackIdentity, trackMetadata } from './metadata.ts';

/** The new bytes of the frame, `untouched` for silence, or why it must not leave. */
export type Outcome = ArrayBuffer | 'untouched' | DropReason;

export interface SealKeys {
  sealKey(slot: Slot): SealKey | Promise<SealKey> | undefined;
}

export function sealer(keys: SealKeys, track: TrackIdentity) {
  const metadata = trackMetadata(track);
  const clear = { key: track.codec.clear('key'), delta: track.codec.clear('delta') };
  const { emptyIsSilence } = track.codec;

  return async (frame: ArrayBuffer, type: FrameType): Promise<Outcome> => {
    let key = keys.sealKey(track.slot);
    // Once per key, well under a millisecond: frames do not pile up behind it.
    if (key instanceof Promise) key = await key;
    if (key === undefined || key.life.over) return 'no-key';
    if (emptyIsSilence && frame.byteLength === 0) return 'untouched';
    // Taken before anything can fail: a counter is never used twice, at worst not at all.
    const ctr = key.counter.take();
    if (ctr === undefined) return 'no-key';
    const aad = headerThen(metadata[type], key.kid, ctr);
    const ciphertext = await encrypt(key, ctr, aad, frame);
    if (key.life.over) return 'no-key';
    return wire(clear[type], aad.subarray(0, aad.length - metadata[type].length), ciphertext);
  };
}

function headerThen(metadata: Uint8Array, kid: number, ctr: number): Uint8Array<ArrayBuffer> {
  const length = headerLength(kid, ctr);
  const aad = new Uint8Array(length + metadata.length);
  writeHeader(aad, kid, ctr);
  aad.set(metadata, length);
  return aad;
}

function wire(clear: Uint8Array, header: Uint8Array, ciphertext: ArrayBuffer): ArrayBuffer {
  const out = new Uint8Array(clear.length + header.length + ciphertext.byteLength);
  out.set(clear);
  out.set(header, clear.length);
  out.set(new Uint8Array(ciphertext), clear.length + header.length);
  return out.buffer;
}
