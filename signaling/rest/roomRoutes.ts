// Rooms, for admins; and making one, for whoever may.
import * as z from 'zod/mini';
import {
  MAX_LIFETIME_MS,
  MadeRoom,
  MIN_LIFETIME_MS,
  ROOM_STATES,
  RoomList,
  RoomSummary,
  Schedule,
  Suite,
} from '#protocol';
import type { Clock } from '../clock.ts';
import { Problem } from '../problem.ts';
import type { RoomAction } from '../roomAdmin.ts';
import { listed, moment, pageOf, paging, sorting, yesOrNo } from './list.ts';
import type { RoomOffice } from './RoomOffice.ts';
import { fileRoute, type Route, route } from './route.ts';

interface Deps {
  readonly office: RoomOffice;
  readonly clock: Pick<Clock, 'now'>;
}

const tag = 'Rooms' as const;
const orders = { created: 'time', expires: 'time' } as const;

const account = z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/));
/** Of a list's query. */
const asked = {
  state: z.optional(z.enum(ROOM_STATES)),
  owner: z.optional(account),
  visited: z.optional(yesOrNo('Whether anybody has ever come.')),
  createdFrom: z.optional(moment('Made then or later.')),
  createdBefore: z.optional(moment('Made before.')),
  expiresFrom: z.optional(moment('Ends then or later.')),
  expiresBefore: z.optional(moment('Ends before.')),
};
const time = z.int().check(z.gte(0), z.lte(8.64e15));
/** The same in a body. */
const Filter = z
  .strictObject({
    state: z.optional(z.enum(ROOM_STATES)),
    owner: z.optional(account),
    visited: z.optional(z.boolean()),
    createdFrom: z.optional(time),
    createdBefore: z.optional(time),
    expiresFrom: z.optional(time),
    expiresBefore: z.optional(time),
  })
  .register(z.globalRegistry, {
    description: 'At least one. `{"state": "open"}` is all open rooms.',
  });

export function roomRoutes(deps: Deps): readonly Route[] {
  return [...looking(deps), making(deps), calendar(deps), ...ending(deps), bulk(deps)];
}

const looking = ({ office }: Deps): Route[] => [
  route({
    name: 'listRooms',
    method: 'GET',
    path: '/rooms',
    tag,
    doc: 'Rooms, with how many people are in them: never who, and nothing of what is said.',
    needs: 'admin',
    scope: 'rooms:read',
    query: z.strictObject({
      ...paging,
      sort: sorting(['created', 'expires']),
      ...asked,
      live: z.optional(yesOrNo('Whether a meeting is running there, in the process that answers.')),
    }),
    answer: RoomList,
    run: async ({ query }) => {
      const place = pageOf(query, orders, '-created');
      const { sort: _sort, limit: _limit, cursor: _cursor, ...filter } = query;
      const found = await office.page(filter, place.page);
      return listed(found, place, ({ id, createdAt, expiresAt }) => [
        place.page.sort === 'created' ? createdAt : expiresAt,
        id,
      ]);
    },
  }),
  route({
    name: 'getRoom',
    method: 'GET',
    path: '/rooms/:id',
    tag,
    doc: 'One room.',
    needs: 'admin',
    scope: 'rooms:read',
    answer: RoomSummary,
    run: ({ params }) => office.one(params.id ?? ''),
  }),
];

const making = ({ office }: Deps): Route =>
  route({
    name: 'createRoom',
    method: 'POST',
    path: '/rooms',
    tag,
    doc: 'Makes a room that its first host opens. The secret of the invite link is made in that host’s browser, as the server must not know it: the answer has the one-time address to open, not the link.',
    needs: 'host',
    scope: 'rooms:write',
    creates: true,
    body: z
      .strictObject({
        lobby: z.optional(
          z
            .boolean()
            .register(z.globalRegistry, { description: 'People wait until a host admits them; usually so.' }),
        ),
        suite: z.optional(
          Suite.register(z.globalRegistry, {
            description:
              'The weakest cipher suite that meetings of the room may have; x25519 if nothing is said. Where the policy wants a stronger one, it is that.',
          }),
        ),
        lifetimeMs: z.optional(z.int().check(z.gte(MIN_LIFETIME_MS), z.lte(MAX_LIFETIME_MS))),
        schedule: z.optional(
          Schedule.register(z.globalRegistry, {
            description:
              'Instead of lifetimeMs: nobody comes in at other times, and the room ends with the last of them.',
          }),
        ),
      })
      .check(z.refine(({ lifetimeMs, schedule }) => lifetimeMs === undefined || schedule === undefined)),
    answer: MadeRoom,
    problems: ['LIFETIME_CAPPED', 'TOO_MANY_ROOMS'],
    run: ({ body, asker, actor }) => office.create(body, { asker: asker(), by: actor() }),
  });

