// What hosts sign, as bytes: certificates that make hosts, tickets that let people in, words that hosts say. And the claim by
// which a peer shows its device key. Read by both sides; signed only in the group worker, which has the keys.
//
// Ed25519 (RFC 8032) over a label and everything in front of the signature. The label tells the kinds apart.
import { MeetingId, PeerId, RoomId } from './ids.ts';

export const KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;
const ID_BYTES = 16;
const NONCE_BYTES = 16;

/** The first byte says what it is, and in which version. */
const CERTIFICATE = 0x11;
const TICKET = 0x21;
const WORD = 0x31;

export const CERTIFICATE_BYTES = 1 + 2 * ID_BYTES + 2 * KEY_BYTES + SIGNATURE_BYTES;
export const TICKET_BYTES =
  1 + 2 * ID_BYTES + KEY_BYTES + 1 + NONCE_BYTES + 4 + 8 + KEY_BYTES + SIGNATURE_BYTES;
export const WORD_BYTES = 1 + 2 * ID_BYTES + 1 + 8 + KEY_BYTES + SIGNATURE_BYTES;

type Label = 'claim' | 'host certificate' | 'ticket' | 'word' | 'policy';

/** What is signed: the label keeps a statement of one kind from being taken for another. */
export function signedBytes(label: Label, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const prefix = new TextEncoder().encode(`in-camera 1 ${label}\0`);
  const all = new Uint8Array(prefix.length + body.length);
  all.set(prefix);
  all.set(body, prefix.length);
  return all;
}

/** False for keys that are no keys, too. */
export async function verifySigned(
  label: Label,
  s: { body: Uint8Array; key: Uint8Array; signature: Uint8Array },
): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey('raw', Uint8Array.from(s.key), 'Ed25519', false, ['verify']);
    const signed = signedBytes(label, s.body);
    return await crypto.subtle.verify('Ed25519', key, Uint8Array.from(s.signature), signed);
  } catch {
    // 32 bytes that are no point of the curve.
    return false;
  }
}

/** How leaf keys are named in tickets and policies: SHA-256 of the signature key. */
export const keyHash = async (key: Uint8Array): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(key)));

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, i) => byte === b[i]);
}

/** Over the room and the peer id, which the server has just made up: it is the challenge. Ids have a fixed length. */
export const claimBody = (roomId: RoomId, peerId: PeerId): Uint8Array =>
  new TextEncoder().encode(`${roomId}${peerId}`);

export interface Certificate {
  readonly roomId: RoomId;
  /** Undefined: for every meeting of the room. */
  readonly meetingId: MeetingId | undefined;
  /** The device key that it makes a host. */
  readonly subject: Uint8Array<ArrayBuffer>;
  readonly issuer: Uint8Array<ArrayBuffer>;
}

export interface Ticket {
  readonly roomId: RoomId;
  readonly meetingId: MeetingId;
  /** Hash of the leaf's signature key. */
  readonly subjectHash: Uint8Array<ArrayBuffer>;
  readonly role: 'guest' | 'host';
  readonly nonce: Uint8Array<ArrayBuffer>;
  /** Of the policy that the host saw when it signed: a later lock or removal makes it void. */
  readonly revision: number;
  /** Unix ms. */
  readonly expiresAt: number;
  readonly issuer: Uint8Array<ArrayBuffer>;
}

/** What a host may ask of somebody, or say to all. The order is the byte on the wire. */
export const WORDS = ['mute', 'stop-video', 'ask-unmute', 'end'] as const;
export type WordKind = (typeof WORDS)[number];

export interface Word {
  readonly meetingId: MeetingId;
  /** Undefined: everybody. */
  readonly to: PeerId | undefined;
  readonly what: WordKind;
  /** Unix ms; each word of one host is later than the one before. */
  readonly at: number;
  readonly issuer: Uint8Array<ArrayBuffer>;
}

/** Everything but the signature.
 *
 *   0      1       17          33         65        97          161
 *   ├ 0x11 ┼ room ─┼─ meeting ─┼ subject ─┼ issuer ─┼ signature ─┤   meeting: zeros for the whole room
 */
export const certificateBody = (c: Certificate): Uint8Array<ArrayBuffer> =>
  join([byte(CERTIFICATE), idToBytes(c.roomId), optionalId(c.meetingId), c.subject, c.issuer]);

/**
 *   0      1       17          33             65     66      82         86       94        126         190
 *   ├ 0x21 ┼ room ─┼─ meeting ─┼ subjectHash ─┼ role ┼ nonce ┼ revision ┼ expiry ┼ issuer ─┼ signature ─┤   big endian
 */
