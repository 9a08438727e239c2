// What this browser or this address lacks for encrypting at all. There is no unencrypted mode to fall back to.

export type MissingSupport = 'insecure-context' | 'no-transform';

/** Without a secure context there is neither WebCrypto nor a camera; without the transform frames would leave in clear. */
export function missingSupport(scope: {
  isSecureContext: boolean;
  RTCRtpScriptTransform?: unknown;
}): MissingSupport | null {
  if (!scope.isSecureContext) return 'insecure-context';
  if (!('RTCRtpScriptTransform' in scope)) return 'no-transform';
  return null;
}
