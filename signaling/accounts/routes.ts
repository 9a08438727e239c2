// The routes of accounts: one's own, and what admins do with those of others.
import * as z from 'zod/mini';
import { MAX_PASSWORD, MIN_PASSWORD, Role, Scope, type SessionList, type WhoAmI } from '#protocol';
import { type Route, route } from '../api.ts';
import type { Clock } from '../clock.ts';
import { Problem } from '../problem.ts';
import type { AccountDesk } from './AccountDesk.ts';

const line = (max: number) =>
  z.string().check(z.minLength(1), z.maxLength(max), z.regex(/^[^\p{Cc}]*\S[^\p{Cc}]*$/u));
/** As HTML's own input takes it. */
const Email = z
  .string()
  .check(z.maxLength(254), z.regex(/^[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/));
const Claim = z.strictObject({
  token: z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/)),
  name: line(64),
  email: Email,
  password: z.string().check(z.minLength(MIN_PASSWORD), z.maxLength(MAX_PASSWORD)),
});

export function accountRoutes(desk: AccountDesk, clock: Clock): readonly Route[] {
  const { store } = desk;
  return [
    route({
      method: 'GET',
      path: '/account',
      doc: 'Who is signed in, and what this caller may do.',
      needs: 'nobody',
      run: async ({ caller }): Promise<WhoAmI> => ({
        claimed: await desk.claimed(),
        account: caller.signedIn?.account ?? null,
        mayCreateRooms: (await desk.refusesRoom(caller)) === undefined,
        guests: desk.takesGuests,
        singleSignOn: desk.singleSignOn ?? null,
      }),
    }),
    route({
      method: 'POST',
      path: '/claim',
      doc: 'Makes an account by a one-time link. The first link makes the first admin.',
      needs: 'nobody',
      body: Claim,
      run: async ({ body }) => ({ role: await desk.accept(body) }),
    }),
    route({
      method: 'GET',
      path: '/account/sessions',
      doc: 'Where this account is signed in.',
      needs: 'account',
      run: async ({ account }): Promise<z.infer<typeof SessionList>> => {
        const { account: own, sessionId } = account();
        const sessions = await store.sessionsOf(own.id, clock.now());
        return { sessions: sessions.map((session) => ({ ...session, current: session.id === sessionId })) };
      },
    }),
    route({
      method: 'DELETE',
      path: '/account/sessions',
      doc: 'Signs this account out everywhere, here too.',
      needs: 'account',
      run: async ({ account }) => ({ ended: await store.endSessionsOf(account().account.id) }),
    }),
    route({
      method: 'DELETE',
      path: '/account/sessions/:id',
      doc: 'Signs this account out in one place.',
      needs: 'account',
      run: async ({ account, params }) => {
        if (!(await store.endSession(account().account.id, params.id ?? ''))) throw new Problem('NOT_FOUND');
      },
    }),
    route({
      method: 'GET',
      path: '/account/keys',
      doc: 'API keys of this account.',
      needs: 'account',
      run: async ({ account }) => ({ keys: await store.keysOf(account().account.id) }),
    }),
    route({
      method: 'POST',
      path: '/account/keys',
      doc: 'Makes an API key; it is shown in this answer only. It may what its account may, within its scopes.',
      needs: 'account',
      body: z.strictObject({
        name: line(64),
        scopes: z.array(Scope).check(z.minLength(1), z.maxLength(Scope.options.length)),
        days: z.int().check(z.gte(1), z.lte(366)),
      }),
      run: ({ account, body }) => desk.makeKey(account().account, body),
    }),
    route({
      method: 'DELETE',
      path: '/account/keys/:id',
      doc: 'Ends an API key.',
      needs: 'account',
      run: async ({ account, params }) => {
        if (!(await store.deleteKey(account().account.id, params.id ?? ''))) throw new Problem('NOT_FOUND');
      },
    }),
    route({
      method: 'GET',
      path: '/accounts',
      doc: 'All accounts.',
      needs: 'admin',
      scope: 'accounts:read',
      run: async () => ({ accounts: await store.accounts() }),
    }),
    route({
      method: 'POST',
      path: '/accounts/invitations',
      doc: 'A one-time link for a new account; its token is shown here only. Good for seven days.',
      needs: 'admin',
      scope: 'accounts:write',
      body: z.strictObject({ role: Role }),
      run: ({ body }) => desk.invite(body.role),
    }),
    route({
      method: 'PATCH',
      path: '/accounts/:id',
      doc: 'Gives an account another role; its sockets have it within seconds.',
      needs: 'admin',
      scope: 'accounts:write',
      body: z.strictObject({ role: Role }),
      run: async ({ body, params }) => {
        if (await store.setRole(params.id ?? '', body.role)) return;
        const there = (await store.accounts()).some(({ id }) => id === params.id);
        throw new Problem(there ? 'LAST_ADMIN' : 'NOT_FOUND');
      },
    }),
    route({
      method: 'DELETE',
      path: '/accounts/:id/sessions',
      doc: 'Signs an account out everywhere: its sockets are closed within seconds.',
      needs: 'admin',
      scope: 'accounts:write',
      run: async ({ params }) => ({ ended: await store.endSessionsOf(params.id ?? '') }),
    }),
  ];
}
