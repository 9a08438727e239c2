// The tables of accounts. Moments in better-auth's own are ISO text in UTC (migrations/0010-accounts.ts); we read of them and
// write in them what is here.
export interface AccountTables {
  users: {
    id: string;
    name: string;
    email: string;
    emailVerified: number;
    role: string;
    createdAt: string;
    updatedAt: string;
    /** In Unix ms: from then on it cannot sign in. */
    disabledAt: number | null;
  };
  sessions: {
    id: string;
    userId: string;
    expiresAt: string;
    createdAt: string;
    updatedAt: string;
    ipAddress: string | null;
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
  /** Challenges and states of sign-ins that have begun. */
  verifications: {
    id: string;
    value: string;
    expiresAt: string;
    createdAt: string;
  };
  passkeys: {
    id: string;
    userId: string;
    name: string | null;
    publicKey: string;
    credentialID: string;
    counter: number;
    deviceType: string;
    backedUp: number;
    transports: string | null;
    createdAt: string | null;
    aaguid: string | null;
  };
  api_keys: {
    id: string;
    account_id: string;
    name: string;
    key_hash: string;
    /** With blanks between them. */
    scopes: string;
    /** Requests; null for the usual number. */
    per_minute: number | null;
    created_at: number;
    expires_at: number;
  };
  invitations: {
    token_hash: string;
    role: string;
    /** An account, or `command line`; null when the start of the server has made it. */
    invited_by: string | null;
    /** Null: as long as nobody has used it. */
    expires_at: number | null;
    created_at: number;
  };
  /** One for an account at a time. */
  password_links: {
    account_id: string;
    token_hash: string;
    /** An account. */
    made_by: string;
    /** `updatedAt` of the credential that had the password then: the link is for no other. */
    password_at: string;
    created_at: number;
    expires_at: number;
  };
}
