// What the HTTP routes for admins answer, so that pages and programs check it with the same schemas.
import * as z from 'zod/mini';
import { Account, Role } from './account.ts';
import { RoomId } from './ids.ts';
import { listOf } from './lists.ts';
import { Suite } from './policy.ts';
import { Schedule } from './schedule.ts';

/** Unix ms. */
const time = z.int().check(z.gte(0));
const count = z.int().check(z.gte(0));

/** An account as admins see it. */
export const Person = z.strictObject({
  ...Account.shape,
  createdAt: time,
  /** It cannot sign in, and its API keys open nothing. */
  disabled: z.boolean(),
  /** Places where it is signed in. */
  sessions: count,
  /** Of the last of those. */
  signedInAt: z.nullable(time),
});
export type Person = z.infer<typeof Person>;
export const PersonList = listOf(Person);

/** Where an account is signed in, as admins see it. */
export const PersonSession = z.strictObject({
  id: z.string(),
  createdAt: time,
  /** When it was last used, to within the hour. */
  seenAt: time,
  expiresAt: time,
  /** In words, from what the browser said of itself. */
  browser: z.string(),
  /** It is the one that asks. */
  current: z.boolean(),
});
export type PersonSession = z.infer<typeof PersonSession>;
export const PersonSessionList = listOf(PersonSession);

/** A one-time link that nobody has used. */
export const Invitation = z.strictObject({
  id: z.string(),
  role: Role,
  /** An account, or `command line`: whoever has the machine. */
  by: z.string(),
  createdAt: time,
  expiresAt: time,
});
export type Invitation = z.infer<typeof Invitation>;
export const InvitationList = listOf(Invitation);

/**
 * open ─▶ ended ─▶ archived, and never back. In an open room people meet. An ended one lets nobody in any more. Of an
 * archived one only its id, owner, times and why it ended are left: nobody else is ever given that id.
 */
export const ROOM_STATES = ['open', 'ended', 'archived'] as const;

/** Why a room is not open any more: its time was over; before that, nobody had come and the store was full, or a host or an admin ended it. */
export const ENDINGS = ['expired', 'unvisited', 'host', 'admin'] as const;

/** A room as admins see it: never who is in it, and nothing of what is said there. */
export const RoomSummary = z.strictObject({
  id: RoomId,
  state: z.enum(ROOM_STATES),
  /** The account that made it; null when somebody at the machine itself did. Without name and address when it is deleted. */
  owner: z.nullable(
    z.strictObject({ id: z.string(), name: z.nullable(z.string()), email: z.nullable(z.string()) }),
  ),
  lobby: z.boolean(),
  /** Its meetings have no weaker one. */
  suite: Suite,
  /** False: made by the API, and its first host has not come yet. */
  opened: z.boolean(),
  /** Somebody has come. */
  visited: z.boolean(),
  createdAt: time,
  expiresAt: time,
  endedAt: z.nullable(time),
  ending: z.nullable(z.enum(ENDINGS)),
  ageMs: count,
  /** 0 when it is over. */
  leftMs: count,
  /** In its meeting, as the process sees that answers. */
  people: count,
  /** At its door. */
  waiting: count,
  /** Of a room that is open at some times only. */
  schedule: z.optional(Schedule),
  /** The next of those times; absent while it is one. */
  opensAt: z.optional(time),
});
export type RoomSummary = z.infer<typeof RoomSummary>;
export const RoomList = listOf(RoomSummary);

/** A room that an API has made: whoever opens `url` first becomes its host, and gets the link that others are invited with. */
export const MadeRoom = z.strictObject({
  room: RoomSummary,
  /** Once; shown here only. It holds no key: those are made by the browser that opens it. */
  url: z.string(),
  note: z.string(),
});
export type MadeRoom = z.infer<typeof MadeRoom>;

export const AuditEntry = z.strictObject({
  seq: z.int().check(z.gte(1)),
  at: time,
  type: z.string(),
  data: z.record(z.string(), z.unknown()),
});
export type AuditEntry = z.infer<typeof AuditEntry>;
export const AuditList = listOf(AuditEntry);

/** How the installation is doing, as the process sees it that answers. */
export const Overview = z.strictObject({
  version: z.string(),
  startedAt: time,
  now: time,
  /** Why meetings cannot have media at the moment. */
  notReady: z.nullable(z.string()),
  rooms: z.strictObject({ open: count, live: count }),
  people: count,
  waiting: count,
  accounts: count,
  nodes: z.array(
    z.strictObject({
      instance: z.string(),
      connected: z.boolean(),
      meetings: count,
      /** Streams that each of its workers sends. */
      load: z.array(count),
    }),
  ),
  /** `waiting` for the database, and `lost` as it was away for too long. */
  audit: z.strictObject({ rows: count, waiting: count, lost: count }),
});
export type Overview = z.infer<typeof Overview>;
