// For tests: rows that better-auth writes, without it.
import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Tables } from '../schema.ts';

interface SessionRow {
  readonly id: string;
  readonly userId: string;
  readonly createdAt: string;
  readonly expiresAt: number;
}

export async function addSession(
  db: Kysely<Tables>,
  { id, userId, createdAt, expiresAt }: SessionRow,
): Promise<void> {
  await db
    .withTables<{ sessions: Record<string, string | null> }>()
    .insertInto('sessions')
    .values({
      id,
      userId,
      token: randomUUID(),
      createdAt,
      updatedAt: createdAt,
      userAgent: 'Firefox',
      expiresAt: new Date(expiresAt).toISOString(),
    })
    .execute();
}
