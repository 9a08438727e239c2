// What admins do with accounts.
import * as z from 'zod/mini';
import {
  ApiKeyList,
  browserName,
  InvitationList,
  MAX_PAGE,
  Person,
  PersonList,
  PersonSessionList,
  Role,
} from '#protocol';
import type { Clock } from '../clock.ts';
import { Problem } from '../problem.ts';
import { listed, pageOf, paging, sorting, yesOrNo } from '../rest/list.ts';
import { type Route, route } from '../rest/route.ts';
import type { AccountDesk } from './AccountDesk.ts';
import { line } from './fields.ts';
import type { Changed, PeopleStore } from './people.ts';

interface Deps {
  readonly desk: AccountDesk;
  readonly clock: Pick<Clock, 'now'>;
  readonly people: PeopleStore;
}

const UUID = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';
/** As many as one page of another list names. */
const MAX_IDS = 200;

const tag = 'Accounts' as const;
const orders = { email: 'text', created: 'time' } as const;
const latestFirst = { created: 'time' } as const;

export function peopleRoutes(deps: Deps): readonly Route[] {
  return [...peopleOf(deps), ...changing(deps), ...sessionsOf(deps), ...keysOf(deps), ...invitations(deps)];
}

const peopleOf = ({ people, clock }: Deps): Route[] => [
  route({
    name: 'listAccounts',
    method: 'GET',
    path: '/accounts',
    tag,
    doc: 'All accounts.',
    needs: 'admin',
    scope: 'accounts:read',
    query: z.strictObject({
      ...paging,
      sort: sorting(['email', 'created']),
      search: z.optional(
        line(100).register(z.globalRegistry, { description: 'A part of the name or of the e-mail address.' }),
      ),
      role: z.optional(Role),
      ids: z.optional(
        z
          .string()
          .check(z.regex(new RegExp(`^${UUID}(,${UUID}){0,${MAX_IDS - 1}}$`)))
          .register(z.globalRegistry, {
            description: `Of these only: up to ${MAX_IDS} ids with commas between them.`,
          }),
      ),
      disabled: z.optional(yesOrNo('Those that are shut out, or those that are not.')),
    }),
    answer: PersonList,
    run: async ({ query }) => {
      const place = pageOf(query, orders, 'email');
      const ids = query.ids?.split(',');
      const found = await people.page({ ...query, ids }, place.page, clock.now());
      return listed(found, place, (person) => [
        place.page.sort === 'email' ? person.email : person.createdAt,
        person.id,
      ]);
    },
  }),
  route({
    name: 'getAccount',
    method: 'GET',
    path: '/accounts/:id',
    tag,
    doc: 'One account.',
    needs: 'admin',
    scope: 'accounts:read',
    answer: Person,
    run: ({ params }) => personOf(params.id ?? '', people, clock),
  }),
];

const changing = ({ people, clock }: Deps): Route[] => [
  route({
    name: 'changeAccount',
    method: 'PATCH',
    path: '/accounts/:id',
    tag,
    doc: 'Gives an account another role, shuts it out or lets it in again; its sockets have it within seconds. Where the company’s sign-in decides over roles, it does so anew at each sign-in.',
    needs: 'admin',
    scope: 'accounts:write',
    body: z
      .strictObject({ role: z.optional(Role), disabled: z.optional(z.boolean()) })
      .check(z.refine((to) => Object.keys(to).length > 0)),
    answer: Person,
    problems: ['LAST_ADMIN'],
    run: async ({ body: { role, disabled }, params, actor }) => {
      const to = { ...(role !== undefined && { role }), ...(disabled !== undefined && { disabled }) };
      settle(await people.change(params.id ?? '', to, actor(), clock.now()));
      return personOf(params.id ?? '', people, clock);
    },
  }),
  route({
    name: 'deleteAccount',
    method: 'DELETE',
    path: '/accounts/:id',
    tag,
    doc: 'Deletes an account, with its sessions, passkeys and API keys. The audit log keeps its opaque id, with no name to it.',
    needs: 'admin',
    scope: 'accounts:write',
    problems: ['LAST_ADMIN'],
    run: async ({ params, actor }) => settle(await people.delete(params.id ?? '', actor())),
  }),
];

