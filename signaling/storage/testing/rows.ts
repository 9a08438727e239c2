// For tests: rows that better-auth writes, without it.
import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Tables } from '../schema.ts';

/** As it was before step 0081, with two statements that nothing but tests has ever made. */
export async function addFormerRoom(db: Kysely<Tables>, id: string): Promise<void> {
  const row = { id, state: 'open', host_key_hash: 'AAAA', lobby: 1, created_at: 1, expires_at: 2e12 };
  const former = db.withTables<{
    rooms: Record<string, string | number>;
    room_statements: Record<string, string | number>;
  }>();
  await former
    .insertInto('rooms')
    .values({ ...row, statement_count: 2, extension: 'AQID' })
    .execute();
  for (const position of [0, 1])
    await former.insertInto('room_statements').values({ room_id: id, position, body: 'BBBB' }).execute();
}

export async function addUser(db: Kysely<Tables>, id: string): Promise<void> {
  const at = new Date().toISOString();
  const user = { name: id, email: `${id}@example.org`, emailVerified: 0, role: 'member' };
  await db
    .insertInto('users')
    .values({ id, ...user, createdAt: at, updatedAt: at })
    .execute();
}

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
