// The tables, as migrations/ makes them. In types that SQLite and Postgres share: text, integer (0 and 1 for no and yes),
// bigint for milliseconds since 1970, base64url for bytes.
import type { AuditTables } from './auditSchema.ts';
import type { InstallationTables } from './installationSchema.ts';
import type { SecretTables } from './secretSchema.ts';
import type { WebhookTables } from './webhookSchema.ts';

export interface Tables extends SecretTables, AuditTables, WebhookTables, InstallationTables {
  rooms: {
    id: string;
    owner: string | null;
    state: string;
    /** Empty as long as nobody has opened a room that an API has made, and of an archived one. */
    host_key_hash: string;
    /** Of the token that opens it. */
    opening_hash: string | null;
    lobby: number;
    visited: number;
    created_at: number;
    expires_at: number;
    /** An admin has said that it may not be moved beyond that. */
    latest_end: number | null;
    ended_at: number | null;
    ending: string | null;
    extension: string | null;
    /** Also the position of the next one. */
    statement_count: number;
  };
  room_statements: {
    room_id: string;
    position: number;
    body: string;
  };
  /** What of better-auth's own tables (migrations/0010-accounts.ts) we read and write ourselves. Moments are ISO text in UTC. */
  users: {
    id: string;
    name: string;
    email: string;
    emailVerified: number;
    role: string;
    createdAt: string;
    updatedAt: string;
  };
  sessions: {
    id: string;
    userId: string;
    expiresAt: string;
    createdAt: string;
    userAgent: string | null;
  };
  credentials: {
    id: string;
    userId: string;
    providerId: string;
    accountId: string;
    password: string | null;
    createdAt: string;
    updatedAt: string;
  };
  api_keys: {
    id: string;
    account_id: string;
    name: string;
    key_hash: string;
    /** With blanks between them. */
    scopes: string;
    created_at: number;
    expires_at: number;
  };
  invitations: {
    token_hash: string;
    role: string;
    /** Null: as long as nobody has used it. */
    expires_at: number | null;
    created_at: number;
  };
}
