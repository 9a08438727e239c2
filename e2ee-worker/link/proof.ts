// The link proof: a MAC over room and key package that only someone who has the link can make or check.
import type { RoomId } from '#protocol';
import { concat, own, utf8 } from './bytes.ts';

// RoomId has a fixed length, so the concatenation is unambiguous.
const covered = (roomId: RoomId, keyPackage: Uint8Array) => concat(utf8(roomId), keyPackage);

export const makeLinkProof = async (key: CryptoKey, roomId: RoomId, keyPackage: Uint8Array) =>
  new Uint8Array(await crypto.subtle.sign('HMAC', key, covered(roomId, keyPackage)));

export const checkLinkProof = (
  key: CryptoKey,
  { roomId, keyPackage, proof }: { roomId: RoomId; keyPackage: Uint8Array; proof: Uint8Array },
): Promise<boolean> => crypto.subtle.verify('HMAC', key, own(proof), covered(roomId, keyPackage));
