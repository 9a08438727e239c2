// For tests, a process of its own: adds rooms, moves the end of each with what a host has signed, ends it as an admin does, and
// says so after each answer. It goes on until ROOMS of them are there, or until it is killed.
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { RoomId } from '#protocol';
import { loadStorageConfig } from '../../config.ts';
import { newId } from '../../newId.ts';
import { auditOn } from '../../testing/auditKit.ts';
import { openDatabase } from '../database.ts';
import { StoredRooms } from '../StoredRooms.ts';
import { LATER_MS, LIFETIME_MS, signedFor } from './written.ts';

const database = await openDatabase(loadStorageConfig(process.env), () => undefined);
const rooms = new StoredRooms(database.db);
const { stores } = auditOn(database.db);

say('opened');
for (let i = 0; i < Number(process.env.ROOMS); i++) {
  const createdAt = Date.now();
  const id = newId(RoomId);
  const room = {
    id,
    owner: null,
    state: 'open',
    hostKeyHash: Uint8Array.from(randomBytes(16)),
    lobby: false,
    suite: 'x25519',
    visited: false,
    createdAt,
  } as const;
  await rooms.add({ ...room, expiresAt: createdAt + LIFETIME_MS });
  say(`added ${id}`);
  await rooms.extend(id, createdAt + LATER_MS, signedFor(id));
  say(`extended ${id}`);
  await stores.rooms.act({ do: 'end' }, { ids: [id] }, 1, { by: 'ada' });
  say(`ended ${id}`);
}
await database.close();

/** Written before this returns: what was said is no longer ours to lose. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}
