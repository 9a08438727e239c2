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
    host_key_hash: string;
    lobby: number;
    visited: number;
    created_at: number;
    expires_at: number;
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
}
