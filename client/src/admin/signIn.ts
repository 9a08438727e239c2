// What admins ask the server about how people sign in.
import { SignInSettings, SignInTest } from '#protocol';
import { askApi } from '../net/api.ts';
import { apiPath } from './ask.ts';

/** The server tries for ten seconds. */
const TEST_TIMEOUT_MS = 15_000;

export const signInSettings = (): Promise<SignInSettings> =>
  askApi('GET', apiPath('sign-in'), SignInSettings);

export const testProvider = (): Promise<SignInTest> =>
  askApi('POST', apiPath('sign-in', 'test'), SignInTest, undefined, TEST_TIMEOUT_MS);

export interface Line {
  readonly label: string;
  readonly value: string;
  readonly variable: string | null;
  /** A name or an address, not a sentence. */
  readonly literal?: true;
}

const orNobody = (groups: readonly string[]) => groups.join(', ') || 'Nobody by a group';

export function linesOf(settings: SignInSettings): Line[] {
  const { password, passkeys, guests, publicUrl, trustedProxies } = settings;
  const proxies = trustedProxies.value;
  return [
    { label: 'Password', value: password.value ? 'Yes, always' : 'No', variable: password.variable },
    { label: 'Passkeys', value: passkeys.value ? 'Yes, always' : 'No', variable: passkeys.variable },
    {
      label: 'Guests',
      value: guests.value
        ? 'May come, where the policy does not say no'
        : 'May not come, whatever the policy says',
      variable: guests.variable,
    },
    {
      label: 'Address of this server',
      value: publicUrl.value ?? 'Whatever the browser calls it',
      variable: publicUrl.variable,
      ...(publicUrl.value !== null && { literal: true }),
    },
    {
      label: 'Proxies that are believed',
      value:
        proxies === 0
          ? 'None'
          : `${proxies} ${proxies === 1 ? 'address or network' : 'addresses or networks'}`,
      variable: trustedProxies.variable,
    },
  ];
}

export function providerLines(provider: NonNullable<SignInSettings['singleSignOn']>): Line[] {
  const { name, issuer, clientId, scopes, claim, adminGroups, hostGroups, memberGroups } = provider;
  const groups = [adminGroups, hostGroups, memberGroups].some(({ value }) => value.length > 0);
  const members = groups
    ? 'Everybody else of the company'
    : 'Everybody of the company, as what admins here make of them';
  return [
    { label: 'Its name on the button', value: name.value, variable: name.variable },
    { label: 'Issuer', value: issuer.value, variable: issuer.variable, literal: true },
    { label: 'Client id', value: clientId.value, variable: clientId.variable, literal: true },
    { label: 'Scopes', value: scopes.value.join(' '), variable: scopes.variable, literal: true },
    { label: 'Claim that lists groups', value: claim.value, variable: claim.variable, literal: true },
    { label: 'Admins', value: orNobody(adminGroups.value), variable: adminGroups.variable },
    { label: 'Hosts', value: orNobody(hostGroups.value), variable: hostGroups.variable },
    {
      label: 'Members',
      value: memberGroups.value.join(', ') || members,
      variable: memberGroups.variable,
    },
    { label: 'Address to tell the provider', value: provider.callback, variable: null, literal: true },
  ];
}
