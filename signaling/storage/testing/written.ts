// For tests: what a writerChild.ts writes, and how far it has come with each room. All that belongs together is there together.
import type { Kysely } from 'kysely';
import { expect } from 'vitest';
import { reference } from '../../audit/events.ts';
import type { Tables } from '../schema.ts';

export const LIFETIME_MS = 1e9;
export const LATER_MS = 2e9;
/** Some pages of a database. */
const SIGNED_BYTES = 12_000;

/** Of this room, so that the one of another would show. */
export const signedFor = (id: string): Uint8Array => Uint8Array.from(Buffer.alloc(SIGNED_BYTES, id));

export const STEPS = ['added', 'extended', 'ended'] as const;
export type Step = (typeof STEPS)[number];

/** Of every room that is there, the last step. Fails where half of a step is there. */
export async function stepsIn(db: Kysely<Tables>): Promise<Map<string, Step>> {
  const { rooms, ends } = await db.transaction().execute(async (tx) => ({
    rooms: await tx.selectFrom('rooms').selectAll().execute(),
    ends: await tx
      .selectFrom('audit_rows')
      .select('data')
      .where('type', '=', 'room:ended-by-admin')
      .execute(),
  }));
  const recorded = ends.map(({ data }): unknown => JSON.parse(data).room);
  const steps = new Map(rooms.map((room) => [room.id, stepOf(room)]));
  const ended = [...steps].filter(([, step]) => step === 'ended').map(([id]) => reference(id));
  // The room and the row that says so: neither without the other, and once.
  expect(recorded.toSorted()).toEqual(ended.toSorted());
  return steps;
}

function stepOf(
  room: Pick<Tables['rooms'], 'id' | 'state' | 'created_at' | 'expires_at' | 'extension'>,
): Step {
  const { id, state, created_at: from, expires_at: to, extension } = room;
  const moved = Buffer.from(signedFor(id)).toString('base64url');
  const whole = extension === null ? [LIFETIME_MS, null] : [LATER_MS, moved];
  expect([to - from, extension], 'the end and what was signed for it').toEqual(whole);
  if (state === 'ended') expect(extension).not.toBeNull();
  if (state === 'ended') return 'ended';
  return extension === null ? 'added' : 'extended';
}

/** Those of which a writer said that they had come so far, and which have not. */
export function missing(said: readonly string[], step: Step, found: ReadonlyMap<string, Step>): string[] {
  const far = (id: string) => STEPS.indexOf(found.get(id) ?? 'added');
  return said.filter((id) => !found.has(id) || far(id) < STEPS.indexOf(step));
}
