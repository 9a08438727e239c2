// The cipher suites, with the device key as signer: ts-mls asks us to sign and never holds the key.
import { Aes128Gcm, Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256, HkdfSha512 } from '@hpke/core';
import { expand, extract } from '@noble/hashes/hkdf.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import {
  type CiphersuiteImpl,
  type CiphersuiteName,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
} from 'ts-mls';
import { makeAead } from 'ts-mls/crypto/implementation/default/makeAead.js';
import { makeGenericHpke } from 'ts-mls/crypto/implementation/hpke.js';
import { makeHashImpl } from 'ts-mls/crypto/implementation/noble/makeHashImpl.js';
import { SUITES, type Suite } from '#protocol';
import { hex, own } from '../link/bytes.ts';
import type { DeviceKey } from '../vault/deviceKey.ts';
import { settingsOf } from './imposed.ts';
import type { PolicyBody } from './policy.ts';

/** The second is of the private use range (RFC 9420 §17.1), as ts-mls numbers it: 83. */
export const MLS_NAMES: Record<Suite, CiphersuiteName> = {
  x25519: 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519',
  'x-wing': 'MLS_256_XWING_AES256GCM_SHA512_Ed25519',
};

/** Is it none of those that are weaker than what the policy asks for? */
export const isStrongEnough = (
  { name }: Pick<CiphersuiteImpl, 'name'>,
  p: Pick<PolicyBody, 'settings' | 'imposed'>,
): boolean => SUITES.slice(SUITES.indexOf(settingsOf(p).suite)).some((suite) => MLS_NAMES[suite] === name);

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

type Hash = typeof sha256 | typeof sha512;

/** HKDF of HPKE (RFC 9180 § 4) in this thread, for the same reason as `sameThread`. */
const hkdf = (hash: Hash) => ({
  extract: async (salt: Bytes, ikm: Bytes) => buffer(extract(hash, view(ikm), view(salt))),
  expand: async (prk: Bytes, info: Bytes, length: number) =>
    buffer(expand(hash, view(prk), view(info), length)),
  extractAndExpand: async (salt: Bytes, ikm: Bytes, info: Bytes, length: number) =>
    buffer(expand(hash, extract(hash, view(ikm), view(salt)), view(info), length)),
});

class Kem extends DhkemX25519HkdfSha256 {
  constructor() {
    super();
    Object.assign(this._kdf, hkdf(sha256));
  }
}

const x25519 = async () =>
  new CipherSuite({
    kem: new Kem(),
    kdf: Object.assign(new HkdfSha256(), hkdf(sha256)),
    aead: new Aes128Gcm(),
  });

/** Half a megabyte of source that most meetings do not need. */
async function xWing() {
  const { XWing } = await import('@hpke/hybridkem-x-wing');
  const kdf = Object.assign(new HkdfSha512(), hkdf(sha512));
  return new CipherSuite({ kem: new XWing(), kdf, aead: new Aes256Gcm() });
}

const PARTS = {
  x25519: { hash: sha256, hashName: 'SHA-256', hpke: x25519 },
  'x-wing': { hash: sha512, hashName: 'SHA-512', hpke: xWing },
} as const;

/**
 * A commit in a group of 100 takes some thousand hashes of a few hundred bytes. To WebCrypto each is a job for another
 * thread, which costs more than the hash and, on a busy machine, a wait; so they are computed where they are needed.
 * What touches a private key or seals stays WebCrypto's, but for ML-KEM, which browsers do not have.
 */
const sameThread = (hash: Hash, name: 'SHA-256' | 'SHA-512'): Pick<CiphersuiteImpl, 'hash' | 'kdf'> => ({
  hash: makeHashImpl(name),
  kdf: {
    extract: async (salt, ikm) => extract(hash, ikm, salt),
    expand: async (prk, info, length) => expand(hash, prk, info, length),
    size: hash.outputLen,
  },
});

async function inPlace(suite: Suite): Promise<CiphersuiteImpl> {
  const { hash, hashName, hpke } = PARTS[suite];
  const mls = getCiphersuiteFromName(MLS_NAMES[suite]);
  const aead = await makeAead(mls.hpke.aead);
  return {
    ...(await getCiphersuiteImpl(mls)),
    ...sameThread(hash, hashName),
    hpke: await makeGenericHpke(mls.hpke, aead[0], await hpke()),
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

const shared = new Map<Suite, Promise<CiphersuiteImpl>>();

/** Throws when the code of the suite cannot be fetched. */
export async function suiteFor(device: DeviceKey, suite: Suite): Promise<CiphersuiteImpl> {
  const loading = shared.get(suite) ?? inPlace(suite);
  shared.set(suite, loading);
  const impl = await loading.catch((error: unknown) => {
    // The next to ask tries again.
    shared.delete(suite);
    throw error;
  });
  return {
    ...impl,
    signature: { ...impl.signature, sign: (_opaque, message) => device.sign(message), verify },
  };
}
