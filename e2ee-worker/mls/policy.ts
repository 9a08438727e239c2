// The rules of a meeting as bytes: the group's only GroupContext extension, signed by the host who changed it last.
import type { Extension } from 'ts-mls';
import type { Settings } from '#e2ee/messages.ts';
import {
  CERTIFICATE_BYTES,
  ChatLifetime,
  type Imposed,
  KEY_BYTES,
  MAX_BLOCKED_KEYS,
  SHARING,
  SIGNATURE_BYTES,
  SUITES,
} from '#protocol';
import { concat, equalBytes, hex, u32 } from '../link/bytes.ts';
import { ID_BYTES } from '../link/ids.ts';

/** Private use range (RFC 9420 §17.3). */
export const POLICY_EXTENSION = 0xf1ca;
const VERSION = 6;

/** Besides the root host. Each is 162 bytes in every Welcome. */
export const MAX_HOSTS = 16;
/** Keys that were sent out. More: larger Welcomes. Less: the first to be sent out come back under their old tickets. */
export const MAX_SENT_OUT = MAX_BLOCKED_KEYS;
/** Above MAX_PEERS: everybody who is in when the meeting is locked. */
export const MAX_KNOWN = 128;
/** In place of a revision: no ticket helps. */
export const BLOCKED = 0xffff_ffff;

const HASH_BYTES = 32;

export interface HostEntry {
  /** Says which key, and who made it a host (authority.ts). */
  readonly certificate: Uint8Array;
  /** False: was a host of this meeting. Kept, because it may have made others hosts, and so that it cannot restore itself. */
  readonly active: boolean;
}

export interface SentOut {
  readonly keyHash: Uint8Array;
  /** Tickets of an older revision are void. `BLOCKED`: all are. */
  readonly revision: number;
}

/** Everything but the signature. */
export interface PolicyBody {
  /** 16 raw bytes each. */
  readonly roomId: Uint8Array;
  readonly meetingId: Uint8Array;
  readonly revision: number;
  /** What hosts have chosen. What holds: imposed.ts. */
  readonly settings: Settings;
  /** By the installation, as the founder was told, or a host since. Never becomes looser. */
  readonly imposed: Imposed;
  /** Unix ms; every member erases its keys then. A host may move it to a later time, up to `latestEnd`. */
  readonly expiresAt: number;
  /** Unix ms; what the server allowed when the room was made. Never changes. */
  readonly latestEnd: number;
  readonly rootKey: Uint8Array;
  readonly rootActive: boolean;
  /** An issuer comes before those whom it made hosts. */
  readonly hosts: readonly HostEntry[];
  readonly sentOut: readonly SentOut[];
  /** The revision that locked the meeting; 0 while it is open. */
  readonly lockedSince: number;
  /** Hashes of the keys that were in then. */
  readonly known: readonly Uint8Array[];
  readonly signer: Uint8Array;
}

export interface Policy extends PolicyBody {
  readonly signature: Uint8Array;
}

const CERTIFICATE_SUBJECT = 1 + 2 * ID_BYTES;
/** The key that a certificate makes a host; whether it is a good certificate is for hosts.ts. */
export const subjectOf = (h: HostEntry): Uint8Array =>
  h.certificate.slice(CERTIFICATE_SUBJECT, CERTIFICATE_SUBJECT + KEY_BYTES);

/** Bits from the lowest: lobby, share (2), chat off, recording off, verified only, suite (2). */
const ruleBits = (r: Imposed): number =>
  Number(r.lobby) |
  (SHARING.indexOf(r.share) << 1) |
  (Number(!r.chat) << 3) |
  (Number(!r.recording) << 4) |
  (Number(r.verifiedOnly) << 5) |
  (SUITES.indexOf(r.suite) << 6);

function rulesIn(b: number): Omit<Imposed, 'chatLifetimeS'> {
  const [share, suite] = [SHARING[(b >> 1) & 3], SUITES[(b >> 6) & 3]];
  if (!share || !suite) throw new RangeError('unknown sharing or suite');
  const recording = (b & 16) === 0;
  return { lobby: (b & 1) !== 0, share, chat: (b & 8) === 0, recording, verifiedOnly: (b & 32) !== 0, suite };
}

const flags = ({ locked, muteOnEntry }: Settings): number => Number(locked) | (Number(muteOnEntry) << 1);

/** 0 stands for "with the meeting". */
const chatLifetimeOf = (seconds: number): number | null => (seconds === 0 ? null : seconds);

const encodeRules = (r: Imposed): Uint8Array => concat(u8(ruleBits(r)), u32(r.chatLifetimeS ?? 0));

const u8 = (n: number) => Uint8Array.of(n);

function u64(n: number): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(n));
  return out;
}

