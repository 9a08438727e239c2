// The tables, as migrations/ makes them. In types that SQLite and Postgres share: text, integer (0 and 1 for no and yes),
// bigint for milliseconds since 1970, base64url for bytes.
import type { AccountTables } from './accountSchema.ts';
import type { AnswerTables } from './answerSchema.ts';
import type { AuditTables } from './auditSchema.ts';
import type { InstallationTables } from './installationSchema.ts';
import type { PolicyTables } from './policySchema.ts';
import type { SecretTables } from './secretSchema.ts';
import type { WebhookTables } from './webhookSchema.ts';

export interface Tables
  extends SecretTables,
    AuditTables,
    WebhookTables,
    InstallationTables,
    AccountTables,
    AnswerTables,
    PolicyTables {
  rooms: {
    id: string;
    owner: string | null;
    state: string;
    /** Empty as long as nobody has opened a room that an API has made, and of an archived one. */
    host_key_hash: string;
    /** Of the token that opens it. */
    opening_hash: string | null;
    lobby: number;
    suite: string;
    visited: number;
    created_at: number;
    expires_at: number;
    /** An admin has said that it may not be moved beyond that. */
    latest_end: number | null;
    ended_at: number | null;
    ending: string | null;
    /** What a host has signed to move the end. */
    extension: string | null;
    /** As JSON. */
    schedule: string | null;
  };
}
