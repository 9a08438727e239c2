// The 16 raw bytes behind a RoomId, MeetingId or PeerId, and back.
import { PeerId } from '#protocol';
import { fromBase64url, toBase64url } from './base64url.ts';

export const ID_BYTES = 16;

/** Undefined when the text is not the canonical form of 16 bytes: two texts must never name one peer. */
export function idBytes(id: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes = fromBase64url(id);
  return bytes?.byteLength === ID_BYTES ? bytes : undefined;
}

export const peerIdOf = (bytes: Uint8Array): PeerId => PeerId.parse(toBase64url(bytes));
