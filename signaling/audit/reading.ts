// Reading the audit log: page by page, or all of it as an export. storage/StoredAudit.ts is the one that does it.
import type { AuditRecord, Row } from './chain.ts';
import type { Actor, AuditType } from './events.ts';

export interface AuditQuery {
  readonly types?: readonly AuditType[] | undefined;
  /** An account, an API key, the reference of a room or a meeting, or a fingerprint. */
  readonly about?: string | undefined;
  /** Unix ms; `to` is the first that is too late. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Rows with a smaller number only. */
  readonly before?: number | undefined;
  readonly limit: number;
}

export interface AuditReader {
  /** The latest first. */
  page(query: AuditQuery): Promise<Row[]>;
  /** Notes who made it, and yields all there is, oldest first, with the signed end. */
  export(by: Actor): AsyncGenerator<AuditRecord>;
  /** Number of the last row. */
  count(): Promise<number>;
  /** 32 bytes in base64url, for whoever verifies an export. */
  readonly publicKey: string;
}