const sessionsOf = ({ people, clock, desk }: Deps): Route[] => [
  route({
    name: 'listAccountSessions',
    method: 'GET',
    path: '/accounts/:id/sessions',
    tag,
    doc: `Where an account is signed in: the latest ${MAX_PAGE}, with the browser in words.`,
    needs: 'admin',
    scope: 'accounts:read',
    answer: PersonSessionList,
    run: async ({ params, caller }) => {
      const { id } = await personOf(params.id ?? '', people, clock);
      const items = (await desk.store.sessionsOf(id, clock.now())).map(({ userAgent, ...session }) => ({
        ...session,
        browser: browserName(userAgent),
        current: session.id === caller.signedIn?.sessionId,
      }));
      return { items: items.slice(0, MAX_PAGE), next: null };
    },
  }),
  route({
    name: 'endAccountSession',
    method: 'DELETE',
    path: '/accounts/:id/sessions/:session',
    tag,
    doc: 'Signs an account out in one place: its sockets there are closed within seconds.',
    needs: 'admin',
    scope: 'accounts:write',
    run: async ({ params: { id = '', session = '' }, actor }) => {
      if (!(await desk.store.endSession(id, session, actor()))) throw new Problem('NOT_FOUND');
    },
  }),
  route({
    name: 'signOutAccount',
    method: 'DELETE',
    path: '/accounts/:id/sessions',
    tag,
    doc: 'Signs an account out everywhere: its sockets are closed within seconds. Its API keys go on working.',
    needs: 'admin',
    scope: 'accounts:write',
    answer: z.strictObject({ ended: z.int() }),
    run: async ({ params, actor }) => {
      const ended = await desk.store.endSessionsOf(params.id ?? '', actor());
      if (ended === undefined) throw new Problem('NOT_FOUND');
      return { ended };
    },
  }),
];

const keysOf = ({ people, clock, desk }: Deps): Route[] => [
  route({
    name: 'listAccountKeys',
    method: 'GET',
    path: '/accounts/:id/keys',
    tag,
    doc: 'API keys of an account, without what they are used with.',
    needs: 'admin',
    scope: 'accounts:read',
    answer: ApiKeyList,
    run: async ({ params }) => {
      const { id } = await personOf(params.id ?? '', people, clock);
      return { items: await desk.store.keysOf(id), next: null };
    },
  }),
  route({
    name: 'deleteAccountKey',
    method: 'DELETE',
    path: '/accounts/:id/keys/:key',
    tag,
    doc: 'Ends an API key of an account: it opens nothing from the next request on.',
    needs: 'admin',
    scope: 'accounts:write',
    run: async ({ params: { id = '', key = '' }, actor }) => {
      if (!(await desk.store.deleteKey(id, key, actor()))) throw new Problem('NOT_FOUND');
    },
  }),
];

const invitations = ({ people, clock, desk }: Deps): Route[] => [
  route({
    name: 'listInvitations',
    method: 'GET',
    path: '/accounts/invitations',
    tag,
    doc: 'One-time links that nobody has used yet, the latest first. They end when the admin who made them is one no more; those by `command line` come from the machine itself.',
    needs: 'admin',
    scope: 'accounts:read',
    query: z.strictObject(paging),
    answer: InvitationList,
    run: async ({ query }) => {
      const place = pageOf(query, latestFirst, '-created');
      const found = await people.invitations(place.page, clock.now());
      return listed(found, place, ({ createdAt, id }) => [createdAt, id]);
    },
  }),
  route({
    name: 'createInvitation',
    method: 'POST',
    path: '/accounts/invitations',
    tag,
    doc: 'A one-time link for a new account; its token is shown here only. Good for seven days.',
    needs: 'admin',
    scope: 'accounts:write',
    creates: true,
    body: z.strictObject({ role: Role }),
    answer: z.strictObject({ id: z.string(), token: z.string(), expiresAt: z.int() }),
    run: ({ body, actor }) => desk.invite(body.role, actor()),
  }),
  route({
    name: 'revokeInvitation',
    method: 'DELETE',
    path: '/accounts/invitations/:id',
    tag,
    doc: 'Ends a one-time link before somebody uses it.',
    needs: 'admin',
    scope: 'accounts:write',
    run: async ({ params, actor }) => {
      if (!(await people.revokeInvitation(params.id ?? '', actor()))) throw new Problem('NOT_FOUND');
    },
  }),
];

function settle(changed: Changed): void {
  if (changed === 'unknown') throw new Problem('NOT_FOUND');
  if (changed === 'last-admin') throw new Problem('LAST_ADMIN');
}

async function personOf(id: string, people: PeopleStore, clock: Pick<Clock, 'now'>): Promise<Person> {
  const person = await people.find(id, clock.now());
  if (!person) throw new Problem('NOT_FOUND');
  return person;
}
