// The sign-in library, set up: passwords and sessions. Its own routes are reached through authRoutes.ts only.
import { passkey } from '@better-auth/passkey';
import { APIError } from 'better-auth/api';
import { type BetterAuthOptions, betterAuth } from 'better-auth/minimal';
import * as z from 'zod/mini';
import { Account, MAX_PASSWORD, MIN_PASSWORD } from '#protocol';
import type { Secret } from '../protocol/env.ts';
import { LONGEST_SESSION_MS, type SignedIn } from './accounts.ts';
import { type SingleSignOn, singleSignOnPlugin } from './singleSignOn.ts';

export const AUTH_PATH = '/api/auth';

/** Better-auth keeps session tokens as they are: what is stolen with a backup is soon worth nothing. */
const SESSION_SECONDS = 24 * 60 * 60;
const RENEWED_EVERY_SECONDS = 60 * 60;

export interface AuthConfig {
  readonly database: NonNullable<BetterAuthOptions['database']>;
  /** Signs cookies. */
  readonly secret: Secret;
  readonly publicUrl: string | undefined;
  readonly singleSignOn?: SingleSignOn | undefined;
  /** What is to be in the audit log before it is answered. */
  readonly events: AuthEvents;
  /** A fault of the library's, in its words. They may hold what strangers sent. */
  fault(message: string): void;
}

export interface AuthEvents {
  signedIn(accountId: string, how: How): Promise<void>;
  /** By the company's sign-in: the library makes no other. */
  accountCreated(accountId: string): Promise<void>;
}

export const HOW = ['password', 'passkey', 'single-sign-on', 'password-change', 'other'] as const;
export type How = (typeof HOW)[number];

export interface Auth {
  handler(request: Request): Promise<Response>;
  /** Who sends these cookies. `renew`: near its end the session is made longer, and `cookies` are to be set for that. */
  signedIn(headers: Headers, options: { renew: boolean }): Promise<Found>;
  hash(password: string): Promise<string>;
  verify(hash: string, password: string): Promise<boolean>;
}

interface Found {
  readonly signedIn: SignedIn | undefined;
  /** For Set-Cookie. */
  readonly cookies: readonly string[];
}

const SessionAnswer = z.nullable(
  z.object({
    session: z.object({ id: z.string(), createdAt: z.date() }),
    // The library's own fields are left behind.
    user: z.object({ ...Account.shape, disabledAt: z.optional(z.nullable(z.number())) }),
  }),
);

export async function createAuth(config: AuthConfig): Promise<Auth> {
  const plugins = [passkey({ rpName: 'In Camera', schema: { passkey: { modelName: 'passkeys' } } })];
  const sso = config.singleSignOn && (await singleSignOnPlugin(config.singleSignOn));
  const options = optionsFor(config);
  const auth = betterAuth({
    ...options,
    user: { ...options.user, ...(sso && { validateUserInfo: sso.validate }) },
    plugins: sso ? [...plugins, sso.plugin] : plugins,
    databaseHooks: { ...hooksFor(config.events), ...(sso ? { account: sso.hooks } : {}) },
  });
  return {
    handler: auth.handler,
    async signedIn(headers, { renew }) {
      const query = renew ? {} : { disableRefresh: true };
      const answer = await auth.api.getSession({ headers, query, returnHeaders: true });
      const found = z.parse(SessionAnswer, answer.response);
      const cookies = answer.headers?.getSetCookie() ?? [];
      const { disabledAt = null, ...account } = found?.user ?? {};
      if (!found || disabledAt !== null) return { signedIn: undefined, cookies };
      const { id: sessionId, createdAt } = found.session;
      if (createdAt.getTime() <= Date.now() - LONGEST_SESSION_MS) return { signedIn: undefined, cookies };
      return {
        signedIn: { account: z.parse(Account, account), sessionId, since: createdAt.getTime() },
        cookies,
      };
    },
    hash: async (password) => (await auth.$context).password.hash(password),
    verify: async (hash, password) => (await auth.$context).password.verify({ hash, password }),
  };
}

type Hooks = NonNullable<BetterAuthOptions['databaseHooks']>;

function hooksFor(events: AuthEvents): Pick<Hooks, 'user' | 'session'> {
  return {
    user: { create: { after: (user) => events.accountCreated(user.id) } },
    session: {
      create: {
        before: async ({ userId }, endpoint) => {
          // Inside the library's own transaction, if there is one: another connection would wait for it for ever.
          const user = await endpoint?.context.internalAdapter.findUserById(userId);
          const known = z.safeParse(z.object({ disabledAt: z.nullable(z.number()) }), user);
          if (known.success && known.data.disabledAt === null) return;
          throw new APIError('FORBIDDEN', { code: 'ACCOUNT_DISABLED', message: 'shut out by an admin' });
        },
        after: ({ userId }, endpoint) => events.signedIn(userId, howOf(endpoint?.path)),
      },
    },
  };
}

function howOf(path = ''): How {
  if (path === '/sign-in/email') return 'password';
  if (path === '/passkey/verify-authentication') return 'passkey';
  if (path === '/change-password') return 'password-change';
  return path.startsWith('/callback/') ? 'single-sign-on' : 'other';
}

function optionsFor({ database, secret, publicUrl, fault }: AuthConfig): BetterAuthOptions {
  return {
    appName: 'In Camera',
    basePath: AUTH_PATH,
    database,
    secret: secret.reveal(),
    // Without one, it is what the browser calls us, for each request anew.
    ...(publicUrl ? { baseURL: publicUrl } : {}),
    telemetry: { enabled: false },
    // Ours: authRoutes.ts, by the address that a proxy of the configuration names.
    rateLimit: { enabled: false },
    logger: {
      level: 'error',
      log: (level, message) => {
        if (level === 'error') fault(message);
      },
    },
    emailAndPassword: {
      enabled: true,
      // Accounts are made by invitation.
      disableSignUp: true,
      minPasswordLength: MIN_PASSWORD,
      maxPasswordLength: MAX_PASSWORD,
      revokeSessionsOnPasswordReset: true,
    },
    session: { modelName: 'sessions', expiresIn: SESSION_SECONDS, updateAge: RENEWED_EVERY_SECONDS },
    user: {
      modelName: 'users',
      additionalFields: {
        role: { type: 'string', input: false, defaultValue: 'member' },
        disabledAt: { type: 'number', input: false, required: false },
      },
    },
    account: { modelName: 'credentials' },
    verification: { modelName: 'verifications' },
    advanced: {
      cookiePrefix: 'in-camera',
      useSecureCookies: publicUrl?.startsWith('https:') ?? false,
      // Of who signed in from where, the server keeps nothing.
      ipAddress: { disableIpTracking: true },
      database: { validateSchema: false },
      // Its default depends on the environment: under test it would look at no origin.
      disableOriginCheck: false,
      disableCSRFCheck: false,
    },
  };
}
