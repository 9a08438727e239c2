// MLS bytes in and out: strict where ts-mls is lenient (it may return undefined, throw TypeErrors, or ignore a tail).
import { decodeMlsMessage, encodeMlsMessage, type KeyPackage, type MLSMessage, type Welcome } from 'ts-mls';
import { equalBytes, own } from '../link/bytes.ts';

/** Undefined unless the bytes are exactly one MLS message in its one encoding: what is compared as bytes means one thing. */
export function decodeExactly(bytes: Uint8Array): MLSMessage | undefined {
  try {
    const message = decodeMlsMessage(own(bytes), 0)?.[0];
    return message && equalBytes(encodeMlsMessage(message), bytes) ? message : undefined;
  } catch {
    // Junk makes the decoder throw anything; to the caller it is all "not an MLS message".
    return undefined;
  }
}

export const encodeKeyPackageMessage = (keyPackage: KeyPackage): Uint8Array =>
  encodeMlsMessage({ version: 'mls10', wireformat: 'mls_key_package', keyPackage });

export const encodeWelcomeMessage = (welcome: Welcome): Uint8Array =>
  encodeMlsMessage({ version: 'mls10', wireformat: 'mls_welcome', welcome });

export { encodeMlsMessage };
