// The Ed25519 key that signs statements about the chain. It is sealed like every secret at rest; the public half is for
// everybody who verifies.
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { Secret } from '../protocol/env.ts';
import type { Secrets } from '../secrets/Secrets.ts';
import { type Head, type Statement, statementBody } from './chain.ts';

/** In front of the 32 bytes of a public key in its DER form (RFC 8410). */
const DER_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const PUBLIC_KEY = /^[A-Za-z0-9_-]{43}$/;

export class AuditKey {
  readonly #key: KeyObject;
  /** 32 bytes in base64url. */
  readonly publicKey: string;

  constructor(pkcs8: Secret) {
    this.#key = createPrivateKey({
      key: Buffer.from(pkcs8.reveal(), 'base64url'),
      format: 'der',
      type: 'pkcs8',
    });
    const der = createPublicKey(this.#key).export({ format: 'der', type: 'spki' });
    this.publicKey = der.subarray(DER_PREFIX.length).toString('base64url');
  }

  sign(body: Uint8Array): string {
    return sign(null, body, this.#key).toString('base64url');
  }

  /** Is this statement one of ours? */
  hasSigned({ signature, ...bare }: Statement): boolean {
    return isSigned(statementBody(bare), signature, createPublicKey(this.#key));
  }

  state(kind: Statement['kind'], { organisation, count, hash }: Head, at: number): Statement {
    const bare = { kind, organisation, count, hash, at };
    return { ...bare, signature: this.sign(statementBody(bare)) };
  }
}

export function makeAuditKey(): Secret {
  const { privateKey } = generateKeyPairSync('ed25519');
  return new Secret(privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64url'));
}

/** The installation's own, which is made when it is first asked for. Throws StorageUnavailable. */
export async function openAuditKey(secrets: Pick<Secrets, 'ensure'>): Promise<AuditKey> {
  return new AuditKey(await secrets.ensure({ purpose: 'audit-signing', id: 'ed25519' }, makeAuditKey));
}

/** Undefined when it is no public key. */
export function readPublicKey(text: string): KeyObject | undefined {
  if (!PUBLIC_KEY.test(text)) return undefined;
  const key = Buffer.concat([DER_PREFIX, Buffer.from(text, 'base64url')]);
  return createPublicKey({ key, format: 'der', type: 'spki' });
}

export function isSigned(body: Uint8Array, signature: string, key: KeyObject): boolean {
  return verify(null, body, key, Buffer.from(signature, 'base64url'));
}
