// What the audit log can say: one schema for each kind of event. None has a place for content, names, links or addresses.
// Rooms and meetings appear by reference, as whoever knows a room's id may knock there; people without an account by the
// fingerprint of a device key that has signed for them.
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { Suite } from '#protocol';

const hex = (digits: number) => z.string().check(z.regex(new RegExp(`^[0-9a-f]{${digits}}$`)));
/** See reference(). */
const Reference = hex(32);
/** See fingerprint(). */
const Fingerprint = z.string().check(z.regex(/^\d{5}( \d{5}){3}$/));
const OpaqueId = z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/));
/** An account, the shell of the machine itself, or `single-sign-on`: the company's provider. */
const Admin = z.union([OpaqueId, z.literal('command line')]);
const Time = z.int().check(z.gte(0));
const Count = z.int().check(z.gte(0));
const Scopes = z.array(z.string().check(z.regex(/^[a-z]{1,32}:[a-z]{1,32}$/))).check(z.maxLength(32));
const Setting = z.union([z.string().check(z.maxLength(256)), z.int(), z.boolean(), z.null()]);

/** With an API key of the account, or in its own name. */
const done = { by: Admin, key: z.optional(OpaqueId) };
const inMeeting = { room: Reference, meeting: Reference };
/** By a host, to somebody. */
const byHost = { ...inMeeting, by: Fingerprint, who: Fingerprint };

export const auditEvents = {
  'sign-in:succeeded': z.strictObject({ account: OpaqueId, how: OpaqueId }),
  /** An account when the name that was tried is one. */
  'sign-in:failed': z.strictObject({ account: z.nullable(OpaqueId), how: OpaqueId, why: OpaqueId }),
  /** By the browser itself. */
  'sign-in:ended': z.strictObject({ account: OpaqueId }),
  /** From elsewhere: so many of its sessions. */
  'sign-in:revoked': z.strictObject({ account: OpaqueId, ...done, sessions: Count }),
  'account:invited': z.strictObject({ role: OpaqueId, ...done }),
  'account:invitation-revoked': z.strictObject({ role: OpaqueId, ...done }),
  'account:created': z.strictObject({ account: OpaqueId, ...done }),
  'account:role-changed': z.strictObject({ account: OpaqueId, ...done, from: OpaqueId, to: OpaqueId }),
  'account:disabled': z.strictObject({ account: OpaqueId, ...done }),
  'account:enabled': z.strictObject({ account: OpaqueId, ...done }),
  'account:deleted': z.strictObject({ account: OpaqueId, ...done }),
  'account:password-changed': z.strictObject({ account: OpaqueId }),
  /** A one-time link for another one. */
  'account:password-link-made': z.strictObject({ account: OpaqueId, ...done }),
  /** By such a link, which `by` has made; it has ended so many sessions. */
  'account:password-reset': z.strictObject({ account: OpaqueId, ...done, sessions: Count }),
  'account:passkey-added': z.strictObject({ account: OpaqueId }),
  'account:passkey-removed': z.strictObject({ account: OpaqueId }),
  'account:data-exported': z.strictObject({ account: OpaqueId }),
  'key:made': z.strictObject({ account: OpaqueId, key: OpaqueId, scopes: Scopes, expiresAt: Time }),
  /** By its owner, or by an admin, who may have used the key `byKey` for that. */
  'key:revoked': z.strictObject({
    ...{ account: OpaqueId, key: OpaqueId },
    ...{ by: z.optional(Admin), byKey: z.optional(OpaqueId) },
  }),
  /** `scope`: the organisation or a policy group. */
  'policy:changed': z.strictObject({
    ...done,
    scope: OpaqueId,
    field: OpaqueId,
    from: Setting,
    to: Setting,
  }),
  'policy:group-created': z.strictObject({ ...done, group: OpaqueId }),
  'policy:group-renamed': z.strictObject({ ...done, group: OpaqueId }),
  'policy:group-deleted': z.strictObject({ ...done, group: OpaqueId }),
  'policy:member-added': z.strictObject({ ...done, group: OpaqueId, account: OpaqueId }),
  'policy:member-removed': z.strictObject({ ...done, group: OpaqueId, account: OpaqueId }),
  /** Who was in when guests were let in no longer, or only those whose keys hosts have compared, or fewer at once. */
  'policy:put-out': z.strictObject({
    ...inMeeting,
    who: Fingerprint,
    why: z.enum(['guests-refused', 'sign-in-required', 'verification-required', 'room-full']),
  }),
  /** Null: by somebody at the machine itself, before there was an admin. */
  'room:created': z.strictObject({
    room: Reference,
    expiresAt: Time,
    lobby: z.boolean(),
    suite: Suite,
    by: z.optional(z.nullable(Admin)),
    key: z.optional(OpaqueId),
  }),
  /** One that an API has made has its first host; null: without an account. */
  'room:opened': z.strictObject({ room: Reference, by: z.nullable(Admin) }),
  'room:expired': z.strictObject({ room: Reference }),
  'room:ended-by-admin': z.strictObject({ room: Reference, ...done }),
  'room:expiry-changed': z.strictObject({ room: Reference, ...done, from: Time, to: Time }),
  'room:archived': z.strictObject({ room: Reference, ...done }),
  'room:deleted': z.strictObject({ room: Reference, ...done }),
  'meeting:started': z.strictObject(inMeeting),
  'meeting:ended': z.strictObject({
    ...inMeeting,
    why: z.enum([
      'empty',
      'group-lost',
      'ended-by-host',
      'expired',
      'room-closed',
      'ended-by-admin',
      'idle',
      'outside-hours',
      'suite-changed',
    ]),
  }),
  'host:admitted': z.strictObject(byHost),
  'host:refused': z.strictObject({ ...byHost, blocked: z.boolean() }),
  'host:removed': z.strictObject({ ...byHost, how: z.enum(['out', 'block', 'lobby']) }),
  'host:unblocked': z.strictObject(byHost),
  'host:promoted': z.strictObject(byHost),
  'host:demoted': z.strictObject(byHost),
  'host:ended': z.strictObject({ ...inMeeting, by: Fingerprint }),
  'host:extended': z.strictObject({ ...inMeeting, by: Fingerprint, from: Time, to: Time }),
  'host:set': z.strictObject({
    ...inMeeting,
    by: Fingerprint,
    lobby: z.boolean(),
    locked: z.boolean(),
    verifiedOnly: z.boolean(),
  }),
  /** Those whose commits nobody followed are out. */
  'host:rejected': z.strictObject(byHost),
  'webhook:made': z.strictObject({ webhook: OpaqueId, ...done }),
  'webhook:deleted': z.strictObject({ webhook: OpaqueId, ...done }),
  'webhook:tested': z.strictObject({ webhook: OpaqueId, ...done }),
  'audit:exported': z.strictObject(done),
  'audit:pruned': z.strictObject({ through: Count, rows: Count, days: Count }),
  /** As many events could not be written: the queue was full. */
  'audit:lost': z.strictObject({ events: Count }),
  'installation:erase-began': z.strictObject({ by: Admin }),
} as const satisfies Record<string, z.ZodMiniType>;