export const ticketBody = (t: Ticket): Uint8Array<ArrayBuffer> =>
  join([
    byte(TICKET),
    idToBytes(t.roomId),
    idToBytes(t.meetingId),
    t.subjectHash,
    byte(t.role === 'host' ? 1 : 0),
    t.nonce,
    number32(t.revision),
    number64(t.expiresAt),
    t.issuer,
  ]);

/**
 *   0      1          17   33     34   42       74          138
 *   ├ 0x31 ┼ meeting ─┼ to ┼ what ┼ at ┼ issuer ┼ signature ─┤   to: zeros for everybody
 */
export const wordBody = (w: Word): Uint8Array<ArrayBuffer> =>
  join([
    byte(WORD),
    idToBytes(w.meetingId),
    optionalId(w.to),
    byte(WORDS.indexOf(w.what)),
    number64(w.at),
    w.issuer,
  ]);

export const isTicket = (right: Uint8Array): boolean => right[0] === TICKET;

/** Undefined when it is no certificate, or its signature is not the issuer's. Who the issuer is, is for the caller. */
export async function openCertificate(bytes: Uint8Array): Promise<Certificate | undefined> {
  const r = reader(bytes, CERTIFICATE, CERTIFICATE_BYTES);
  if (!r) return undefined;
  const c = {
    roomId: r.id(RoomId),
    meetingId: r.optionalId(MeetingId),
    subject: r.take(KEY_BYTES),
    issuer: r.take(KEY_BYTES),
  };
  return (await r.signedBy('host certificate', c.issuer)) ? c : undefined;
}

/** Undefined when it is no ticket, or its signature is not the issuer's. Whether it is good here is for the caller. */
export async function openTicket(bytes: Uint8Array): Promise<Ticket | undefined> {
  const r = reader(bytes, TICKET, TICKET_BYTES);
  if (!r) return undefined;
  const roomId = r.id(RoomId);
  const meetingId = r.id(MeetingId);
  const subjectHash = r.take(KEY_BYTES);
  const role = r.number(1);
  const t: Ticket = {
    roomId,
    meetingId,
    subjectHash,
    role: role === 1 ? 'host' : 'guest',
    nonce: r.take(NONCE_BYTES),
    revision: r.number(4),
    expiresAt: r.number(8),
    issuer: r.take(KEY_BYTES),
  };
  if (role > 1 || !Number.isSafeInteger(t.expiresAt)) return undefined;
  return (await r.signedBy('ticket', t.issuer)) ? t : undefined;
}

/** Undefined when it is no word of a host, or its signature is not the issuer's. */
export async function openWord(bytes: Uint8Array): Promise<Word | undefined> {
  const r = reader(bytes, WORD, WORD_BYTES);
  if (!r) return undefined;
  const meetingId = r.id(MeetingId);
  const to = r.optionalId(PeerId);
  const what = WORDS[r.number(1)];
  const at = r.number(8);
  const issuer = r.take(KEY_BYTES);
  if (what === undefined || !Number.isSafeInteger(at)) return undefined;
  return (await r.signedBy('word', issuer)) ? { meetingId, to, what, at, issuer } : undefined;
}

// ── bytes ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

interface IdSchema<T> {
  parse(text: string): T;
}

function reader(bytes: Uint8Array, kind: number, length: number) {
  if (bytes.byteLength !== length || bytes[0] !== kind) return undefined;
  let at = 1;
  const take = (n: number): Uint8Array<ArrayBuffer> => {
    at += n;
    return Uint8Array.from(bytes.subarray(at - n, at));
  };
  const id = <T>(schema: IdSchema<T>): T => schema.parse(idToText(take(ID_BYTES)));
  return {
    take,
    id,
    optionalId<T>(schema: IdSchema<T>): T | undefined {
      const raw = take(ID_BYTES);
      return raw.every((b) => b === 0) ? undefined : schema.parse(idToText(raw));
    },
    number: (n: number): number => take(n).reduce((sum, b) => sum * 256 + b, 0),
    signedBy: (label: Label, key: Uint8Array) =>
      verifySigned(label, { body: bytes.subarray(0, at), key, signature: bytes.subarray(at) }),
  };
}

function idToText(raw: Uint8Array): string {
  return btoa(String.fromCharCode(...raw))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** Throws when the text is not the canonical form of 16 bytes: two texts must never name one thing. */
function idToBytes(id: string): Uint8Array {
  const raw = Uint8Array.from(atob(id.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  if (raw.byteLength !== ID_BYTES || idToText(raw) !== id)
    throw new Error('expected an id of 16 bytes in base64url');
  return raw;
}

const optionalId = (id: string | undefined) => (id === undefined ? new Uint8Array(ID_BYTES) : idToBytes(id));
const byte = (n: number) => Uint8Array.of(n);

function number32(n: number): Uint8Array {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, n);
  return out;
}

function number64(n: number): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(n));
  return out;
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.byteLength, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.byteLength;
  }
  return out;
}
