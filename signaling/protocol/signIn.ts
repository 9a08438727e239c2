// How people sign in here, as admins see it. All of it is the server's configuration: the API shows it and changes nothing.
import * as z from 'zod/mini';

const text = z.string().check(z.maxLength(2_048));
const texts = z.array(text);

/** `variable` of the environment changes it; null: nothing does. */
const setting = <T extends z.ZodMiniType>(value: T) =>
  z.strictObject({ value, variable: z.nullable(z.string()) });

export const SignInSettings = z.strictObject({
  password: setting(z.boolean()),
  /** They belong to the address that browsers use. */
  passkeys: setting(z.boolean()),
  /** Whether people without an account may come, as far as policies do not say no. */
  guests: setting(z.boolean()),
  /** Null: whatever the browser calls this server. */
  publicUrl: setting(z.nullable(text)),
  /** How many addresses and networks of proxies are believed. */
  trustedProxies: setting(z.int().check(z.gte(0))),
  /** The company's. Null: there is none. The secret is not shown. */
  singleSignOn: z.nullable(
    z.strictObject({
      name: setting(text),
      issuer: setting(text),
      clientId: setting(text),
      scopes: setting(texts),
      /** The claim that lists groups. */
      claim: setting(text),
      adminGroups: setting(texts),
      hostGroups: setting(texts),
      /** Empty: everybody of the company is a member. */
      memberGroups: setting(texts),
      /** Where the provider sends people back to: it has to know this address. */
      callback: text,
    }),
  ),
});
export type SignInSettings = z.infer<typeof SignInSettings>;

/** What asking the provider for its description came to. */
export const SignInTest = z.strictObject({
  /** A sentence; null when people can be sent there. */
  fault: z.nullable(z.string()),
  /** What the description says, as far as it could be read. */
  found: z.nullable(
    z.strictObject({ issuer: text, authorizationEndpoint: text, tokenEndpoint: text, keys: text }),
  ),
  /** How long it took. */
  ms: z.int().check(z.gte(0)),
});
export type SignInTest = z.infer<typeof SignInTest>;
