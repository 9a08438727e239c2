// The tables of the audit log: audit/chain.ts says what is in them.
export interface AuditTables {
  /** The last row of each organisation's chain. Whoever appends changes it first, which makes writers take turns. */
  audit_chains: {
    organisation: string;
    count: number;
    hash: string;
  };
  audit_rows: {
    organisation: string;
    seq: number;
    at: number;
    type: string;
    /** As JSON. */
    data: string;
    prev: string;
    hash: string;
  };
  /** Which rows speak of whom and of what, for those who look for it. Not hashed: it only repeats what is in the rows. */
  audit_names: {
    organisation: string;
    name: string;
    seq: number;
  };
  audit_statements: {
    organisation: string;
    kind: string;
    count: number;
    hash: string;
    at: number;
    signature: string;
  };
}
