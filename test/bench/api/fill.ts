// Fills the database of an installation that does not run yet: accounts, API keys, rooms, and an audit log that a year has left.
import { randomBytes } from 'node:crypto';
import { hashPassword } from 'better-auth/crypto';
import type { Kysely } from 'kysely';
import { hashOf, newToken } from '../../../signaling/accounts/token.ts';
import { type AuditEvent, audited, fingerprint, reference } from '../../../signaling/audit/events.ts';
import { openChain } from '../../../signaling/auditing.ts';
import { systemClock } from '../../../signaling/clock.ts';
import { newId, newUuid } from '../../../signaling/newId.ts';
import { RoomId, Scope } from '../../../signaling/protocol/index.ts';
import type { Room } from '../../../signaling/rooms.ts';
import { openDatabase } from '../../../signaling/storage/database.ts';
import { Ledger } from '../../../signaling/storage/Ledger.ts';
import { StoredAccounts } from '../../../signaling/storage/StoredAccounts.ts';
import { StoredRooms } from '../../../signaling/storage/StoredRooms.ts';
import type { Tables } from '../../../signaling/storage/schema.ts';

export const PASSWORD = 'correct horse battery';
const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const ROWS_AT_ONCE = 1_000;
/** More: more requests in one burst than one key may make. */
const KEYS = 200;
const MOST_PER_MINUTE = 6_000;

interface Sizes {
  readonly accounts: number;
  readonly rooms: number;
  readonly auditRows: number;
}

export interface Filled {
  readonly now: number;
  readonly keys: readonly string[];
  readonly emails: readonly string[];
  readonly accounts: readonly string[];
  readonly rooms: readonly string[];
}

export async function fill(dataDir: string, sizes: Sizes): Promise<Filled> {
  const config = { dataDir, databaseUrl: undefined, masterKey: undefined };
  const database = await openDatabase(config, (fault) => {
    throw fault;
  });
  const now = Date.now();
  try {
    const { db } = database;
    const { chain } = await openChain(config, { database, clock: systemClock });
    const ledger = new Ledger({ db, chain, clock: systemClock });
    const accounts = await addAccounts(db, sizes.accounts, now);
    const rooms = await addRooms(
      db,
      accounts.map(({ id }) => id),
      sizes.rooms,
      now,
    );
    for (let from = 0; from < sizes.auditRows; from += ROWS_AT_ONCE) {
      const events = Array.from({ length: Math.min(ROWS_AT_ONCE, sizes.auditRows - from) }, (_, i) => {
        const at = now - Math.round((1 - (from + i) / sizes.auditRows) * 300 * DAY_MS);
        return eventOf(from + i, at, { accounts, rooms });
      });
      await chain.append(events);
    }
    const keys = await addKeys(new StoredAccounts(db, ledger), accounts[0]?.id ?? '', now);
    return {
      now,
      keys,
      rooms,
      accounts: accounts.map(({ id }) => id),
      emails: accounts.map(({ email }) => email),
    };
  } finally {
    await database.close();
  }
}

/** The first is the admin. All have one password: hashing it a thousand times is not what is measured. */
async function addAccounts(db: Kysely<Tables>, count: number, now: number) {
  const password = await hashPassword(PASSWORD);
  const accounts = Array.from({ length: count }, (_, i) => {
    const iso = new Date(now - (count - i) * HOUR_MS).toISOString();
    return {
      id: newUuid(),
      name: `Person ${i}`,
      email: `person${i}@example.org`,
      emailVerified: 0,
      role: i === 0 ? 'admin' : i % 10 === 1 ? 'host' : 'member',
      disabledAt: null,
      createdAt: iso,
      updatedAt: iso,
    };
  });
  await db.transaction().execute(async (tx) => {
    for (const account of accounts) {
      const { id, createdAt, updatedAt } = account;
      await tx.insertInto('users').values(account).execute();
      const credential = { userId: id, providerId: 'credential', accountId: id, password };
      await tx
        .insertInto('credentials')
        .values({ id: newUuid(), ...credential, createdAt, updatedAt })
        .execute();
    }
  });
  return accounts;
}

/** Of each five, three are open, as many as the server has at most are not what a list shows. */
async function addRooms(db: Kysely<Tables>, owners: readonly string[], count: number, now: number) {
  const store = new StoredRooms(db);
  const rooms = Array.from({ length: count }, (_, i): Room => {
    const createdAt = now - (count - i) * 10 * 60_000;
    const over = i % 5 > 2;
    return {
      id: newId(RoomId),
      owner: owners[i % owners.length] ?? null,
      state: over ? 'ended' : 'open',
      hostKeyHash: randomBytes(32),
      lobby: true,
      suite: 'x25519',
      visited: i % 2 === 0,
      createdAt,
      expiresAt: over ? createdAt + HOUR_MS : now + (i + 1) * HOUR_MS,
      ...(over ? { ending: 'expired' as const } : {}),
    };
  });
  for (const room of rooms) await store.add(room);
  return rooms.map(({ id }) => id);
}

async function addKeys(store: StoredAccounts, account: string, now: number): Promise<string[]> {
  const keys = Array.from({ length: KEYS }, () => `ic_${newToken()}`);
  for (const [i, key] of keys.entries()) {
    const made = {
      id: newUuid(),
      name: `Key ${i}`,
      scopes: [...Scope.options],
      perMinute: MOST_PER_MINUTE,
      createdAt: now,
      expiresAt: now + DAY_MS,
    };
    if (!(await store.addKey(account, hashOf(key), made, KEYS))) throw new Error('a key was not made');
  }
  return keys;
}

/** Mostly what meetings leave; one in a thousand is a change of policy. */
function eventOf(
  i: number,
  at: number,
  { accounts, rooms }: { accounts: readonly { readonly id: string }[]; rooms: readonly string[] },
): AuditEvent {
  const account = accounts[i % accounts.length]?.id ?? '';
  const room = reference(rooms[i % rooms.length] ?? '');
  const meeting = reference(`meeting ${i >> 3}`);
  if (i % 1_000 === 0) {
    const change = { by: account, scope: 'organisation', field: 'maxParticipants', from: 10, to: 20 };
    return audited('policy:changed', at, change);
  }
  if (i % 8 === 0)
    return audited('room:created', at, {
      room,
      expiresAt: at + HOUR_MS,
      lobby: true,
      suite: 'x25519',
      by: account,
    });
  if (i % 8 === 1) return audited('meeting:started', at, { room, meeting });
  if (i % 8 === 2) return audited('meeting:ended', at, { room, meeting, why: 'empty' });
  if (i % 8 < 6) return audited('sign-in:succeeded', at, { account, how: 'password' });
  const [by, who] = [fingerprint(Buffer.from(`host ${i % 500}`)), fingerprint(Buffer.from(`guest ${i}`))];
  return audited('host:admitted', at, { room, meeting, by, who });
}
