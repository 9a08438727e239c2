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
  openKey(id: KeyId, from: PeerId): Promise<OpenKey | 'no-key' | 'wrong-sender'>;
}

export function opener(keys: OpenKeys, from: PeerId, track: TrackIdentity) {
  const metadata = trackMetadata(track);
  return async (frame: ArrayBuffer): Promise<Outcome> => {
    if (frame.byteLength === 0 && track.codec.emptyIsSilence) return keys.hasKeys ? 'untouched' : 'no-key';
    const parts = split(new Uint8Array(frame), track);
    if (parts === undefined) return 'malformed';
    const id = parseKeyId(parts.kid);
    if (id === undefined) return 'no-key';
    if (id.slot !== track.slot) return 'wrong-sender';
    const key = await keys.openKey(id, from);
    if (typeof key === 'string') return key;
    return open(key, { ...parts, metadata: metadata[parts.type] });
  };
}

type Parts = NonNullable<ReturnType<typeof split>>;

function split(frame: Uint8Array<ArrayBuffer>, { codec }: TrackIdentity) {
  const clear = codec.readClear(frame);
  if (clear === undefined) return undefined;
  const sframe = frame.subarray(clear.length);
  const header = parseHeader(sframe);
  if (header === undefined || header.ctr > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  const ciphertext = sframe.subarray(header.length);
  if (ciphertext.length < TAG_BYTES) return undefined;
  return {
    type: clear.type,
    kid: header.kid,
    ctr: Number(header.ctr),
    header: sframe.subarray(0, header.length),
    ciphertext,
  };
}

async function open(key: OpenKey, frame: Parts & { metadata: Uint8Array }): Promise<Outcome> {
  if (key.life.over) return 'no-key';
  let plaintext: ArrayBuffer;
  try {
    plaintext = await decrypt(key, frame, frame.ciphertext);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'OperationError') return 'bad-tag';
    throw error;
  }
  if (key.life.over) return 'no-key';
  return key.window.accept(frame.ctr) ? plaintext : 'replay';
}
