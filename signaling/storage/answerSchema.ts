// The table of rest/Once.ts.
export interface AnswerTables {
  kept_answers: {
    /** Hash of who asked and of their Idempotency-Key. */
    id: string;
    /** An account. */
    holder: string;
    request_hash: string;
    /** The id of what was made: the answer goes when that is deleted. */
    about: string | null;
    /** Null while the request is being worked on. */
    sealed: string | null;
    begun_at: number;
  };
}
