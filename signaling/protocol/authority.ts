// What hosts sign, as bytes: certificates that make hosts, tickets that let people in, words that hosts say. And the claim by
// which a peer shows its device key. Read by both sides; signed only in the group worker, which has the keys.
//
// Ed25519 (RFC 8032) over a label and everything in front of the signature. The label tells the kinds apart.
import { MeetingId, PeerId, RoomId } from './ids.ts';
import {
  byte,
  FieldReader,
  fixed,
  ID_BYTES,
  idToBytes,
  join,
  number32,
  number64,
  optionalIdToBytes,
} from './layout.ts';

export const KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;
const NONCE_BYTES = 16;
/** SHA-256. */
const HASH_BYTES = 32;

/** The first byte says what it is, and in which version. */
const CERTIFICATE = 0x11;
const TICKET = 0x21;
const WORD = 0x31;

export const CERTIFICATE_BYTES = 1 + 2 * ID_BYTES + 2 * KEY_BYTES + SIGNATURE_BYTES;
export const TICKET_BYTES =
  1 + 2 * ID_BYTES + HASH_BYTES + 1 + NONCE_BYTES + 4 + 8 + KEY_BYTES + SIGNATURE_BYTES;
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
  /** The host who signed it has compared this key with the person. */
  readonly verified: boolean;
  readonly nonce: Uint8Array<ArrayBuffer>;
  /** Of the policy that the host saw when it signed: a later lock or removal makes it void. */
  readonly revision: number;
  /** Unix ms. */
  readonly expiresAt: number;
  readonly issuer: Uint8Array<ArrayBuffer>;
}

/** What a host may ask of somebody, or say to all. The order is the byte on the wire. */
export const WORDS = ['mute', 'stop-video', 'ask-unmute', 'end', 'recording', 'recording-over'] as const;
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
  join([
    byte(CERTIFICATE),
    idToBytes(c.roomId),
    optionalIdToBytes(c.meetingId),
    fixed(c.subject, KEY_BYTES),
    fixed(c.issuer, KEY_BYTES),
  ]);

/**
 *   0      1       17          33             65     66      82         86       94        126         190
 *   ├ 0x21 ┼ room ─┼─ meeting ─┼ subjectHash ─┼ bits ┼ nonce ┼ revision ┼ expiry ┼ issuer ─┼ signature ─┤   big endian
 *   bits: 1 for a host, 2 for verified
 */
export const ticketBody = (t: Ticket): Uint8Array<ArrayBuffer> =>
  join([
    byte(TICKET),
    idToBytes(t.roomId),
    idToBytes(t.meetingId),
    fixed(t.subjectHash, HASH_BYTES),
    byte((t.role === 'host' ? 1 : 0) | (t.verified ? 2 : 0)),
    fixed(t.nonce, NONCE_BYTES),
    number32(t.revision),
    number64(t.expiresAt),
    fixed(t.issuer, KEY_BYTES),
  ]);

/**
 *   0      1          17   33     34   42       74          138
 *   ├ 0x31 ┼ meeting ─┼ to ┼ what ┼ at ┼ issuer ┼ signature ─┤   to: zeros for everybody
 */
export const wordBody = (w: Word): Uint8Array<ArrayBuffer> =>
  join([
    byte(WORD),
    idToBytes(w.meetingId),
    optionalIdToBytes(w.to),
    byte(WORDS.indexOf(w.what)),
    number64(w.at),
    fixed(w.issuer, KEY_BYTES),
  ]);

export const isTicket = (right: Uint8Array): boolean => right[0] === TICKET;

/** Undefined when it is no certificate, or its signature is not the issuer's. Who the issuer is, is for the caller. */
export async function openCertificate(bytes: Uint8Array): Promise<Certificate | undefined> {
  const r = fieldsOf(bytes, CERTIFICATE, CERTIFICATE_BYTES);
  if (!r) return undefined;
  const c = {
    roomId: r.id(RoomId),
    meetingId: r.optionalId(MeetingId),
    subject: r.take(KEY_BYTES),
    issuer: r.take(KEY_BYTES),
  };
  return (await isSigned(r, 'host certificate', c.issuer)) ? c : undefined;
}

/** Undefined when it is no ticket, or its signature is not the issuer's. Whether it is good here is for the caller. */
export async function openTicket(bytes: Uint8Array): Promise<Ticket | undefined> {
  const r = fieldsOf(bytes, TICKET, TICKET_BYTES);
  if (!r) return undefined;
  const roomId = r.id(RoomId);
  const meetingId = r.id(MeetingId);
  const subjectHash = r.take(HASH_BYTES);
  const bits = r.number(1);
  const t: Ticket = {
    roomId,
    meetingId,
    subjectHash,
    role: (bits & 1) === 1 ? 'host' : 'guest',
    verified: (bits & 2) === 2,
    nonce: r.take(NONCE_BYTES),
    revision: r.number(4),
    expiresAt: r.number(8),
    issuer: r.take(KEY_BYTES),
  };
  if (bits > 3 || !Number.isSafeInteger(t.expiresAt)) return undefined;
  return (await isSigned(r, 'ticket', t.issuer)) ? t : undefined;
}

/** Undefined when it is no word of a host, or its signature is not the issuer's. */
export async function openWord(bytes: Uint8Array): Promise<Word | undefined> {
  const r = fieldsOf(bytes, WORD, WORD_BYTES);
  if (!r) return undefined;
  const meetingId = r.id(MeetingId);
  const to = r.optionalId(PeerId);
  const what = WORDS[r.number(1)];
  const at = r.number(8);
  const issuer = r.take(KEY_BYTES);
  if (what === undefined || !Number.isSafeInteger(at)) return undefined;
  return (await isSigned(r, 'word', issuer)) ? { meetingId, to, what, at, issuer } : undefined;
}

function fieldsOf(bytes: Uint8Array, kind: number, length: number): FieldReader | undefined {
  if (bytes.byteLength !== length || bytes[0] !== kind) return undefined;
  const fields = new FieldReader(bytes);
  fields.take(1);
  return fields;
}

/** All fields have been read: what is left is the signature over them. */
const isSigned = (r: FieldReader, label: Label, key: Uint8Array): Promise<boolean> =>
  verifySigned(label, { body: r.before(), key, signature: r.rest() });
