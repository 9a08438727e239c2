// A frame on its way in: who made it, does the tag verify, was it seen before. Nothing is learned from a frame that fails.
import type { PeerId } from '#protocol';
import { decrypt } from './cipher.ts';
import { parseHeader } from './header.ts';
import { type KeyId, parseKeyId } from './keyId.ts';
import type { OpenKey } from './keyRing.ts';
import { TAG_BYTES } from './keys.ts';
import { type TrackIdentity, trackMetadata } from './metadata.ts';
import type { Outcome } from './seal.ts';

export interface OpenKeys {
  readonly hasKeys: boolean;
  openKey(id: KeyId, from: PeerId): OpenKey | Promise<OpenKey> | 'no-key' | 'wrong-sender';
}

export function opener(keys: OpenKeys, from: PeerId, track: TrackIdentity) {
  const metadata = trackMetadata(track);
  const { codec, slot } = track;

  return async (frame: ArrayBuffer): Promise<Outcome> => {
    if (codec.emptyIsSilence && frame.byteLength === 0) return keys.hasKeys ? 'untouched' : 'no-key';
    const data = new Uint8Array(frame);
    const clear = codec.readClear(data);
    if (clear === undefined) return 'malformed';
    const header = parseHeader(data, clear.length);
    if (header === undefined || typeof header.ctr === 'bigint') return 'malformed';
    const body = clear.length + header.length;
    if (data.length < body + TAG_BYTES) return 'malformed';
    const id = parseKeyId(header.kid);
    if (id === undefined) return 'no-key';
    if (id.slot !== slot) return 'wrong-sender';
    let key = keys.openKey(id, from);
    // Once per key, well under a millisecond: frames do not pile up behind it.
    if (key instanceof Promise) key = await key;
    if (typeof key === 'string') return key;
    if (key.life.over) return 'no-key';
    const aad = headerThen(metadata[clear.type], data.subarray(clear.length, body));
    let plaintext: ArrayBuffer;
    try {
      plaintext = await decrypt(key, header.ctr, aad, new Uint8Array(frame, body));
    } catch (error) {
      if (error instanceof DOMException && error.name === 'OperationError') return 'bad-tag';
      throw error;
    }
    if (key.life.over) return 'no-key';
    return key.window.accept(header.ctr) ? plaintext : 'replay';
  };
}

function headerThen(metadata: Uint8Array, header: Uint8Array): Uint8Array<ArrayBuffer> {
  const aad = new Uint8Array(header.length + metadata.length);
  aad.set(header);
  aad.set(metadata, header.length);
  return aad;
}
