// The tables of policies, as migrations/0040-policies.ts makes them.
export interface PolicyTables {
  policies: {
    /** A group's, or 'organisation'. */
    id: string;
    /** Null of the organisation. */
    name: string | null;
    version: number;
    /** JSON. */
    rules: string;
  };
  policy_members: {
    policy: string;
    account: string;
  };
  /** Accounts that were deleted while they were members: their rooms are held to the group's rules until they end. */
  policy_deleted_members: {
    policy: string;
    account: string;
  };
  /** One row. Whoever changes any of it counts it up first, and so takes its turn. */
  policy_revision: {
    id: string;
    revision: number;
  };
}
