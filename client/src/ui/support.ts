// What this browser or this address lacks for encrypting at all. There is no unencrypted mode to fall back to.

export type MissingSupport = 'insecure-context' | 'not-isolated' | 'no-transform' | 'no-keys';

interface Scope {
  readonly isSecureContext: boolean;
  readonly crossOriginIsolated?: boolean;
  readonly RTCRtpScriptTransform?: unknown;
  readonly crypto: Pick<Crypto, 'subtle'>;
}

/** Younger in browsers than the rest of WebCrypto that is used: what members sign with, and what their group's secrets are sealed to. */
const KEYS = [
  ['Ed25519', ['sign', 'verify']],
  ['X25519', ['deriveBits']],
] as const;

/**
 * Without a secure context there is neither WebCrypto nor a camera; without isolation from other pages no memory that workers
 * share; without the transform frames would leave in clear. Never rejects.
 */
export async function missingSupport(scope: Scope): Promise<MissingSupport | null> {
  if (!scope.isSecureContext) return 'insecure-context';
  if (!scope.crossOriginIsolated) return 'not-isolated';
  if (!('RTCRtpScriptTransform' in scope)) return 'no-transform';
  try {
    await Promise.all(KEYS.map(([name, uses]) => scope.crypto.subtle.generateKey({ name }, false, uses)));
    return null;
  } catch {
    return 'no-keys'; // NotSupportedError, whatever a browser calls it
  }
}
