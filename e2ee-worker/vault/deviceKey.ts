// This device's Ed25519 key: signs, and never shows its private half.
import type { RoomId } from '#protocol';
import { own } from '../link/bytes.ts';
import { forgetfulStore, type Memory, memoryIn } from './memory.ts';

export interface DeviceKey {
  readonly publicKey: Uint8Array<ArrayBuffer>;
  sign(message: Uint8Array): Promise<Uint8Array>;
}

export interface Vault {
  /** The same key on every visit, made on the first. */
  deviceKey(): Promise<DeviceKey>;
  /** To sign as a leaf: the device key, or one that dies with the page while another page is in that room with the device key. */
  leafKey(roomId: RoomId): Promise<DeviceKey>;
  /** People and rooms; a private session leaves it alone. */
  readonly memory: Memory;
}

/** What a store keeps: the handle of a non-extractable key can be kept, its bytes cannot. */
export interface StoredKey {
  readonly privateKey: CryptoKey;
  readonly publicKey: Uint8Array<ArrayBuffer>;
}

export async function makeStoredKey(): Promise<StoredKey> {
  const pair = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
  // "non-extractable" holds for the private half only; public keys always export (W3C WebCrypto, generateKey).
  return {
    privateKey: pair.privateKey,
    publicKey: new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)),
  };
}

export const deviceKeyFrom = (stored: StoredKey): DeviceKey => ({
  publicKey: stored.publicKey,
  sign: async (message) =>
    new Uint8Array(await crypto.subtle.sign('Ed25519', stored.privateKey, own(message))),
});

/** For a private session: gone with the page. */
export const makeThrowAwayKey = async (): Promise<DeviceKey> => deviceKeyFrom(await makeStoredKey());

/** For Node, and where the browser has no storage: one key as long as this object lives. */
export function memoryVault(): Vault {
  let key: Promise<DeviceKey> | undefined;
  const deviceKey = () => {
    key ??= makeThrowAwayKey();
    return key;
  };
  return { deviceKey, leafKey: deviceKey, memory: memoryIn(forgetfulStore()) };
}
