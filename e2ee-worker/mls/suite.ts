// The one cipher suite, with the device key as signer: ts-mls asks us to sign and never holds the key.
import { Aes128Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import { expand, extract } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import {
  type CiphersuiteImpl,
  type CiphersuiteName,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
} from 'ts-mls';
import { makeAead } from 'ts-mls/crypto/implementation/default/makeAead.js';
import { makeGenericHpke } from 'ts-mls/crypto/implementation/hpke.js';
import { makeHashImpl } from 'ts-mls/crypto/implementation/noble/makeHashImpl.js';
import { hex, own } from '../link/bytes.ts';
import type { DeviceKey } from '../vault/deviceKey.ts';

export const SUITE: CiphersuiteName = 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519';

/** Stands where ts-mls expects the bytes of a private signature key; it only hands it back to `sign`. */
export const OPAQUE_SIGNER: Uint8Array<ArrayBuffer> = new Uint8Array(0);

type Bytes = ArrayBufferLike | ArrayBufferView;

function view(b: Bytes): Uint8Array {
  return ArrayBuffer.isView(b) ? new Uint8Array(b.buffer, b.byteOffset, b.byteLength) : new Uint8Array(b);
}

/** A copy with a buffer of its own, which is what @hpke/core hands on. */
function buffer(b: Uint8Array): ArrayBuffer {
  return Uint8Array.from(b).buffer;
}

/** HKDF of HPKE (RFC 9180 § 4) in this thread, for the same reason as `sameThread`. */
const hkdf = {
  extract: async (salt: Bytes, ikm: Bytes) => buffer(extract(sha256, view(ikm), view(salt))),
  expand: async (prk: Bytes, info: Bytes, length: number) =>
    buffer(expand(sha256, view(prk), view(info), length)),
  extractAndExpand: async (salt: Bytes, ikm: Bytes, info: Bytes, length: number) =>
    buffer(expand(sha256, extract(sha256, view(ikm), view(salt)), view(info), length)),
};

class Kem extends DhkemX25519HkdfSha256 {
  constructor() {
    super();
    Object.assign(this._kdf, hkdf);
  }
}

/**
 * A commit in a group of 100 takes some thousand hashes of a few hundred bytes. To WebCrypto each is a job for another
 * thread, which costs more than the hash and, on a busy machine, a wait; so they are computed where they are needed.
 * What touches a private key or seals stays WebCrypto's.
 */
const sameThread: Pick<CiphersuiteImpl, 'hash' | 'kdf'> = {
  hash: makeHashImpl('SHA-256'),
  kdf: {
    extract: async (salt, ikm) => extract(sha256, ikm, salt),
    expand: async (prk, info, length) => expand(sha256, prk, info, length),
    size: sha256.outputLen,
  },
};

async function inPlace(): Promise<CiphersuiteImpl> {
  const suite = getCiphersuiteFromName(SUITE);
  const kdf = Object.assign(new HkdfSha256(), hkdf);
  const hpke = new CipherSuite({ kem: new Kem(), kdf, aead: new Aes128Gcm() });
  const aead = await makeAead(suite.hpke.aead);
  return {
    ...(await getCiphersuiteImpl(suite)),
    ...sameThread,
    hpke: await makeGenericHpke(suite.hpke, aead[0], hpke),
  };
}

/** As many as a group has leaves. */
const MAX_VERIFIERS = 1024;
const verifiers = new Map<string, CryptoKey>();

/** The same members sign again and again: each key is imported once. Throws for bytes that are no key. */
async function verifier(publicKey: Uint8Array): Promise<CryptoKey> {
  const id = hex(publicKey);
  const known = verifiers.get(id);
  if (known) return known;
  const key = await crypto.subtle.importKey('raw', own(publicKey), 'Ed25519', false, ['verify']);
  const [oldest] = verifiers.keys();
  if (oldest !== undefined && verifiers.size >= MAX_VERIFIERS) verifiers.delete(oldest);
  verifiers.set(id, key);
  return key;
}

const verify: CiphersuiteImpl['signature']['verify'] = async (publicKey, message, signature) =>
  crypto.subtle.verify('Ed25519', await verifier(publicKey), own(signature), own(message));

let shared: Promise<CiphersuiteImpl> | undefined;

export async function suiteFor(device: DeviceKey): Promise<CiphersuiteImpl> {
  shared ??= inPlace();
  const impl = await shared;
  return {
    ...impl,
    signature: { ...impl.signature, sign: (_opaque, message) => device.sign(message), verify },
  };
}
