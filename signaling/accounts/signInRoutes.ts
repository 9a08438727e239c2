// How people sign in here, for admins to look at: the configuration says it, and only there can it be changed.
import { SignInSettings, SignInTest } from '#protocol';
import type { Clock } from '../clock.ts';
import { Problem } from '../problem.ts';
import { type Route, route } from '../rest/route.ts';
import type { Guests } from './AccountDesk.ts';
import { checkProvider } from './checkProvider.ts';
import { PROVIDER, type SingleSignOnConfig } from './singleSignOn.ts';

/** As the configuration has it. */
export interface SignInConfig {
  readonly guests?: Guests | undefined;
  readonly publicUrl?: string | undefined;
  readonly trustedProxies?: readonly string[] | undefined;
  readonly singleSignOn?: SingleSignOnConfig | undefined;
}

interface Deps {
  readonly signIn: SignInConfig;
  readonly clock: Pick<Clock, 'now'>;
  /** Where browsers find this server. */
  readonly origin: () => string;
}

const tag = 'Sign-in' as const;

export const signInRoutes = ({ signIn, clock, origin }: Deps): readonly Route[] => [
  route({
    name: 'getSignInSettings',
    method: 'GET',
    path: '/sign-in',
    tag,
    doc: 'How people sign in here. It is the configuration of the server, and each setting names the environment variable that changes it; secrets are not shown.',
    needs: 'admin',
    scope: 'signin:read',
    answer: SignInSettings,
    run: async () => settingsOf(signIn, origin()),
  }),
  route({
    name: 'testSingleSignOn',
    method: 'POST',
    path: '/sign-in/test',
    tag,
    doc: 'Asks the company’s provider for its description and answers what it says, or what is wrong. It takes up to ten seconds. Nobody is signed in, and the secret is not used.',
    needs: 'admin',
    scope: 'signin:read',
    answer: SignInTest,
    problems: ['NOT_FOUND'],
    run: async () => {
      if (!signIn.singleSignOn) throw new Problem('NOT_FOUND', 'OIDC_ISSUER is not set');
      return checkProvider(signIn.singleSignOn.issuer, { clock });
    },
  }),
];

const by = <T>(variable: string | null, value: T) => ({ value, variable });

function settingsOf(
  { guests, publicUrl, trustedProxies = [], singleSignOn }: SignInConfig,
  origin: string,
): SignInSettings {
  return {
    password: by(null, true),
    passkeys: by(null, true),
    guests: by('GUESTS', guests !== 'refused'),
    publicUrl: by('PUBLIC_URL', publicUrl ?? null),
    trustedProxies: by('TRUSTED_PROXIES', trustedProxies.length),
    singleSignOn: singleSignOn ? providerOf(singleSignOn, origin) : null,
  };
}

const providerOf = (config: SingleSignOnConfig, origin: string): SignInSettings['singleSignOn'] => ({
  name: by('OIDC_NAME', config.name),
  issuer: by('OIDC_ISSUER', config.issuer),
  clientId: by('OIDC_CLIENT_ID', config.clientId),
  scopes: by('OIDC_SCOPES', [...config.scopes]),
  claim: by('OIDC_ROLE_CLAIM', config.claim),
  adminGroups: by('OIDC_ADMIN_GROUPS', [...config.adminGroups]),
  hostGroups: by('OIDC_HOST_GROUPS', [...config.hostGroups]),
  memberGroups: by('OIDC_MEMBER_GROUPS', [...config.memberGroups]),
  callback: `${origin}/api/auth/callback/${PROVIDER}`,
});
