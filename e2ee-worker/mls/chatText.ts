// What a chat message says: plain text, made harmless at both ends, in a few sizes so that its length stays unknown.
import { MAX_CHAT_CHARS } from '#protocol';
import { concat, u32, utf8 } from '../link/bytes.ts';

/** What an application message of the group is about. There is nothing but chat yet. */
const CHAT = 1;
const HEADER_BYTES = 7;
/** Payloads come in these sizes. More of them: the server learns more of lengths. Fewer: short messages cost more. */
const SIZES = [256, 1024, 4096, 8192] as const;

// As of names (link/names.ts), but for line breaks, and for the joiners that emoji and some scripts are written with.
const unseen = new RegExp(
  [
    '(?!\\n',
    // A picture in colour, and pictures that are put together.
    '|(?<=\\p{Extended_Pictographic})\\uFE0F',
    '|(?<=\\p{Extended_Pictographic}\\uFE0F?|\\p{Emoji_Modifier})\\u200D(?=\\p{Extended_Pictographic})',
    // Between letters.
    '|(?<=(?!\\p{DI})[\\p{L}\\p{M}])[\\u200C\\u200D](?=(?!\\p{DI})\\p{L})',
    ')[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Zl}\\p{Zp}\\p{DI}\\u2800]',
  ].join(''),
  'gu',
);

/** NFC, nothing invisible, no direction overrides, no blank ends, at most one empty line in a row. The same twice as once. */
export function cleanText(raw: string): string {
  const lines = raw
    .normalize('NFC')
    .replace(/\r\n?|[\u2028\u2029\u0085]/gu, '\n')
    .replace(/\t/gu, '  ');
  return (
    lines
      .replace(unseen, '')
      .normalize('NFC')
      .split('\n')
      // A pattern for blank ends would look at each blank of a long row of them as often as there are others.
      .map((line) => line.trimEnd())
      .join('\n')
      .replace(/\n{3,}/gu, '\n\n')
      .replace(/^\n+/u, '')
      .trimEnd()
  );
}

/** In characters as people count them for a limit: code points. */
export const isTooLong = (text: string): boolean => [...text].length > MAX_CHAT_CHARS;

export interface Said {
  /** Counts the messages of one stay of its sender, from 1. */
  readonly seq: number;
  readonly text: string;
}

/**
 *   0      1     5        7
 *   ├ CHAT ┼ seq ┼ length ┼ text, zeros up to one of SIZES ┤   big endian
 */
export function encodeSaid({ seq, text }: Said): Uint8Array<ArrayBuffer> {
  const bytes = utf8(text);
  const size = SIZES.find((s) => HEADER_BYTES + bytes.byteLength <= s);
  if (size === undefined) throw new RangeError('The message is too long.');
  const out = new Uint8Array(size);
  out.set(concat(Uint8Array.of(CHAT), u32(seq), u32(bytes.byteLength).slice(2), bytes));
  return out;
}

/** Undefined for whatever no honest page sends. */
export function decodeSaid(payload: Uint8Array): Said | undefined {
  if (payload[0] !== CHAT || !SIZES.some((s) => s === payload.byteLength)) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const end = HEADER_BYTES + view.getUint16(5);
  if (end > payload.byteLength || payload.slice(end).some((b) => b !== 0)) return undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(payload.slice(HEADER_BYTES, end));
    if (text === '' || isTooLong(text) || text !== cleanText(text)) return undefined;
    return { seq: view.getUint32(1), text };
  } catch {
    // Bytes that are no text are to the caller like any other nonsense.
    return undefined;
  }
}
