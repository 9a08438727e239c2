// What this device remembers from one meeting to the next: people it has met, rooms it is at home in. Parsed when read, as
// everything that comes from outside.
import * as z from 'zod/mini';
import { MAX_NAME_BYTES } from '#e2ee/messages.ts';
import { bytes, CERTIFICATE_BYTES, exactBytes, MAX_POLICY_BYTES, RoomId, Suite } from '#protocol';

/** Each has a few hundred bytes, and all of them are read when a meeting begins. */
export const MAX_PEOPLE = 2000;
export const MAX_NAMES = 5;
const MAX_ROOMS = 500;
const MAX_ISSUED = 15;

const time = z.number().check(z.int(), z.gte(0));
const certificate = exactBytes(CERTIFICATE_BYTES);

/** Latest first. */
const names = z.array(z.string().check(z.maxLength(MAX_NAME_BYTES))).check(z.maxLength(MAX_NAMES));

export const Person = z.strictObject({
  /** SHA-256 of the signature key, in hex. */
  keyHash: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  names,
  firstMet: time,
  lastMet: time,
  verified: z.boolean(),
  /** What they were called when their code was compared. */
  verifiedAs: z.optional(names),
});
export type Person = z.infer<typeof Person>;

export const RoomMemory = z.strictObject({
  roomId: RoomId,
  /** Meetings that this device founds begin with it. */
  lobby: z.boolean(),
  /** Chosen when the room was made; no meeting has a weaker one. */
  suite: z.optional(Suite),
  /** Makes this device a host of the room. */
  certificate: z.optional(certificate),
  /** Made by this device, for others of the same person. */
  issued: z.array(certificate).check(z.maxLength(MAX_ISSUED)),
  /** When it ends, as this device knows from having made it, or from its last meeting: no server has a say in it. */
  life: z.optional(z.strictObject({ expiresAt: time, latestEnd: time })),
  /** The policy that this device has known last, while it may found meetings; none once a host has ended the meeting. */
  lastPolicy: z.optional(bytes(MAX_POLICY_BYTES)),
  usedAt: time,
});
export type RoomMemory = z.infer<typeof RoomMemory>;

/** Records by key, in two tables. May fail; what fails is forgotten, never in the way of a call. */
export interface Store {
  all(table: Table): Promise<readonly unknown[]>;
  put(table: Table, key: string, value: unknown): Promise<void>;
  remove(table: Table, keys: readonly string[]): Promise<void>;
}
export const TABLES = ['people', 'rooms'] as const;
export type Table = (typeof TABLES)[number];

export interface Memory {
  people(): Promise<readonly Person[]>;
  rememberPerson(person: Person): Promise<void>;
  room(roomId: RoomId): Promise<RoomMemory | undefined>;
  rememberRoom(room: RoomMemory): Promise<void>;
}

const isPerson = (v: unknown): v is Person => Person.safeParse(v).success;
/** Until names were written down with it, whoever was verified was so under any name: the latest known is the likeliest. */
const withVerifiedName = (p: Person): Person =>
  p.verified && !p.verifiedAs ? { ...p, verifiedAs: p.names.slice(0, 1) } : p;
const isRoom = (v: unknown): v is RoomMemory => RoomMemory.safeParse(v).success;

/** The first to be forgotten are those not met for longest. Who was verified is kept as long as there are others. */
function oldestFirst(people: readonly Person[]): Person[] {
  return people.toSorted((a, b) => Number(a.verified) - Number(b.verified) || a.lastMet - b.lastMet);
}

async function forget(store: Store, table: Table, keys: readonly string[]): Promise<void> {
  if (keys.length > 0) await store.remove(table, keys);
}

export function memoryIn(store: Store): Memory {
  return {
    /** Read when a meeting begins; what is too much goes then, so that a meeting of a hundred costs a hundred writes. */
    async people() {
      const all = oldestFirst((await store.all('people')).filter(isPerson).map(withVerifiedName));
      const surplus = all.slice(0, Math.max(0, all.length - MAX_PEOPLE));
      await forget(
        store,
        'people',
        surplus.map((p) => p.keyHash),
      );
      return all.slice(surplus.length);
    },
    rememberPerson: (person) => store.put('people', person.keyHash, person),
    async room(roomId) {
      return (await store.all('rooms')).filter(isRoom).find((r) => r.roomId === roomId);
    },
    async rememberRoom(room) {
      await store.put('rooms', room.roomId, { ...room, issued: room.issued.slice(-MAX_ISSUED) });
      const all = (await store.all('rooms')).filter(isRoom).toSorted((a, b) => b.usedAt - a.usedAt);
      await forget(
        store,
        'rooms',
        all.slice(MAX_ROOMS).map((r) => r.roomId),
      );
    },
  };
}

/** For Node, for private sessions, and where the browser has no storage. */
export function forgetfulStore(): Store {
  const tables = { people: new Map<string, unknown>(), rooms: new Map<string, unknown>() };
  return {
    all: async (table) => [...tables[table].values()],
    async put(table, key, value) {
      tables[table].set(key, structuredClone(value));
    },
    async remove(table, keys) {
      for (const key of keys) tables[table].delete(key);
    },
  };
}