/** What calendars show of a meeting, else. */
const SUMMARY = 'Meeting';

const calendar = ({ office }: Deps): Route =>
  fileRoute({
    name: 'getCalendar',
    method: 'GET',
    path: '/rooms/:id/calendar',
    tag,
    doc: 'The times of a room with a schedule as a calendar entry (RFC 5545), for whoever made it and for admins. It has the room’s address, not the link, which comes from the host.',
    needs: 'host',
    scope: 'rooms:read',
    query: z.strictObject({
      summary: z.optional(
        z
          .string()
          .check(z.minLength(1), z.maxLength(200), z.regex(/^[^\p{Cc}\p{Cs}]*$/u))
          .register(z.globalRegistry, {
            description: `What the entry is called, else ${SUMMARY}. It is kept nowhere.`,
          }),
      ),
    }),
    files: [{ type: 'text/calendar; charset=utf-8' }],
    run: async ({ params, query: { summary = SUMMARY }, asker }) => {
      const text = await office.calendar(params.id ?? '', summary, asker());
      return { type: 'text/calendar; charset=utf-8', name: 'meeting.ics', chunks: one(text) };
    },
  });

async function* one(text: string): AsyncGenerator<string> {
  yield text;
}

const ending = ({ office, clock }: Deps): Route[] => [
  route({
    name: 'shortenRoom',
    method: 'PATCH',
    path: '/rooms/:id',
    tag,
    doc: 'Lets a room end earlier. The server ends its meeting then, and no host moves that; what the members have signed is only ever the latest end.',
    needs: 'admin',
    scope: 'rooms:write',
    body: z.strictObject({ expiresAt: time }),
    answer: RoomSummary,
    problems: ['ROOM_ENDED', 'NOT_EARLIER'],
    run: async ({ params, body, actor }) => {
      await office.act(shortening(body.expiresAt, clock), params.id ?? '', actor());
      return office.one(params.id ?? '');
    },
  }),
  route({
    name: 'endRoom',
    method: 'POST',
    path: '/rooms/:id/end',
    tag,
    doc: 'Ends a room now, with its meeting. Its link is dead for ever.',
    needs: 'admin',
    scope: 'rooms:write',
    answer: RoomSummary,
    problems: ['ROOM_ENDED'],
    run: async ({ params, actor }) => {
      await office.act({ do: 'end' }, params.id ?? '', actor());
      return office.one(params.id ?? '');
    },
  }),
  route({
    name: 'archiveRoom',
    method: 'POST',
    path: '/rooms/:id/archive',
    tag,
    doc: 'Forgets of an ended room what only an open one needs. This happens by itself thirty days after its end.',
    needs: 'admin',
    scope: 'rooms:write',
    answer: RoomSummary,
    problems: ['ROOM_OPEN', 'ROOM_ENDED'],
    run: async ({ params, actor }) => {
      await office.act({ do: 'archive' }, params.id ?? '', actor());
      return office.one(params.id ?? '');
    },
  }),
  route({
    name: 'deleteRoom',
    method: 'DELETE',
    path: '/rooms/:id',
    tag,
    doc: 'Deletes a room with all traces, and ends its meeting. The audit log keeps a hash of its id, from which the id cannot be found.',
    needs: 'admin',
    scope: 'rooms:write',
    run: ({ params, actor }) => office.act({ do: 'delete' }, params.id ?? '', actor()),
  }),
];

const Action = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('end') }),
  z.strictObject({ do: z.literal('shorten'), expiresAt: time }),
  z.strictObject({ do: z.literal('archive') }),
  z.strictObject({ do: z.literal('delete') }),
]);

const bulk = ({ office, clock }: Deps): Route =>
  route({
    name: 'changeRooms',
    method: 'POST',
    path: '/rooms/bulk',
    tag,
    doc: 'Ends, shortens, archives or deletes all rooms that the filter names and where it is possible, and answers how many it has hit. `more`: there are others; ask again.',
    needs: 'admin',
    scope: 'rooms:write',
    body: z.strictObject({ action: Action, filter: Filter }),
    answer: z.strictObject({ hit: z.int(), more: z.boolean() }),
    problems: ['ALL_OF_THEM'],
    run: ({ body: { action, filter }, actor }) => {
      if (Object.keys(filter).length === 0) throw new Problem('ALL_OF_THEM');
      const wanted = action.do === 'shorten' ? shortening(action.expiresAt, clock) : action;
      return office.many(wanted, filter, actor());
    },
  });

/** Throws a Problem for a time that is over. */
function shortening(expiresAt: number, clock: Pick<Clock, 'now'>): RoomAction {
  if (expiresAt <= clock.now())
    throw new Problem('BAD_REQUEST', 'expiresAt is over: to end a room now, end it');
  return { do: 'shorten', expiresAt };
}
