// What admins see of how people sign in, and what a test of the company's provider says.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { claimed } from '../testing/accountsKit.ts';
import { startIdentityProvider } from '../testing/identityProvider.ts';
import { checkProvider } from './checkProvider.ts';

const clock = { now: () => Date.now() };

/** Answers each request with that; where it is. */
async function provider(answer: (issuer: string) => { status?: number; body: string }): Promise<string> {
  const server = createServer((_req, res) => {
    const { status = 200, body } = answer(issuer);
    res.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  // A server on a port has an address of this form.
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return issuer;
}

const description = (issuer: string) => ({
  issuer,
  authorization_endpoint: `${issuer}/auth`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/keys`,
});

describe('what admins see of how people sign in', () => {
  it('is the configuration, with the variable that changes each part, and without a secret', async () => {
    const company = await startIdentityProvider(() => 'http://localhost/api/auth/callback/sso');
    onTestFinished(() => company.close());
    const { admin, server } = await claimed({
      ...{ singleSignOn: company.config, guests: 'refused' },
      trustedProxies: ['10.0.0.0/8', '127.0.0.1'],
    });
    const { status, body } = await admin.ask('GET', '/api/v1/sign-in');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      password: { value: true, variable: null },
      guests: { value: false, variable: 'GUESTS' },
      publicUrl: { value: null, variable: 'PUBLIC_URL' },
      trustedProxies: { value: 2, variable: 'TRUSTED_PROXIES' },
      singleSignOn: {
        issuer: { value: company.config.issuer, variable: 'OIDC_ISSUER' },
        hostGroups: { value: ['staff', 'teachers'], variable: 'OIDC_HOST_GROUPS' },
        callback: `http://localhost:${server.port}/api/auth/callback/sso`,
      },
    });
    expect(JSON.stringify(body)).not.toContain(company.config.clientSecret.reveal());
    expect(JSON.stringify(body)).not.toContain('10.0.0.0');
    const { body: tested } = await admin.ask('POST', '/api/v1/sign-in/test');
    expect(tested).toMatchObject({ fault: null, found: { issuer: company.config.issuer } });
  });

  it('says where there is no such provider, and then nothing is asked', async () => {
    const { admin } = await claimed();
    expect((await admin.ask('GET', '/api/v1/sign-in')).body.singleSignOn).toBeNull();
    expect((await admin.ask('POST', '/api/v1/sign-in/test')).body.code).toBe('NOT_FOUND');
  });
});

describe('a test of the provider', () => {
  it.each([
    [
      'answers an error',
      () => ({ status: 404, body: '' }),
      /answers 404: OIDC_ISSUER does not name a provider/,
    ],
    ['has no JSON', () => ({ body: '<html>' }), /is no JSON/],
    ['is another thing', () => ({ body: 'null' }), /no description of a provider/],
    ['is far too long', () => ({ body: '"'.padEnd(300_000, 'x') }), /far too long/],
    [
      'has no keys',
      (issuer: string) => ({ body: JSON.stringify({ ...description(issuer), jwks_uri: undefined }) }),
      /does not say its jwks_uri/,
    ],
    [
      'is somebody else’s',
      () => ({ body: JSON.stringify(description('https://other.example')) }),
      /calls itself https:\/\/other\.example, not http:/,
    ],
    [
      'would send the secret in clear',
      (issuer: string) => ({
        body: JSON.stringify({ ...description(issuer), token_endpoint: 'http://other.example/token' }),
      }),
      /other\.example\/token has no TLS/,
    ],
  ])('says so when what is there %s', async (_what, answer, fault) => {
    expect((await checkProvider(await provider(answer), { clock })).fault).toMatch(fault);
  });

  it('says so when nobody is there, the name is unknown or the certificate is no good, and shows nothing of the machine', async () => {
    const failing = (code: string) => () =>
      Promise.reject(
        new TypeError('fetch failed', { cause: Object.assign(new Error('10.0.0.7'), { code }) }),
      );
    const faults: (string | null)[] = [];
    for (const code of ['ECONNREFUSED', 'ENOTFOUND', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'EPIPE'])
      faults.push((await checkProvider('https://login.example', { clock, fetch: failing(code) })).fault);
    expect(faults).toEqual([
      'login.example takes no connections there.',
      'login.example is a name that this machine cannot look up.',
      'login.example has a certificate that this machine does not trust (DEPTH_ZERO_SELF_SIGNED_CERT).',
      'login.example cannot be reached (EPIPE).',
    ]);
  });

  it('finds what is right, whether or not the provider’s name ends with a slash', async () => {
    const issuer = await provider((issuer) => ({
      body: JSON.stringify({ ...description(issuer), issuer: `${issuer}/` }),
    }));
    const { fault, found } = await checkProvider(issuer, { clock });
    expect({ fault, at: found?.tokenEndpoint }).toEqual({ fault: null, at: `${issuer}/token` });
  });
});
