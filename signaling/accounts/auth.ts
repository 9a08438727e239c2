// The sign-in library, set up: passwords and sessions. Its own routes are reached through authRoutes.ts only.
import { passkey } from '@better-auth/passkey';
import { type BetterAuthOptions, betterAuth } from 'better-auth/minimal';
import * as z from 'zod/mini';
import { Account, MAX_PASSWORD, MIN_PASSWORD } from '#protocol';
import type { Secret } from '../protocol/env.ts';
import type { SignedIn } from './accounts.ts';
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
  /** A fault of the library's, in its words. They may hold what strangers sent. */
  fault(message: string): void;
}

export interface Auth {
  handler(request: Request): Promise<Response>;
  /** Who sends these cookies. `renew`: near its end the session is made longer, and `cookies` are to be set for that. */
  signedIn(headers: Headers, options: { renew: boolean }): Promise<Found>;
  hash(password: string): Promise<string>;
}

interface Found {
  readonly signedIn: SignedIn | undefined;
  /** For Set-Cookie. */
  readonly cookies: readonly string[];
}

const SessionAnswer = z.nullable(
  z.object({
    session: z.object({ id: z.string() }),
    // The library's own fields are left behind.
    user: z.object(Account.shape),
  }),
);

export async function createAuth(config: AuthConfig): Promise<Auth> {
  const plugins = [passkey({ rpName: 'In Camera', schema: { passkey: { modelName: 'passkeys' } } })];
  const sso = config.singleSignOn && (await singleSignOnPlugin(config.singleSignOn));
  const auth = betterAuth({
    ...optionsFor(config),
    plugins: sso ? [...plugins, sso.plugin] : plugins,
    ...(sso ? { databaseHooks: { account: sso.hooks } } : {}),
  });
  return {
    handler: auth.handler,
    async signedIn(headers, { renew }) {
      const query = renew ? {} : { disableRefresh: true };
      const answer = await auth.api.getSession({ headers, query, returnHeaders: true });
      const found = z.parse(SessionAnswer, answer.response);
      const cookies = answer.headers?.getSetCookie() ?? [];
      if (!found) return { signedIn: undefined, cookies };
      return { signedIn: { account: found.user, sessionId: found.session.id }, cookies };
    },
    hash: async (password) => (await auth.$context).password.hash(password),
  };
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
      additionalFields: { role: { type: 'string', input: false, defaultValue: 'member' } },
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
