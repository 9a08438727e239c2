// The routes of one-time links for another password: an admin makes one, and whoever has it needs no account.
import * as z from 'zod/mini';
import type { Clock } from '../clock.ts';
import { type Route, route } from '../rest/route.ts';
import type { AccountDesk } from './AccountDesk.ts';
import { Password, Token } from './fields.ts';
import { makePasswordLink, type PasswordLinkStore, usePasswordLink } from './passwordLinks.ts';

interface Deps {
  readonly desk: Pick<AccountDesk, 'auth'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly passwordLinks: PasswordLinkStore;
}

export const passwordRoutes = ({ desk, clock, passwordLinks: store }: Deps): readonly Route[] => [
  route({
    name: 'createPasswordLink',
    method: 'POST',
    path: '/accounts/:id/password-link',
    tag: 'Accounts',
    doc: 'A one-time link (`/password#<token>`) for another password of an account; its token is shown here only. Good for a day, instead of an earlier one, until the password changes or the admin who made it is one no more. Not for an account without a password: the company’s sign-in has that.',
    needs: 'admin',
    scope: 'accounts:write',
    creates: true,
    answer: z.strictObject({ token: z.string(), expiresAt: z.int() }),
    problems: ['ACCOUNT_DISABLED', 'NO_PASSWORD'],
    run: ({ params, actor }) => makePasswordLink({ store, clock }, params.id ?? '', actor()),
  }),
  route({
    name: 'resetPassword',
    method: 'POST',
    path: '/password',
    tag: 'Own account',
    doc: 'Sets another password by a one-time link, and signs the account out everywhere. Passkeys and API keys stay.',
    needs: 'nobody',
    body: z.strictObject({ token: Token, password: Password }),
    answer: z.strictObject({ email: z.string() }),
    problems: ['NO_INVITATION'],
    run: ({ body }) => usePasswordLink({ store, clock, auth: () => desk.auth() }, body),
  }),
];
