// For tests: a company's sign-in, a real OpenID Connect provider in this process. Its people sign in by being named.
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';
import type { SingleSignOnConfig } from '../accounts/singleSignOn.ts';
import { Secret } from '../protocol/env.ts';

export interface Person {
  readonly name: string;
  readonly email: string;
  groups: string[];
}

const CLIENT_ID = 'in-camera';
const CLIENT_SECRET = 'a secret that the provider has given';

export interface IdentityProvider {
  readonly config: SingleSignOnConfig;
  /** By subject. */
  readonly people: Map<string, Person>;
  /** What the provider does with a person at its page: signs in, agrees, and answers where it sends the browser. */
  visit(authorizationUrl: string, subject: string): Promise<string>;
  close(): void;
}

/** `callback`: where it may send people back to, known once the server listens. */
export async function startIdentityProvider(callback: () => string): Promise<IdentityProvider> {
  const people = new Map<string, Person>();
  const http = createServer();
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const issuer = `http://127.0.0.1:${address.port}`;
  // The service asks for the provider's description before anybody knows the service's own address.
  let made: { for: string; handle: ReturnType<Provider['callback']> } | undefined;
  http.on('request', (req, res) => {
    const address = callback();
    if (made?.for !== address) {
      made = { for: address, handle: providerFor(issuer, address, people).callback() };
    }
    void made.handle(req, res);
  });
  return {
    people,
    config: {
      issuer,
      clientId: CLIENT_ID,
      clientSecret: new Secret(CLIENT_SECRET),
      name: 'Example Corp',
      scopes: ['openid', 'email', 'profile', 'groups'],
      claim: 'groups',
      adminGroups: ['it'],
      hostGroups: ['staff', 'teachers'],
      memberGroups: [],
    },
    visit: (url, subject) => visit(url, subject),
    close() {
      http.closeAllConnections();
      http.close();
    },
  };
}

function providerFor(issuer: string, callback: string, people: ReadonlyMap<string, Person>): Provider {
  return new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        redirect_uris: [callback],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
    scopes: ['openid', 'email', 'profile', 'groups'],
    pkce: { required: () => true },
    cookies: { keys: ['only for tests'] },
    features: { devInteractions: { enabled: true } },
    findAccount: (_ctx, subject) => {
      const person = people.get(subject);
      if (!person) return undefined;
      const { name, email, groups } = person;
      return {
        accountId: subject,
        claims: () => ({ sub: subject, name, email, email_verified: true, groups }),
      };
    },
  });
}

/** As a browser that goes where it is sent, and fills in the two pages of the provider. */
async function visit(start: string, subject: string): Promise<string> {
  const home = new URL(start).origin;
  const jar = new Map<string, string>();
  let url = start;
  let form: URLSearchParams | undefined;
  for (let hop = 0; hop < 20; hop++) {
    if (new URL(url).origin !== home) return url;
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie },
      ...(form ? { method: 'POST', body: form } : {}),
    });
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = line.split(';')[0]?.split(/=(.*)/) ?? [];
      jar.set(name, value);
    }
    const location = response.headers.get('location');
    const page = await response.text();
    form = undefined;
    if (location) {
      url = new URL(location, url).href;
      continue;
    }
    const action = /action="([^"]+)"/.exec(page)?.[1];
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
    if (!action || !prompt)
      throw new Error(`the provider shows no form: ${response.status} ${page.slice(0, 500)}`);
    url = new URL(action, url).href;
    form = new URLSearchParams(prompt === 'login' ? { prompt, login: subject, password: 'x' } : { prompt });
  }
  throw new Error('the provider goes round in circles');
}