export type AuditType = keyof typeof auditEvents;
export const AUDIT_TYPES: readonly AuditType[] = Object.keys(auditEvents).filter((type): type is AuditType =>
  Object.hasOwn(auditEvents, type),
);
export type AuditData<N extends AuditType> = z.output<(typeof auditEvents)[N]>;

/** Who did something to the installation. */
export interface Actor {
  readonly by: string;
  /** The API key that it was done with. */
  readonly key?: string;
}

/** The keys under which events name accounts, API keys, rooms, meetings and people: what an auditor looks for. */
export const NAMING = ['account', 'by', 'key', 'byKey', 'room', 'meeting', 'who'] as const;

/** Whom and what an event is about, each once. */
export function namesIn(data: Readonly<Record<string, unknown>>): string[] {
  const names = NAMING.map((key) => data[key]).filter((name) => typeof name === 'string');
  return [...new Set(names)];
}

export interface AuditEvent {
  readonly type: AuditType;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** As the table says: checked by audited(), which alone makes these. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** Throws on data that the table does not have a place for. */
export function audited<N extends AuditType>(type: N, at: number, data: AuditData<N>): AuditEvent {
  const schema: z.ZodMiniType = auditEvents[type];
  return { type, at, data: z.parse(z.record(z.string(), z.unknown()), z.parse(schema, data)) };
}

/** Tells rooms apart and leads to none. The first eight digits are those of the process's log. */
export function reference(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 32);
}

/** As people see and compare it in a meeting, 20 digits (e2ee-worker/mls/safetyCode.ts). */
export function fingerprint(key: Uint8Array): string {
  const digest = createHash('sha256').update('in-camera 1 fingerprint').update(key).digest();
  const groups = [0, 8, 16, 24].map((at) => digest.readBigUInt64BE(at) % 100_000n);
  return groups.map((group) => group.toString().padStart(5, '0')).join(' ');
}
