// The table of secrets/Secrets.ts.
export interface SecretTables {
  secrets: {
    purpose: string;
    id: string;
    /** As secrets/Sealer.ts makes it. */
    sealed: string;
  };
}
