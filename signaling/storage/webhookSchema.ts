// The tables of webhooks/Courier.ts and WebhookDesk.ts.
export interface WebhookTables {
  webhooks: {
    id: string;
    /** Number of the last audit row that was delivered. */
    delivered: number;
    /** Last row of the message that is tried again as it was. */
    sending: number | null;
    attempts: number;
    next_at: number;
    claimed_until: number;
    /** URL and secret of one that an admin has made. */
    sealed: string | null;
    /** JSON; null for all. */
    types: string | null;
    created_at: number | null;
  };
  /** The delivery log. */
  webhook_attempts: {
    webhook: string;
    message: string;
    at: number;
    ms: number;
    attempt: number;
    status: number | null;
    fault: string | null;
  };
}
