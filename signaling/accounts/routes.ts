// The routes of one's own account. accounts/peopleRoutes.ts has what admins do with those of others.
import * as z from 'zod/mini';
import { ApiKey, ApiKeyList, MAX_PAGE, OwnData, Role, Scope, SessionList, WhoAmI } from '#protocol';
import type { Audit } from '../audit/AuditLog.ts';
import type { AuditReader } from '../audit/reading.ts';
import type { Clock } from '../clock.ts';
import { Problem } from '../problem.ts';
import { fileRoute, type Route, route } from '../rest/route.ts';
import type { AccountDesk } from './AccountDesk.ts';
import type { AddressLimits } from './AddressLimits.ts';
import { confirmed } from './confirmed.ts';
import { Email, line, Password, Token } from './fields.ts';
import { type OwnDataStore, ownData } from './ownData.ts';
import type { PeopleStore } from './people.ts';

export interface AccountRouteDeps {
  readonly desk: AccountDesk;
  readonly clock: Pick<Clock, 'now'>;
  readonly people: PeopleStore;
  readonly ownData: OwnDataStore;
  readonly audit: Pick<Audit, 'record'>;
  readonly auditReader: Pick<AuditReader, 'page'>;
  readonly limits: Pick<AddressLimits, 'takeGuess'>;
}

const MAX_PER_MINUTE = 6_000;
const tag = 'Own account' as const;

export function accountRoutes(deps: AccountRouteDeps): readonly Route[] {
  return [...comingIn(deps), ...sessionRoutes(deps), ...keyRoutes(deps), ...dataRoutes(deps)];
}

const comingIn = ({ desk }: AccountRouteDeps): Route[] => [
  route({
    name: 'whoAmI',
    method: 'GET',
    path: '/account',
    tag,
    doc: 'Who is signed in, and what this caller may do.',
    needs: 'nobody',
    answer: WhoAmI,
    run: async ({ caller }) => ({
      claimed: await desk.claimed(),
      account: caller.signedIn?.account ?? null,
      mayCreateRooms: (await desk.refusesRoom(caller)) === undefined,
      guests: desk.takesGuests,
      singleSignOn: desk.singleSignOn ?? null,
    }),
  }),
  route({
    name: 'acceptInvitation',
    method: 'POST',
    path: '/claim',
    tag,
    doc: 'Makes an account by a one-time link. The first link makes the first admin.',
    needs: 'nobody',
    body: z.strictObject({
      token: Token,
      name: line(64),
      email: Email,
      password: Password,
    }),
    answer: z.strictObject({ role: Role }),
    problems: ['NO_INVITATION', 'EMAIL_TAKEN'],
    run: async ({ body }) => ({ role: await desk.accept(body) }),
  }),
];

const sessionRoutes = ({ desk, clock }: AccountRouteDeps): Route[] => [
  route({
    name: 'listSessions',
    method: 'GET',
    path: '/account/sessions',
    tag,
    doc: `Where this account is signed in: the latest ${MAX_PAGE}.`,
    needs: 'account',
    answer: SessionList,
    run: async ({ account }) => {
      const { account: own, sessionId } = account();
      const sessions = await desk.store.sessionsOf(own.id, clock.now());
      const items = sessions.map(({ seenAt: _seenAt, ...session }) => ({
        ...session,
        current: session.id === sessionId,
      }));
      return { items: items.slice(0, MAX_PAGE), next: null };
    },
  }),
  route({
    name: 'signOutEverywhere',
    method: 'DELETE',
    path: '/account/sessions',
    tag,
    doc: 'Signs this account out everywhere, here too.',
    needs: 'account',
    answer: z.strictObject({ ended: z.int() }),
    run: async ({ account, actor }) => ({
      ended: (await desk.store.endSessionsOf(account().account.id, actor())) ?? 0,
    }),
  }),
  route({
    name: 'endSession',
    method: 'DELETE',
    path: '/account/sessions/:id',
    tag,
    doc: 'Signs this account out in one place.',
    needs: 'account',
    run: async ({ account, actor, params }) => {
      if (!(await desk.store.endSession(account().account.id, params.id ?? '', actor())))
        throw new Problem('NOT_FOUND');
    },
  }),
];

const keyRoutes = ({ desk }: AccountRouteDeps): Route[] => [
  route({
    name: 'listKeys',
    method: 'GET',
    path: '/account/keys',
    tag,
    doc: 'API keys of this account.',
    needs: 'account',
    answer: ApiKeyList,
    run: async ({ account }) => ({ items: await desk.store.keysOf(account().account.id), next: null }),
  }),
  route({
    name: 'createKey',
    method: 'POST',
    path: '/account/keys',
    tag,
    doc: 'Makes an API key; it is shown in this answer only. It may what its account may, within its scopes.',
    needs: 'account',
    creates: true,
    body: z.strictObject({
      name: line(64),
      scopes: z.array(Scope).check(z.minLength(1), z.maxLength(Scope.options.length)),
      days: z.int().check(z.gte(1), z.lte(366)),
      perMinute: z.optional(z.int().check(z.gte(1), z.lte(MAX_PER_MINUTE))),
    }),
    answer: z.strictObject({ ...ApiKey.shape, key: z.string() }),
    problems: ['TOO_MANY_KEYS'],
    run: ({ account, body }) => desk.makeKey(account().account, body),
  }),
  route({
    name: 'deleteKey',
    method: 'DELETE',
    path: '/account/keys/:id',
    tag,
    doc: 'Ends an API key.',
    needs: 'account',
    run: async ({ account, params }) => {
      if (!(await desk.store.deleteKey(account().account.id, params.id ?? '')))
        throw new Problem('NOT_FOUND');
    },
  }),
];

const dataRoutes = (deps: AccountRouteDeps): Route[] => [
  fileRoute({
    name: 'exportOwnData',
    method: 'GET',
    path: '/me/data',
    tag,
    doc: 'What this server knows about you: every row that it holds about this account, but for what would let somebody in as it. Rows of the audit log name it by an opaque id.',
    needs: 'account',
    files: [{ type: 'application/json', schema: OwnData }],
    run: async ({ account }) => {
      const { id } = account().account;
      await deps.audit.record('account:data-exported', { account: id });
      const sources = { store: deps.ownData, audit: deps.auditReader };
      return {
        type: 'application/json',
        name: 'in-camera-my-data.json',
        chunks: ownData(id, sources, deps.clock.now()),
      };
    },
  }),
  route({
    name: 'deleteOwnAccount',
    method: 'DELETE',
    path: '/me',
    tag,
    doc: 'Deletes this account for good. It takes a session that is younger than ten minutes, or the password. The audit log keeps the opaque id, with no name to it; rooms go on without an owner that has a name.',
    needs: 'account',
    body: z.optional(z.strictObject({ password: z.optional(Password) })),
    problems: ['CONFIRM', 'LAST_ADMIN'],
    run: async ({ account, actor, body }) => {
      const signedIn = account();
      await confirmed(deps, signedIn, body?.password);
      const deleted = await deps.people.delete(signedIn.account.id, actor());
      if (deleted === 'last-admin') throw new Problem('LAST_ADMIN');
    },
  }),
];
