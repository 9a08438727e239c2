// The one cipher suite, with the device key as signer: ts-mls asks us to sign and never holds the key.
import {
  type CiphersuiteImpl,
  type CiphersuiteName,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
} from 'ts-mls';
import type { DeviceKey } from '../vault/deviceKey.ts';

export const SUITE: CiphersuiteName = 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519';

/** Stands where ts-mls expects the bytes of a private signature key; it only hands it back to `sign`. */
export const OPAQUE_SIGNER: Uint8Array<ArrayBuffer> = new Uint8Array(0);

let shared: Promise<CiphersuiteImpl> | undefined;

export async function suiteFor(device: DeviceKey): Promise<CiphersuiteImpl> {
  shared ??= getCiphersuiteImpl(getCiphersuiteFromName(SUITE));
  const impl = await shared;
  return { ...impl, signature: { ...impl.signature, sign: (_opaque, message) => device.sign(message) } };
}
