// For tests, a process of its own: adds rooms with three statements each and then a fourth, and says so after each answer.
// It goes on until ROOMS of them are there, or until it is killed.
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { RoomId } from '#protocol';
import { loadStorageConfig } from '../../config.ts';
import { newId } from '../../newId.ts';
import { openDatabase } from '../database.ts';
import { StoredRooms } from '../StoredRooms.ts';

const database = await openDatabase(loadStorageConfig(process.env), () => undefined);
const rooms = new StoredRooms(database.db);
const statements = (count: number) =>
  Array.from({ length: count }, () => Uint8Array.from(randomBytes(1_000)));

say('opened');
for (let i = 0; i < Number(process.env.ROOMS); i++) {
  const createdAt = Date.now();
  const id = newId(RoomId);
  const hostKeyHash = Uint8Array.from(randomBytes(16));
  const room = {
    id,
    owner: null,
    state: 'open',
    hostKeyHash,
    lobby: false,
    suite: 'x25519',
    visited: false,
    createdAt,
  } as const;
  await rooms.add({ ...room, expiresAt: createdAt + 1e9 }, statements(3));
  say(`added ${id}`);
  for (const each of statements(1)) await rooms.addStatement(id, each);
  say(`stated ${id}`);
}
await database.close();

/** Written before this returns: what was said is no longer ours to lose. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}
