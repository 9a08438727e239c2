// What better-auth reads and writes with: its own tables of our database, through our connections.
import { kyselyAdapter } from '@better-auth/kysely-adapter';
import type { Kysely } from 'kysely';
import type { Tables } from './schema.ts';

export type AuthAdapter = ReturnType<typeof kyselyAdapter>;

/**
 * `sqlite` on Postgres, too: so the library keeps to text and numbers, and one set of migrations makes its tables on both. It
 * decides nothing else that matters here: for the rest the adapter takes whatever Kysely's dialect does.
 */
export const authAdapter = (db: Kysely<Tables>): AuthAdapter =>
  kyselyAdapter(db, { type: 'sqlite', transaction: true });
