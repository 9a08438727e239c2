// The URL fragment of an invite link: what the server never sees.
import { HOST_KEY_HASH_BYTES } from '#protocol';
import { fromBase64url, toBase64url } from './base64url.ts';
import { concat } from './bytes.ts';

export const LINK_SECRET_BYTES = 16;

export interface LinkFragmentParts {
  readonly secret: Uint8Array<ArrayBuffer>;
  readonly hostKeyHash: Uint8Array<ArrayBuffer>;
}

/**
 *   0                16                32
 *   ├── link secret ──┼─ host key hash ─┤   base64url: 43 characters
 */
export const formatFragment = (p: LinkFragmentParts): string => toBase64url(concat(p.secret, p.hostKeyHash));

export function parseFragment(text: string): LinkFragmentParts | undefined {
  const bytes = fromBase64url(text);
  if (bytes?.byteLength !== LINK_SECRET_BYTES + HOST_KEY_HASH_BYTES) return undefined;
  return { secret: bytes.slice(0, LINK_SECRET_BYTES), hostKeyHash: bytes.slice(LINK_SECRET_BYTES) };
}
