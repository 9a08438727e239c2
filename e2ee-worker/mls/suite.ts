// The one cipher suite, with the device key as signer: ts-mls asks us to sign and never holds the key.
import { expand, extract } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import {
  type CiphersuiteImpl,
  type CiphersuiteName,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
} from 'ts-mls';
import { makeHashImpl } from 'ts-mls/crypto/implementation/noble/makeHashImpl.js';
import type { DeviceKey } from '../vault/deviceKey.ts';

export const SUITE: CiphersuiteName = 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519';

/** Stands where ts-mls expects the bytes of a private signature key; it only hands it back to `sign`. */
export const OPAQUE_SIGNER: Uint8Array<ArrayBuffer> = new Uint8Array(0);

/**
 * A commit in a group of 100 takes some thousand hashes of a few hundred bytes. To WebCrypto each is a job for another
 * thread, which costs more than the hash; so they are computed where they are needed.
 */
const sameThread: Pick<CiphersuiteImpl, 'hash' | 'kdf'> = {
  hash: makeHashImpl('SHA-256'),
  kdf: {
    extract: async (salt, ikm) => extract(sha256, ikm, salt),
    expand: async (prk, info, length) => expand(sha256, prk, info, length),
    size: sha256.outputLen,
  },
};

let shared: Promise<CiphersuiteImpl> | undefined;

export async function suiteFor(device: DeviceKey): Promise<CiphersuiteImpl> {
  shared ??= getCiphersuiteImpl(getCiphersuiteFromName(SUITE));
  const impl = { ...(await shared), ...sameThread };
  return { ...impl, signature: { ...impl.signature, sign: (_opaque, message) => device.sign(message) } };
}
