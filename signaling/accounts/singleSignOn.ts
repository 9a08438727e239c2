// The company's sign-in: one OpenID Connect provider, named by the configuration and by nobody else.
import type { BetterAuthOptions, BetterAuthPlugin } from 'better-auth';
import type { Role } from '#protocol';
import type { Secret } from '../protocol/env.ts';

/** As it stands in the address that the provider sends people back to: PUBLIC_URL/api/auth/callback/sso. */
export const PROVIDER = 'sso';

/** Where a provider describes itself. */
export const descriptionOf = (issuer: string): string => `${issuer}/.well-known/openid-configuration`;

export interface SingleSignOnConfig {
  /** Without a slash at its end; the provider's own description is below it. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** On the button. */
  readonly name: string;
  readonly scopes: readonly string[];
  /** The claim that lists groups. */
  readonly claim: string;
  readonly adminGroups: readonly string[];
  readonly hostGroups: readonly string[];
  /** Empty: everybody of the company is a member. */
  readonly memberGroups: readonly string[];
}

export interface SingleSignOn extends SingleSignOnConfig {
  setRole(subject: string, role: Role): Promise<void>;
}

const MAX_NAME = 64;

type Validate = NonNullable<NonNullable<BetterAuthOptions['user']>['validateUserInfo']>;
type AccountHooks = NonNullable<NonNullable<BetterAuthOptions['databaseHooks']>['account']>;

/** The provider decides over roles only where the configuration names groups. */
const decidesRoles = ({ adminGroups, hostGroups, memberGroups }: SingleSignOnConfig): boolean =>
  adminGroups.length + hostGroups.length + memberGroups.length > 0;

/** Undefined for somebody of the company who is not to come here. */
function roleOf(profile: Readonly<Record<string, unknown>>, config: SingleSignOnConfig): Role | undefined {
  const claimed = profile[config.claim];
  const groups = new Set(Array.isArray(claimed) ? claimed : [claimed]);
  if (config.adminGroups.some((group) => groups.has(group))) return 'admin';
  if (config.hostGroups.some((group) => groups.has(group))) return 'host';
  const all = config.memberGroups.length === 0;
  return all || config.memberGroups.some((group) => groups.has(group)) ? 'member' : undefined;
}

/** Loads half of the library: asked for where there is such a provider only. */
export async function singleSignOnPlugin(
  config: SingleSignOn,
): Promise<{ plugin: BetterAuthPlugin; hooks: AccountHooks; validate: Validate }> {
  const { genericOAuth } = await import('better-auth/plugins');
  /** What the provider has just said, by subject, until the sign-in that it was said for is written down. */
  const said = new Map<string, Role>();
  const apply = async (subject: string) => {
    const role = said.get(subject);
    said.delete(subject);
    if (role) await config.setRole(subject, role);
  };
  const plugin = genericOAuth({
    config: [
      {
        providerId: PROVIDER,
        discoveryUrl: descriptionOf(config.issuer),
        clientId: config.clientId,
        clientSecret: config.clientSecret.reveal(),
        scopes: [...config.scopes],
        pkce: true,
        requireIdTokenVerification: true,
        mapProfileToUser: (profile) => {
          const { sub, name, email } = profile;
          const role = decidesRoles(config) && roleOf(profile, config);
          if (role) said.set(String(sub), role);
          return { name: String(name ?? email ?? '').slice(0, MAX_NAME) };
        },
      },
    ],
  });
  return { plugin, hooks: hooksFor(apply), validate: validateFor(config) };
}

/** Asked before an account is made, and again at each sign-in by the provider. */
function validateFor(config: SingleSignOn): Validate {
  return async ({ source: { action, oauth } }) => {
    const profile = oauth?.profile ?? {};
    if (oauth?.providerId !== PROVIDER || roleOf(profile, config)) return undefined;
    // What is still open of theirs, sessions and API keys, is worth no more than that.
    if (action === 'sign-in') await config.setRole(String(profile.sub), 'member');
    return { error: 'NO_ROLE' };
  };
}

/** Tokens of the provider are of no use to us after the sign-in, so none is kept. */
const NO_TOKENS = { accessToken: null, refreshToken: null, idToken: null };

function hooksFor(apply: (subject: string) => Promise<void>): AccountHooks {
  return {
    create: {
      before: async (account) => ({
        data: account.providerId === PROVIDER ? { ...account, ...NO_TOKENS } : account,
      }),
      after: async (account) => {
        if (account.providerId === PROVIDER) await apply(account.accountId);
      },
    },
    update: {
      // At a later sign-in. Verified by the library before it came here.
      before: async (account) => {
        if (account.providerId !== PROVIDER) return { data: account };
        const subject = subjectOf(account.idToken);
        if (subject !== undefined) await apply(subject);
        return { data: { ...account, ...NO_TOKENS } };
      },
    },
  };
}

function subjectOf(idToken: unknown): string | undefined {
  if (typeof idToken !== 'string') return undefined;
  const claims: unknown = JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString());
  if (typeof claims !== 'object' || claims === null || !('sub' in claims)) return undefined;
  return typeof claims.sub === 'string' ? claims.sub : undefined;
}
