// What is left of an installation: the statement of what was destroyed, and its signature.
import * as z from 'zod/mini';

/** What an admin types, so that nobody erases everything by a slip. */
export const ERASE_WORDS = 'erase everything';

export const Erased = z.strictObject({
  kind: z.literal('erased'),
  /** Unix ms. */
  at: z.int().check(z.gte(0)),
  /** Of the audit log's key, with which this is signed: destroyed by now. Null when it could not be read any more. */
  publicKey: z.nullable(z.string()),
  database: z.enum(['sqlite', 'postgres']),
  /** Of this machine only: copies elsewhere are nothing that it could know of. */
  masterKey: z.enum([
    'destroyed in DATA_DIR of this machine',
    'none was in DATA_DIR of this machine',
    'in MASTER_KEY, to be destroyed by its owner',
  ]),
  /** Rows by table when the erasing began, as far as the database could be read. */
  rows: z.record(z.string(), z.int().check(z.gte(0))),
  files: z.array(z.string()),
  /** In the data directory, and not ours. */
  left: z.array(z.string()),
});
export type Erased = z.infer<typeof Erased>;

export const SignedErased = z.strictObject({
  statement: Erased,
  /** Ed25519, base64url; null when the key could not be read any more. */
  signature: z.nullable(z.string()),
});
export type SignedErased = z.infer<typeof SignedErased>;