/**
 *   0         1        17          33         37         43        48       56          64        96            97
 *   ├ version ┼ roomId ┼ meetingId ┼ revision ┼ settings ┼ imposed ┼ expiry ┼ latestEnd ┼ rootKey ┼ root active ┤   big endian
 *   settings, imposed: one byte of rules ‖ seconds that chat messages live (4), or 0; of settings then locked, mute on entry
 *   then  ├ n ┼ n × (certificate ‖ active) ┤   hosts
 *         ├ n ┼ n × (key hash ‖ revision) ┤    sent out
 *         ├ lockedSince ┼ n ┼ n × key hash ┤   known
 *         ├ signer ┼ signature ┤               over everything before it
 */
export const encodeBody = (p: PolicyBody): Uint8Array<ArrayBuffer> =>
  concat(
    u8(VERSION),
    p.roomId,
    p.meetingId,
    u32(p.revision),
    encodeRules(p.settings),
    u8(flags(p.settings)),
    encodeRules(p.imposed),
    u64(p.expiresAt),
    u64(p.latestEnd),
    p.rootKey,
    u8(Number(p.rootActive)),
    u8(p.hosts.length),
    ...p.hosts.flatMap((h) => [h.certificate, u8(Number(h.active))]),
    u8(p.sentOut.length),
    ...p.sentOut.flatMap((s) => [s.keyHash, u32(s.revision)]),
    u32(p.lockedSince),
    u8(p.known.length),
    ...p.known,
    p.signer,
  );

export const encodePolicy = (p: Policy): Extension => ({
  extensionType: POLICY_EXTENSION,
  extensionData: concat(encodeBody(p), p.signature),
});

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(n: number): Uint8Array {
    if (this.#at + n > this.#bytes.byteLength) throw new RangeError('too short');
    this.#at += n;
    return this.#bytes.slice(this.#at - n, this.#at);
  }

  number(bytes: number): number {
    return this.take(bytes).reduce((sum, b) => sum * 256 + b, 0);
  }

  flag(): boolean {
    return this.number(1) === 1;
  }

  list<T>(max: number, read: () => T): T[] {
    const n = this.number(1);
    if (n > max) throw new RangeError('too long');
    return Array.from({ length: n }, read);
  }
}

const readRules = (r: Reader): Imposed => ({
  ...rulesIn(r.number(1)),
  chatLifetimeS: chatLifetimeOf(r.number(4)),
});

const readFlags = (b: number) => ({ locked: (b & 1) !== 0, muteOnEntry: (b & 2) !== 0 });

function read(bytes: Uint8Array): Policy {
  const r = new Reader(bytes);
  if (r.number(1) !== VERSION) throw new RangeError('another version');
  return {
    roomId: r.take(ID_BYTES),
    meetingId: r.take(ID_BYTES),
    revision: r.number(4),
    settings: { ...readRules(r), ...readFlags(r.number(1)) },
    imposed: readRules(r),
    expiresAt: r.number(8),
    latestEnd: r.number(8),
    rootKey: r.take(KEY_BYTES),
    rootActive: r.flag(),
    hosts: r.list(MAX_HOSTS, () => ({ certificate: r.take(CERTIFICATE_BYTES), active: r.flag() })),
    sentOut: r.list(MAX_SENT_OUT, () => ({ keyHash: r.take(HASH_BYTES), revision: r.number(4) })),
    lockedSince: r.number(4),
    known: r.list(MAX_KNOWN, () => r.take(HASH_BYTES)),
    signer: r.take(KEY_BYTES),
    signature: r.take(SIGNATURE_BYTES),
  };
}

const unique = (list: readonly Uint8Array[]) => new Set(list.map(hex)).size === list.length;

/** What the bytes alone can say: numbers in range, nothing twice, nothing known of a meeting that is open. */
function consistent(p: Policy): boolean {
  const { locked } = p.settings;
  return (
    Number.isSafeInteger(p.latestEnd) &&
    p.expiresAt <= p.latestEnd &&
    p.revision < BLOCKED &&
    ChatLifetime.safeParse(p.settings.chatLifetimeS).success &&
    ChatLifetime.safeParse(p.imposed.chatLifetimeS).success &&
    p.sentOut.every((s) => s.revision === BLOCKED || s.revision <= p.revision) &&
    (locked ? p.lockedSince <= p.revision : p.lockedSince === 0 && p.known.length === 0) &&
    unique([p.rootKey, ...p.hosts.map(subjectOf)]) &&
    unique(p.sentOut.map((s) => s.keyHash)) &&
    unique(p.known)
  );
}

/** Undefined for whatever is not the one encoding of a policy. */
export function decodePolicyBytes(bytes: Uint8Array): Policy | undefined {
  try {
    const policy = read(bytes);
    if (!consistent(policy)) return undefined;
    return equalBytes(encodePolicy(policy).extensionData, bytes) ? policy : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The policy must be the group's only extension: anything else would be a rule that this client does not know. */
export function decodePolicy(extensions: readonly Extension[]): Policy | undefined {
  const [e] = extensions;
  if (extensions.length !== 1 || e?.extensionType !== POLICY_EXTENSION) return undefined;
  return decodePolicyBytes(e.extensionData);
}
