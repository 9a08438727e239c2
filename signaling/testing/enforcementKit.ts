// Installations whose policies change while they run. Each is changed as another process would change it; a turn of the clock by one
// second is all that the server gets.
import type { PolicyRules, RoomId } from '#protocol';
import type { PolicyDesk } from '../policy/PolicyDesk.ts';
import { StoredRooms } from '../storage/StoredRooms.ts';
import { memoryDatabase } from '../storage/testing/places.ts';
import { claimed } from './accountsKit.ts';
import { policyDeskOn } from './policyKit.ts';
import { addOf, FakeClock, startServer, type TestClient } from './testkit.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** The organisation's policy is to be that. */
export async function rule(desk: PolicyDesk, rules: PolicyRules): Promise<void> {
  const { version } = await desk.organisation();
  await desk.setOrganisation({ by: 'the-admin' }, { rules, version });
}

/** A machine that nobody has claimed: for rules that are the same for everybody. */
export async function open() {
  const clock = new FakeClock();
  const db = await memoryDatabase();
  const rooms = new StoredRooms(db);
  const server = await startServer({ clock, db, rooms });
  const desk = policyDeskOn(db);
  const set = async (rules: PolicyRules) => {
    await rule(desk, rules);
    clock.advance(1_000);
  };
  return { clock, db, rooms, server, desk, set };
}

/** One with accounts. */
export async function withAccounts() {
  const clock = new FakeClock(Date.now());
  const db = await memoryDatabase();
  const all = await claimed({ clock, db });
  const desk = policyDeskOn(db);
  const set = async (rules: PolicyRules) => {
    await rule(desk, rules);
    clock.advance(1_000);
  };
  const idOf = async (email: string) =>
    (await all.accounts()).find((account) => account.email === email)?.id ?? '';
  return { ...all, clock, db, desk, set, idOf };
}

export const create = async (client: TestClient, lifetimeMs = HOUR_MS) => ({
  hostKeyHash: client.device.rootHash(),
  lobby: false,
  suite: 'x25519' as const,
  lifetimeMs,
});

export const joining = async (client: TestClient, roomId: RoomId) =>
  client.outcome('meeting:join', await client.entry(roomId));

/** Added by the founder of a meeting that has nobody else. */
export async function added(
  founder: TestClient,
  roomId: RoomId,
  joiners: readonly TestClient[],
): Promise<void> {
  for (const [epoch, joiner] of joiners.entries()) {
    await joiner.wait(roomId);
    await founder.ask('group:commit', addOf(epoch, joiner));
    await joiner.hears('group:welcomed');
  }
}
