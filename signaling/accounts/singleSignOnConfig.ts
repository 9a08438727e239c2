// Where the company's sign-in is, from the environment: all of issuer, client id and secret, or none.
import * as z from 'zod/mini';
import { ConfigError, field, problemLine, Secret, secretField, type Values } from '../protocol/env.ts';
import type { SingleSignOnConfig } from './singleSignOn.ts';

const text = (max: number) => z.optional(z.string().check(z.maxLength(max)));
const list = (separator: RegExp, fallback: string[]) =>
  z._default(
    z.pipe(
      z.string().check(z.maxLength(2048)),
      z.transform((value) =>
        value
          .split(separator)
          .map((entry) => entry.trim())
          .filter(Boolean),
      ),
    ),
    fallback,
  );

function isIssuer(value: string): boolean {
  const url = URL.parse(value);
  return !!url && !url.search && !url.hash && !url.username && isProviderUrl(value);
}

/** http only where the provider is on this machine: the client secret goes there. */
export function isProviderUrl(value: string): boolean {
  const { protocol, hostname } = URL.parse(value) ?? {};
  if (hostname === undefined) return false;
  return (
    protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname))
  );
}

export const singleSignOnFields = {
  OIDC_ISSUER: field(
    'the https URL of an OpenID Connect provider',
    z.optional(
      z.pipe(
        z.string().check(z.maxLength(2048), z.refine(isIssuer)),
        z.transform((value) => value.replace(/\/+$/, '')),
      ),
    ),
  ),
  OIDC_CLIENT_ID: field('the id that the provider has given this service', text(256)),
  OIDC_CLIENT_SECRET: secretField(
    'the secret that the provider has given this service',
    z.optional(
      z.pipe(
        z.string().check(z.maxLength(1024)),
        z.transform((value) => new Secret(value)),
      ),
    ),
  ),
  OIDC_NAME: field(
    'what the button says, up to 40 characters',
    z._default(z.string().check(z.maxLength(40)), 'single sign-on'),
  ),
  OIDC_SCOPES: field('scopes with blanks between them', list(/\s+/, ['openid', 'email', 'profile'])),
  OIDC_ROLE_CLAIM: field('the name of a claim', z._default(z.string().check(z.maxLength(256)), 'groups')),
  OIDC_ADMIN_GROUPS: field('names of groups with commas between them', list(/,/, [])),
  OIDC_HOST_GROUPS: field('names of groups with commas between them', list(/,/, [])),
  OIDC_MEMBER_GROUPS: field('names of groups with commas between them', list(/,/, [])),
};

/** Throws ConfigError when only some of it is there. */
export function singleSignOnOf(values: Values<typeof singleSignOnFields>): SingleSignOnConfig | undefined {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret } = values;
  if (issuer === undefined && clientId === undefined && clientSecret === undefined) return undefined;
  if (issuer === undefined || clientId === undefined || clientSecret === undefined) {
    const missing = Object.entries({
      OIDC_ISSUER: issuer,
      OIDC_CLIENT_ID: clientId,
      OIDC_CLIENT_SECRET: clientSecret,
    })
      .filter(([, value]) => value === undefined)
      .map(([name]) =>
        problemLine({ name, given: undefined, expected: 'a value, as other OIDC_ variables have one' }),
      );
    throw new ConfigError(missing);
  }
  return {
    issuer,
    clientId,
    clientSecret,
    name: values.OIDC_NAME,
    scopes: values.OIDC_SCOPES,
    claim: values.OIDC_ROLE_CLAIM,
    adminGroups: values.OIDC_ADMIN_GROUPS,
    hostGroups: values.OIDC_HOST_GROUPS,
    memberGroups: values.OIDC_MEMBER_GROUPS,
  };
}
