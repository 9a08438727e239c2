// Display names: made harmless, sealed under the link's key, bound to one peer and one signature key.
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { MAX_NAME_BYTES } from '#e2ee/messages.ts';
import { concat, utf8 } from './bytes.ts';

export const NAME_NONCE_BYTES = 24;
const TAG_BYTES = 16;
/** Sealed names come in few lengths. Smaller: the server learns more of a name's length. Larger: bigger Welcomes. */
const PAD_BYTES = 32;
/** Longest sealed name: nonce, padded text, tag. */
export const MAX_SEALED_NAME_BYTES = NAME_NONCE_BYTES + MAX_NAME_BYTES + PAD_BYTES + TAG_BYTES;

// Cc control, Cf format (bidi overrides, zero-width), Cs lone surrogates, Co private use, Zl/Zp line breaks; then what prints
// nothing by definition (fillers, joiners, variation selectors, and what is kept free for more of them) and braille blank.
// A variation selector stays behind a pictograph, which it makes an emoji.
const unseen =
  /(?!(?<=\p{Extended_Pictographic})\uFE0F)[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** NFC, nothing invisible, single spaces, at most MAX_NAME_BYTES of UTF-8. The same twice as once. May be empty. */
export function cleanName(raw: string): string {
  const text = raw.normalize('NFC').replace(/\s/gu, ' ').replace(unseen, '').normalize('NFC');
  const tidy = (s: string) => s.replace(/ {2,}/gu, ' ').trim();
  let out = '';
  let bytes = 0;
  for (const c of tidy(text)) {
    bytes += utf8(c).byteLength;
    if (bytes > MAX_NAME_BYTES) break;
    out += c;
  }
  return tidy(out);
}

/** Who a name belongs to; bound as associated data, so a sealed name opens on no other leaf. */
export interface NameOwner {
  /** 16 raw bytes. */
  readonly peerId: Uint8Array;
  /** Ed25519, 32 bytes. */
  readonly signatureKey: Uint8Array;
}

const boundTo = (o: NameOwner) => concat(utf8('in-camera 1 name of'), o.peerId, o.signatureKey);

/** nonce(24) ‖ XChaCha20-Poly1305(name, zero-padded to a multiple of 32). Random nonces: 192 bits, no counter to keep. */
export function sealName(
  nameKey: Uint8Array,
  owner: NameOwner,
  { name, nonce }: { name: string; nonce: Uint8Array },
): Uint8Array<ArrayBuffer> {
  const text = utf8(cleanName(name));
  const padded = new Uint8Array(Math.max(1, Math.ceil(text.byteLength / PAD_BYTES)) * PAD_BYTES);
  padded.set(text);
  return concat(nonce, xchacha20poly1305(nameKey, nonce, boundTo(owner)).encrypt(padded));
}

/** Undefined when it does not open for this owner, is not UTF-8, or nothing printable is left. */
export function openName(nameKey: Uint8Array, owner: NameOwner, sealed: Uint8Array): string | undefined {
  if (sealed.byteLength <= NAME_NONCE_BYTES + TAG_BYTES || sealed.byteLength > MAX_SEALED_NAME_BYTES) {
    return undefined;
  }
  try {
    const cipher = xchacha20poly1305(nameKey, sealed.slice(0, NAME_NONCE_BYTES), boundTo(owner));
    const text = new TextDecoder('utf-8', { fatal: true }).decode(
      cipher.decrypt(sealed.slice(NAME_NONCE_BYTES)),
    );
    return cleanName(text) || undefined;
  } catch {
    // A tag that does not verify and bytes that are no text are the same to the caller: no name.
    return undefined;
  }
}
